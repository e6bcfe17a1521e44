"""Scores of stories on rows that name their event, or on pairs of articles, judged as match judges them."""
