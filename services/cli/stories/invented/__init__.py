"""Invented events, for the demo of stories and for tests."""
