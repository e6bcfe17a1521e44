"""Kafka's side of the page: consumers without a group, which read what is committed and commit nothing."""
