"""Routing rules: one YAML file, read and checked at the start, evaluated as plain functions. No Kafka, no logger."""

from services.sink.rules.routes import Route, Rules
from services.sink.rules.rules_file import EXAMPLE_RULES, read_rules

__all__ = ["EXAMPLE_RULES", "Route", "Rules", "read_rules"]
