"""Scores on labelled rows, for the command `copydesk evaluate`."""
