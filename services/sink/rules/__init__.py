"""Routing rules: one YAML file, read and checked at the start, evaluated as plain functions. No Kafka, no logger."""

from services.sink.rules.explanation import Explanation, explain, to_jsonable
from services.sink.rules.routes import Route, Rules
from services.sink.rules.rules_file import EXAMPLE_RULES, read_rules

__all__ = ["EXAMPLE_RULES", "Explanation", "Route", "Rules", "explain", "read_rules", "to_jsonable"]
