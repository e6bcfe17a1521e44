"""The functional core: article in, enriched article out. No Kafka, no clock, no environment, no logger."""
