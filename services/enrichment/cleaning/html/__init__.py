"""Cleaning of a web page in HTML."""
