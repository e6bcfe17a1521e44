"""Parsing a feed in a child process."""
