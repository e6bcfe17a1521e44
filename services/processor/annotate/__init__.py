"""The stage annotate: raw bytes in; clean, annotated articles out. Stateless; delivers at least once."""
