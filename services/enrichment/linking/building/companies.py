"""Listed companies of the starter base: tickers with their exchanges, and ISIN."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.enrichment.entities.names.tickers import make_ticker_name
from services.enrichment.linking.base_format import NameForm
from services.enrichment.linking.building.writer import DraftItem
from services.enrichment.linking.name_keys import make_short_keys

LISTED_RANK: Final = 40
"""Rank of a listed company that no other source has; each exchange adds to it."""

EXCHANGE_RANK: Final = 8
"""Number that each exchange adds to the rank."""

MAX_EXCHANGES: Final = 5
"""Exchanges that count for the rank."""

UNLISTED: Final = "OTC:"
"""Prefix of tickers of the trade outside exchanges. News rarely names these companies."""

MIN_ALIAS: Final = 3
"""Letters of the shortest name of a company that is a name on its own."""


@dataclass(slots=True)
class Listing:
    """The listings of one security: its names, and its tickers with their exchanges."""

    isin: str
    country: str
    names: list[str] = field(default_factory=list)
    tickers: list[str] = field(default_factory=list)


def add_companies(rows: Iterable[Mapping[str, str]], items: Sequence[DraftItem]) -> list[DraftItem]:
    """Add ISIN and tickers to the items of listed companies, and return an item for each company without one.

    A company is an organisation of the same name without legal form, in the same country if the base knows it. A name
    that several organisations have is left alone.
    """
    organisations = defaultdict(list)
    for item in items:
        if item.type == "ORG":
            for key in {make_short_keys(name)[0] for name, form in item.names.items() if form <= NameForm.ALIAS}:
                organisations[key].append(item)
    new: dict[str, DraftItem] = {}
    for listing in _group_by_isin(rows):
        if all(ticker.startswith(UNLISTED) for ticker in listing.tickers):
            continue
        keys = dict.fromkeys(make_short_keys(name)[0] for name in listing.names)
        found = [item for key in keys for item in organisations.get(key, ()) if item.country in ("", listing.country)]
        best = max((item.rank for item in found), default=0)
        known = next((item for item in found if item.rank == best), None)
        _add_listing(known or new.setdefault(next(iter(keys)), _draft_company(listing)), listing)
    return [new[key] for key in sorted(new)]


def _group_by_isin(rows: Iterable[Mapping[str, str]]) -> list[Listing]:
    listings: dict[str, Listing] = {}
    for row in rows:
        listing = listings.setdefault(row["isin"], Listing(row["isin"], row["country"]))
        names = [row["name"], *(alias.title() for alias in row["aliases"].split("|") if len(alias) >= MIN_ALIAS)]
        listing.names += [name for name in names if name not in listing.names]
        listing.tickers.append(f"{row['exchange']}:{row['ticker']}")
    return sorted(listings.values(), key=lambda listing: (-len(listing.tickers), len(listing.names[0]), listing.isin))


def _draft_company(listing: Listing) -> DraftItem:
    rank = LISTED_RANK + EXCHANGE_RANK * min(MAX_EXCHANGES, len(listing.tickers))
    item = DraftItem(listing.names[0], "ORG", rank, country=listing.country)
    item.names = {name: NameForm.LABEL if place == 0 else NameForm.ALIAS for place, name in enumerate(listing.names)}
    return item


def _add_listing(item: DraftItem, listing: Listing) -> None:
    item.identifiers.setdefault("isin", listing.isin)
    if item.identifiers["isin"] == listing.isin:
        item.identifiers["ticker"] = sorted(set(listing.tickers))
    for ticker in listing.tickers:
        item.names.setdefault(make_ticker_name(*ticker.split(":", 1)), NameForm.ALIAS)
