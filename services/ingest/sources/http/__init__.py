"""The HTTP source: articles posted to the ingest API."""
