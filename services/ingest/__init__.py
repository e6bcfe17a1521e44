"""ingest: articles from senders, folders and pipes, onto the raw topic."""
