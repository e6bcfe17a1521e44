"""Kafka: clients, security, topics, records, lag, group membership, the state log and the shard map."""
