"""The process around a service: start, settings, logs, metrics, health, child processes."""
