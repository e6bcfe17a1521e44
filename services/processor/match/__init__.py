"""match: tells each annotated article whether the shard has seen it, and remembers it; stateful, one writer a shard."""
