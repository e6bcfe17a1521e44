"""Sink: evaluates the routing rules on each enriched event, and writes it to the topic of every matching route."""
