"""Commands that check routing rules: without Kafka, on articles and events of a person's own."""
