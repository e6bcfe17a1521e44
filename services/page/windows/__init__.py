"""Bounded memory of the page: the newest events, and the stories that changed last."""
