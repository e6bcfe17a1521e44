"""Readers of what arrives on the topics and metrics pages for the articles that a command has sent."""
