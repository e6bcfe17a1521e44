"""The shipped dashboards: their queries, their layout and their pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from services.reference.dashboards.builder import build_files
from tests.support.monitoring_files import DASHBOARDS, Query, list_queries, open_reader, put_in
from tests.support.monitoring_tools import ROOT

GRAFANA = ROOT / "deploy" / "grafana"
PICTURES = ROOT / "docs" / "dashboards"
LARGEST_PICTURE = 300_000
"""Size limit in bytes, so that a page with both pictures loads fast."""
COLUMNS = 24


def test_every_dashboard_is_generated() -> None:
    """The folder of dashboards has the generated files and no other files; `make reference` writes them."""
    assert {file.relative_to(ROOT) for file in DASHBOARDS.iterdir()} == set(build_files())


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


def test_provisioning_names_an_existing_data_source() -> None:
    """The default data source of the dashboards is provisioned, and each file is valid YAML."""
    [source] = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    [provider] = yaml.safe_load((GRAFANA / "provisioning/dashboards/copydesk.yml").read_text())["providers"]
    assert source["type"] == "prometheus" and source["isDefault"] and provider["type"] == "file"


@pytest.mark.parametrize("name", ["desk", "operator"])
def test_each_dashboard_has_its_picture(name: str) -> None:
    """The docs have a picture of each dashboard under real traffic, below the size limit."""
    assert 0 < (PICTURES / f"{name}.png").stat().st_size < LARGEST_PICTURE
