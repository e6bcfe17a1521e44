"""Routing rules: one YAML file, read and checked once, evaluated as plain functions. Knows no Kafka and no logger."""

from services.sink.rules.rules_file import read_rules
from services.sink.rules.routes import Route, Rules

__all__ = ["Route", "Rules", "read_rules"]
