"""Scores on labelled rows, for `copydesk evaluate`."""
