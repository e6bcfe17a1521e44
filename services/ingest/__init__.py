"""Ingest service: it publishes articles from senders, folders, pipes and feeds to the raw topic."""
