"""The stories that a shard remembers, and the search for candidates among them."""
