"""Tickers in a text: "(NYSE: ABC)", "(ABC.N)", "ABC.L". They are evidence for the company before them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

EXCHANGES: Final = {
    "NYSE": "NYSE",
    "NASDAQ": "NASDAQ",
    "NASDAQGS": "NASDAQ",
    "NASDAQGM": "NASDAQ",
    "AMEX": "NYSE MKT",
    "LSE": "LSE",
    "LON": "LSE",
    "TSX": "TSX",
    "TSXV": "TSXV",
    "TSE": "TSE",
    "TYO": "TSE",
    "ASX": "ASX",
    "HKEX": "HKEX",
    "HKG": "HKEX",
    "SEHK": "HKEX",
    "NSE": "NSE_IN",
    "BSE": "BSE_IN",
    "SGX": "SGX",
    "JSE": "JSE",
    "ETR": "XETRA",
    "FWB": "XETRA",
    "XETRA": "XETRA",
    "EPA": "Euronext",
    "EURONEXT": "Euronext",
    "AMS": "AMS",
    "KRX": "KRX",
    "OTC": "OTC",
    "OTCMKTS": "OTC",
    "OTCQX": "OTC",
    "OTCQB": "OTC",
}
"""Exchanges of the tables, by the names that texts use before a colon."""

SUFFIXES: Final = {
    "N": "NYSE",
    "O": "NASDAQ",
    "OQ": "NASDAQ",
    "A": "NYSE MKT",
    "L": "LSE",
    "TO": "TSX",
    "T": "TSE",
    "AX": "ASX",
    "HK": "HKEX",
    "NS": "NSE_IN",
    "BO": "BSE_IN",
    "SI": "SGX",
    "J": "JSE",
    "DE": "XETRA",
    "PA": "Euronext",
    "AS": "AMS",
    "KS": "KRX",
    "SS": "SSE",
    "SZ": "SZSE",
}
"""Exchanges of the tables, by the suffix of a Reuters instrument code."""

MARKER: Final = "ticker "

LONGEST_SYMBOL: Final = 6
"""Maximum number of characters of a symbol before the suffix of a code."""

_NAMED = re.compile(rf"\b({'|'.join(EXCHANGES)})\s?:\s?([A-Z0-9]{{1,6}}(?:[.-][A-Z])?)\b", re.IGNORECASE)
_SUFFIX = re.compile(rf"\.({'|'.join(SUFFIXES)})(?![\w.])")
_SYMBOL = re.compile(rf"(?<![\w.])[A-Z0-9]{{1,{LONGEST_SYMBOL}}}\Z")


class Ticker(NamedTuple):
    """A ticker at code points `start` to `end` of a text, half open, with its exchange."""

    start: int
    end: int
    exchange: str
    symbol: str


def make_ticker_name(exchange: str, symbol: str) -> str:
    """Return the name under which a base has a ticker; no text has such a name."""
    return f"{MARKER}{exchange} {symbol}"


def find_tickers(text: str) -> Iterator[Ticker]:
    """Yield the tickers of a text that name their exchange."""
    if ":" in text:
        for match in _NAMED.finditer(text):
            if match[2].isupper() or match[2].isdigit():
                yield Ticker(match.start(), match.end(), EXCHANGES[match[1].upper()], match[2])
    for match in _SUFFIX.finditer(text):
        # The full stop comes first: a search for it passes over most of a text.
        symbol = _SYMBOL.search(text, max(0, match.start() - LONGEST_SYMBOL), match.start())
        if symbol and (not symbol[0].isdigit() or match[1] in {"HK", "T", "SS", "SZ", "KS"}):
            yield Ticker(symbol.start(), match.end(), SUFFIXES[match[1]], symbol[0])
