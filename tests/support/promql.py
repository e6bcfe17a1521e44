"""Reader of PromQL expressions: each metric and label is compared with those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

import promql_parser

from services.contracts.event import EntityType, Part, Polarity, Verdict
from services.contracts.media_topics import list_top
from services.outcomes import Outcome, Reason, Stage
from services.processor.match.metrics import LANGUAGES, NO_TOPIC, NOVELTIES, OTHER_LANGUAGE, PLACES, TARGETS
from services.reference import tables

SCRAPED = frozenset({"job", "instance", "host", "namespace"})
"""Labels that the scrape configuration adds."""
FOREIGN: Mapping[str, frozenset[str]] = {
    "up": frozenset(),
    "process_start_time_seconds": frozenset(),
    "process_resident_memory_bytes": frozenset(),
    "process_cpu_seconds_total": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "stage"}),
}
"""Metrics that Prometheus and its client library export."""
CLOSED: Mapping[str, frozenset[str]] = {
    "stage": frozenset(Stage),
    "service": frozenset(Stage),
    "outcome": frozenset(Outcome),
    "reason": frozenset(Reason),
    "verdict": frozenset(get_args(Verdict)),
    "polarity": frozenset(get_args(Polarity)),
    "type": frozenset(get_args(EntityType)),
    "part": frozenset(get_args(Part)),
    "target": frozenset(TARGETS),
    "subject": frozenset({*(topic.name for topic in list_top()), NO_TOPIC}),
    "place": frozenset(PLACES),
    "novelty": frozenset(NOVELTIES),
    "language": LANGUAGES | {OTHER_LANGUAGE},
}
"""Values that a label can have. The feeds' fetches have other outcomes, but no dashboard uses them by value."""
SET_OPERATORS = frozenset({"and", "or", "unless"})
COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})


@cache
def list_metrics() -> dict[str, frozenset[str]]:
    """Return the exported metric names with their labels."""
    found: dict[str, frozenset[str]] = dict(FOREIGN)
    for family in tables.list_metrics():
        labels = frozenset(family.labels)
        if family.type == "histogram":
            found |= {f"{family.name}_{part}": labels for part in ("sum", "count")}
            found[f"{family.name}_bucket"] = labels | {"le"}
        else:
            found[family.name] = labels
    return {name: labels | SCRAPED for name, labels in found.items()}


class Reader:
    """Reader of expressions. `records` has the labels of recorded metrics, in the order of their rules."""

    def __init__(self) -> None:
        self._metrics = list_metrics()

    def record(self, name: str, expression: str) -> None:
        """Read a recording rule and remember its labels."""
        self._metrics[name] = self.read(expression)

    def read(self, expression: str) -> frozenset[str]:
        """Return the labels of the answer. Raises AssertionError for an unknown metric, label or label value."""
        return self._labels(promql_parser.parse(expression))

    def _labels(self, node: Any) -> frozenset[str]:
        kind = type(node).__name__
        reader = getattr(self, f"_read_{kind}", None)
        assert reader is not None, f"a kind of expression that this reader does not know: {kind}"
        labels: frozenset[str] = reader(node)
        return labels

    def _read_VectorSelector(self, node: Any) -> frozenset[str]:
        assert node.name in self._metrics, f"no such metric: {node.name}"
        labels = self._metrics[node.name]
        for matcher in node.matchers.matchers:
            assert matcher.name in labels, f"{node.name} has no label {matcher.name}"
            for value in _values(matcher):
                known = CLOSED.get(matcher.name)
                assert known is None or value in known, f"{matcher.name} is never {value}"
        return labels

    def _read_MatrixSelector(self, node: Any) -> frozenset[str]:
        return self._read_VectorSelector(node.vector_selector)

    def _read_SubqueryExpr(self, node: Any) -> frozenset[str]:
        return self._labels(node.expr)

    def _read_ParenExpr(self, node: Any) -> frozenset[str]:
        return self._labels(node.expr)

    def _read_UnaryExpr(self, node: Any) -> frozenset[str]:
        return self._labels(node.expr)

    def _read_NumberLiteral(self, _: Any) -> frozenset[str]:
        return frozenset()

    _read_StringLiteral = _read_NumberLiteral

    def _read_AggregateExpr(self, node: Any) -> frozenset[str]:
        inner = self._labels(node.expr)
        if str(node.op) in ("topk", "bottomk"):
            return inner
        if node.modifier is None:
            return frozenset()
        listed = frozenset(node.modifier.labels)
        assert listed <= inner, f"nothing to group by: {sorted(listed - inner)}"
        return listed if "By" in str(node.modifier.type) else inner - listed

    def _read_Call(self, node: Any) -> frozenset[str]:
        labels = frozenset[str]().union(*(self._labels(argument) for argument in node.args))
        name = node.func.name
        if name == "absent":
            return frozenset(matcher.name for matcher in node.args[0].matchers.matchers)
        if name == "label_replace":
            assert node.args[3].val in labels, f"label_replace reads {node.args[3].val}, which is not there"
            return labels | {node.args[1].val}
        if name == "histogram_quantile":
            assert "le" in labels, "a quantile of something without buckets"
            return labels - {"le"}
        return labels

    def _read_BinaryExpr(self, node: Any) -> frozenset[str]:
        left, right = self._labels(node.lhs), self._labels(node.rhs)
        operator, modifier = str(node.op), node.modifier
        if operator == "or":
            return left | right
        matching = modifier.matching if modifier is not None else None
        if matching is not None:
            on = frozenset(matching.labels)
            assert on <= left & right, f"matched on {sorted(on - (left & right))}, which one side lacks"
            extra = frozenset(modifier.group_labels or ())
            assert extra <= right, f"the other side has no {sorted(extra - right)}"
            if "ManyToOne" in str(modifier.card):
                return left | extra
            return left if operator in SET_OPERATORS | COMPARISONS else on
        return left or right


def _values(matcher: Any) -> Iterator[str]:
    if matcher.value and re.fullmatch(r"[\w|]+", matcher.value):
        yield from matcher.value.split("|")
