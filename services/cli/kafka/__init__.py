"""Commands that work on Kafka's topics: `tail` and `topics`."""
