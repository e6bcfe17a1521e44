"""annotate: raw bytes in; clean, annotated articles out. A faust agent without a table, stateless, at least once."""
