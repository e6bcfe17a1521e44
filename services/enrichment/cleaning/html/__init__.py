"""Cleaning of a web page."""
