"""The process around a service: start, settings, logs, metrics, health, retries, child processes."""
