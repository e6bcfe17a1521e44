"""Dates and times as articles write them."""
