"""The page's command explains routes by the rules file that the desk uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.cli.page.explain import RoutingExplainer
from services.errors import ConfigurationError
from tests.support.page_events import build_page_event

RULES = """
version: 1
routes:
  - name: harbour
    description: Ports in English
    when: {any: [{language: [en, no]}, {entity: {name: [Bergen], min_salience: 0.4}}]}
  - {name: quiet, when: {not: {sentiment: negative}}}
default: rest
"""


def test_conditions_become_words(tmp_path: Path) -> None:
    """Each condition of the file is a line with its answer and the reason."""
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    view = RoutingExplainer(file).explain(build_page_event())
    harbour, quiet = view.routes
    assert (view.taken, view.is_default) == (("harbour",), False)
    assert (harbour.name, harbour.holds, harbour.description) == ("harbour", True, "Ports in English")
    first, second = harbour.condition.parts
    assert (harbour.condition.text, first.text, first.holds) == ("at least one of these", "language: en or no", True)
    assert second.text.startswith("entity: name Bergen")
    assert "en" in first.because
    assert (quiet.condition.text, quiet.condition.holds) == ("not", False)
    assert quiet.condition.parts[0].text == "sentiment: negative"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """New rules count from the next event on; wrong ones and a missing file leave the old ones in place."""
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    explainer = RoutingExplainer(file)
    file.write_text(RULES.replace("harbour", "harbours"))
    os.utime(file, ns=(1, 1))
    assert explainer.explain(build_page_event()).taken == ("harbours",)
    file.write_text("version: 1\nroutes: no")
    assert explainer.explain(build_page_event()).taken == ("harbours",)
    file.unlink()
    assert explainer.explain(build_page_event()).taken == ("harbours",)


def test_wrong_rules_end_the_start(tmp_path: Path) -> None:
    """The command does not start with rules that are wrong."""
    with pytest.raises(ConfigurationError, match=r"missing\.yaml"):
        RoutingExplainer(tmp_path / "missing.yaml")
