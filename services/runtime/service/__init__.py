"""The process around a service: start, settings, logs, metrics, outcome reports, health, retries, child processes."""
