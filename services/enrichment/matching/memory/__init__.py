"""The memory of a shard: originals, known ids, and their snapshot."""
