"""Program that imports every module of `services` in a fresh interpreter and prints each effect on a line.

Run: python -m tests.architecture.import_effects. A module whose optional dependency is missing is skipped.
"""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import signal
import sys
from collections.abc import Iterator
from types import ModuleType

import structlog

import services

PATCHABLE = ("aiokafka", "prometheus_client", "structlog")
"""Libraries whose attributes no import may change."""


def import_tree(package: ModuleType) -> None:
    """Import a package and all modules below it, without those whose optional dependency is missing."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", onerror=lambda _: None):
        try:
            importlib.import_module(found.name)
        except ImportError as error:
            if error.name is None or error.name.split(".")[0] == "services":
                raise


def read_state() -> dict[str, object]:
    """Return what an import could change, by name."""
    root = logging.getLogger()
    state: dict[str, object] = {f"variable {name}": value for name, value in os.environ.items()}
    state |= {
        f"handler of {number.name}": signal.getsignal(number)
        for number in signal.valid_signals()
        if isinstance(number, signal.Signals)
    }
    state |= {"root handlers": tuple(root.handlers), "root level": root.level}
    state |= {"structlog is configured": structlog.is_configured()}
    state |= dict(read_attributes())
    return state


def read_attributes() -> Iterator[tuple[str, object]]:
    """Yield the attributes of each loaded module of the patchable libraries and of its classes, without submodules."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in PATCHABLE:
            continue
        for attribute, value in list(vars(module).items()):
            if isinstance(value, ModuleType):
                continue
            yield f"{name}.{attribute}", value
            if isinstance(value, type):
                yield from ((f"{name}.{attribute}.{member}", found) for member, found in list(vars(value).items()))


def main() -> None:
    """Print each difference between the state before and after the imports."""
    for library in PATCHABLE:
        import_tree(importlib.import_module(library))
    before = read_state()
    import_tree(services)
    after = read_state()
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) is not after.get(name) and before.get(name) != after.get(name):
            print(f"{name}: {before.get(name)!r} -> {after.get(name)!r}")


if __name__ == "__main__":
    main()
