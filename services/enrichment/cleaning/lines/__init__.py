"""Cleaning of a plain-text dump, line by line."""
