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

LONGEST_EXCHANGE: Final = max(map(len, EXCHANGES)) + 2
"""Maximum number of characters before a colon that are read: the longest name, a blank, and what is before the name."""

MARKER: Final = "ticker "

LONGEST_SYMBOL: Final = 6
"""Maximum number of characters of a symbol before the suffix of a code."""

# ASCII letters alone: with others, such as the Kelvin sign for K, a match would not be a key of the table.
_EXCHANGE = re.compile(rf"\b((?a:{'|'.join(EXCHANGES)}))\s?\Z", re.IGNORECASE)
_NAMED_SYMBOL = re.compile(r"\s?([A-Z0-9]{1,6}(?:[.-][A-Z])?)\b")
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
    # The colon and the full stop come first: a search for them passes over most of a text.
    colon = text.find(":")
    while colon >= 0:
        exchange = _EXCHANGE.search(text, max(0, colon - LONGEST_EXCHANGE), colon)
        symbol = _NAMED_SYMBOL.match(text, colon + 1) if exchange else None
        if exchange and symbol:
            yield Ticker(exchange.start(), symbol.end(), EXCHANGES[exchange[1].upper()], symbol[1])
        colon = text.find(":", colon + 1)
    for match in _SUFFIX.finditer(text):
        symbol = _SYMBOL.search(text, max(0, match.start() - LONGEST_SYMBOL), match.start())
        if symbol and (not symbol[0].isdigit() or match[1] in {"HK", "T", "SS", "SZ", "KS"}):
            yield Ticker(symbol.start(), match.end(), SUFFIXES[match[1]], symbol[0])
