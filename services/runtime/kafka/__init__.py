"""Kafka: clients, security, topics, lag, records, the state log and the shard map."""
