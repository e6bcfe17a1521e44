"""Builders of knowledge bases."""
