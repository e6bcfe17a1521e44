"""The stage match: it decides whether an annotated article copies an earlier one, and remembers it.

It is stateful, with one writer for each shard.
"""
