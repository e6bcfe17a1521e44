"""The names of entities: which ones mean the same entity."""
