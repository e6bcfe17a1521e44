"""The shipped dashboards: their queries, their layout and their pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from services.contracts.event import EntityType, Polarity, Verdict
from services.reference.dashboards.builder import KUBERNETES, build_files
from services.reference.dashboards.colours import BY_SERIES, GREEN, GREY, RED
from tests.support.monitoring_files import DASHBOARDS, Query, list_queries, open_reader, put_in
from tests.support.monitoring_tools import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
PICTURES = ROOT / "docs" / "dashboards"
LARGEST_PICTURE = 300_000
"""Size limit in bytes, so that a page with both pictures loads fast."""
COLUMNS = 24
BOARDS = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(DASHBOARDS.glob("*.json"))]


def test_every_dashboard_is_generated() -> None:
    """The folder of dashboards has the generated files and no other files; `make reference` writes them."""
    copies = (KUBERNETES / file.name for file in DASHBOARDS.iterdir())
    assert {*(file.relative_to(ROOT) for file in DASHBOARDS.iterdir()), *copies} == set(build_files())


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: f"{query.dashboard}: {query.panel}")
def test_query_reads_what_the_code_exposes(query: Query) -> None:
    """A query uses metrics and labels that exist, and its legend uses labels that its series have."""
    labels = open_reader().read(put_in(query.expression))
    assert set(re.findall(r"{{(\w+)}}", query.legend)) <= labels


@pytest.mark.parametrize("file", sorted(DASHBOARDS.glob("*.json")), ids=lambda file: file.stem)
def test_panels_have_their_place(file: Path) -> None:
    """Panels stay in the grid and do not overlap; each has an id of its own, a title and queries with their letters."""
    panels = json.loads(file.read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for panel in panels
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < COLUMNS
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        letters = [target["refId"] for target in panel.get("targets", ())]
        assert panel["title"] and len(letters) == len(set(letters)) and (letters or panel["type"] == "row")


def test_each_query_reads_the_chosen_instances_alone() -> None:
    """Each metric of a process in each query and annotation has the matcher of the variable for the instance."""
    expressions = [query.expression for query in list_queries()]
    expressions += [note["expr"] for board in BOARDS for note in board["annotations"]["list"]]
    for expression in expressions:
        selectors = re.findall(
            r"(?<![\w:])((?:\w+:)?(?:copydesk|process)_[\w:]+|up|ALERTS)(\{[^}]*\})?(?=[\[\s)]|$)", expression
        )
        assert selectors, expression
        for name, matchers in selectors:
            assert name == "ALERTS" or 'instance=~"$instance"' in matchers, expression
        open_reader().read(put_in(expression))


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_panels_say_what_they_show(board: dict[str, Any]) -> None:
    """Each panel has a description and one unit: Grafana's own, or the label of the axis for a plain number."""
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    titles = [panel["title"] for panel in panels]
    assert len(set(titles)) == len(titles)
    for panel in panels:
        assert panel["description"], panel["title"]
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] == "timeseries" and defaults["unit"] == "short":
            assert defaults["custom"].get("axisLabel"), panel["title"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_colours_have_one_meaning(board: dict[str, Any]) -> None:
    """A series has the same colour on all panels, and every polarity, verdict and type has one where it is shown."""
    by_label = {"polarity": get_args(Polarity), "verdict": get_args(Verdict), "type": get_args(EntityType)}
    for panel in board["panels"]:
        colours = {
            each["matcher"]["options"]: each["properties"][0]["value"]["fixedColor"]
            for each in panel.get("fieldConfig", {}).get("overrides", ())
        }
        assert colours.items() <= BY_SERIES.items()
        for label, values in by_label.items():
            if any(target.get("legendFormat") == f"{{{{{label}}}}}" for target in panel.get("targets", ())):
                assert set(values) <= set(colours), panel["title"]
    assert (BY_SERIES["negative"], BY_SERIES["neutral"], BY_SERIES["positive"]) == (RED, GREY, GREEN)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board["uid"])
def test_boards_lead_to_each_other_and_to_the_runbook(board: dict[str, Any]) -> None:
    """Each board has links to the boards of its tag and to the runbook, and a variable for each choice."""
    assert [link["type"] for link in board["links"]] == ["dashboards", "link"]
    assert board["links"][0]["tags"] == board["tags"]
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    assert set(variables) == {"datasource", "namespace", "service", "instance", "runbook"}
    assert (ROOT / variables["runbook"]["query"]).exists()
    # All instances are listed, and not any text, because the choice of a service works through this list.
    assert "allValue" not in variables["instance"]
    for name in ("namespace", "service"):
        assert f"${name}" in variables["instance"]["query"]["query"]
    assert [note["name"] for note in board["annotations"]["list"]] == ["Alerts", "Releases"]


def test_provisioning_names_an_existing_data_source() -> None:
    """The default data source of the dashboards is provisioned, and each file is valid YAML."""
    [source] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/copydesk.yml").read_text())["providers"]
    assert source["type"] == "prometheus" and source["isDefault"] and provider["type"] == "file"


@pytest.mark.parametrize("name", ["desk", "operator"])
def test_each_dashboard_has_its_picture(name: str) -> None:
    """The docs have a picture of each dashboard below the size limit, and it shows the panels of today."""
    assert 0 < (PICTURES / f"{name}.png").stat().st_size < LARGEST_PICTURE
    drawn = json.loads((PICTURES / "panels.json").read_text(encoding="utf-8"))
    [board] = [board for board in BOARDS if board["uid"] == f"copydesk-{name}"]
    assert drawn[name] == [panel["title"] for panel in board["panels"]], "draw them again: make dashboard-pictures"
