"""HTTP source: senders post articles to the ingest API."""
