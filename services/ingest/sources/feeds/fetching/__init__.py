"""Fetching a feed over HTTP, politely and safely."""
