"""Kafka: clients, security, topics, lag, records, retries, the state log and the shard map."""
