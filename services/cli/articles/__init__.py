"""Commands that read articles: `enrich`, `send` and `evaluate`."""
