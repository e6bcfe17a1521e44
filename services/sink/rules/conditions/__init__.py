"""Conditions of the rules file: each becomes a function of an event, and can explain its answer."""
