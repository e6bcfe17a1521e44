"""What services store in Kafka for themselves: checkpoints, verdicts, feeds, revisions and the shard map."""
