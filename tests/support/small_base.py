"""A small knowledge base for tests, of invented and of well-known things."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from services.enrichment.linking.base import KnowledgeBase
from services.enrichment.linking.base_format import NameForm
from services.enrichment.linking.building.writer import DraftItem, write_base


def build_item(label: str, kind: str | None, wikidata: int, rank: int, *aliases: str, **others: object) -> DraftItem:
    """Return an item with a label and aliases; `others` are further fields of the draft."""
    item = DraftItem(label, kind, rank, wikidata, **others)  # type: ignore[arg-type]
    item.names = {label: NameForm.LABEL, **dict.fromkeys(aliases, NameForm.ALIAS)}
    return item


def list_items() -> list[DraftItem]:
    """List the items of the small base."""
    kenya = build_item("Kenya", "LOC", 114, 255, "Republic of Kenya", country="KE")
    kenya.names |= {"Kenyan": NameForm.DEMONYM, "Kenyans": NameForm.DEMONYM}
    assembly = build_item("National Assembly of Oceana", "ORG", 7, 120, country="OC")
    assembly.names["National Assembly"] = NameForm.GENERIC
    return [
        kenya,
        build_item("France", "LOC", 142, 255, "FR", country="FR"),
        build_item("Oceana", "LOC", 8, 255, country="OC"),
        build_item("Paris", "LOC", 90, 220, country="FR", description="capital of France"),
        build_item("Texas", "LOC", 1439, 200, country="US", description="state of the United States"),
        build_item("Paris, Texas", "LOC", 830149, 60, country="US", description="city in Texas"),
        build_item("United Nations", "ORG", 1065, 230, "UN", description="intergovernmental organisation"),
        build_item("Anna Quarles", "PER", 11, 140, "Quarles", country="KE", description="minister in Kenya"),
        build_item("Reading", "LOC", 161491, 140, country="GB", description="town in England"),
        build_item(
            "Tarn Motors Inc",
            "ORG",
            12,
            90,
            "ticker NYSE TARN",
            country="US",
            identifiers={"isin": "US0000000001", "ticker": ["NYSE:TARN"]},
        ),
        assembly,
    ]


def write_small_base(folder: Path, items: Iterable[DraftItem] | None = None) -> KnowledgeBase:
    """Write the small base, or the given items, into a folder and open it."""
    write_base(folder, [*(items or list_items())], name="small", languages=("en",), sources=())
    return KnowledgeBase(folder)
