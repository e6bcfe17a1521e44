"""Copydesk: raw news articles in; clean, annotated, de-duplicated, routed events out, over Kafka."""

__version__ = "0.2.0"
