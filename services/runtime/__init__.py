"""The shell that all services share: Kafka, lanes, telemetry, settings, health, lifecycle. Knows no NLP."""
