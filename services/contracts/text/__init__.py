"""Texts and names in one form, for comparison across services."""
