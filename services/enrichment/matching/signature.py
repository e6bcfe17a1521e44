"""The signature of an article: what matching compares instead of the texts.

Four kinds of hashes stand in it. The content hash tells equal words. The anchors are the smallest hashes of its runs
of eight words: two articles that share an anchor have those words in common, and an article that contains part of
another shares that part's share of its anchors (bottom-k sampling, Broder 1997, On the resemblance and containment of
documents), which no band of MinHash values does. The sketch estimates how similar two sets of shingles are. The facts
tell what changed.

Measured on Reuters and BBC stories of 300 words, interleaved on a busy machine: 94 microseconds an article with all its
facts and anchors, where the words of a regular expression and a rensa RMinHash of 128 values of their runs of three,
without any facts, took 77.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import a2b_base64
from struct import pack

import numpy as np

from services.contracts.event import ResolvedTime, Signature
from services.enrichment.matching.facts import find_page, hash_briefly, hash_numbers, hash_page, hash_paragraphs
from services.enrichment.matching.hashing import MASK_64, MULTIPLIER, Hashes, hash_runs, hash_words
from services.enrichment.matching.normalised_words import normalise, normalise_paragraphs
from services.enrichment.matching.sketch import SKETCH_BYTES, build_sketch
from services.errors import PermanentError

SHINGLE_WORDS = 3
"""Words of a shingle. Three keep a copy with scattered edits alike: with 5 % of the words changed, two texts share
0.76 of their 3-word and 0.65 of their 5-word shingles."""

ANCHOR_WORDS = 8
"""Words of an anchor: two writers hardly ever choose eight words alike but in a quotation, so that an anchor meets
copies and next to no strangers, and yet of a text with a tenth of its words changed 43 % stand."""

ANCHORS = 11
"""Anchors of an article at most. An excerpt of 30 % of an article shares none of 11 in 2 % of all cases, and one of
15 % in 17 %; each more costs 12 bytes an article of the index. At 12 to 24 the labelled pages do as well."""

SHORTEST_WORDS = 20
"""Below this, a few common phrases make strangers alike: only equal words count as a duplicate."""

HASH_BYTES = 16
"""128 bits, as the article id: no two articles of a lifetime share one by chance."""

EXACT = frozenset({"second", "minute"})
"""Precisions of a time by which versions are put in order."""


def compute_signature(
    headline: str | None, body: str, *, canonical_url: str | None = None, written_s: int | None = None
) -> Signature:
    """The signature of an article; a pure function of its words, its page and the time that it bears.

    Headline and body count as one run of words, so that a copy whose headline was not told from its body
    is still the same copy. `written_s` is when this version was written, in seconds since the epoch.
    """
    title = " ".join(normalise(headline)).encode() if headline else b""
    paragraphs = normalise_paragraphs(body)
    encoded = b" ".join([title, *paragraphs] if title else paragraphs)
    hashes, is_number = hash_words(encoded)
    shingles, runs = hash_runs(hashes, SHINGLE_WORDS, ANCHOR_WORDS)
    shingles = sort_distinct(shingles)
    host, page = find_page(canonical_url) if canonical_url else ("", "")
    is_long = len(hashes) >= SHORTEST_WORDS
    return Signature(
        content_hash=_hash_content(encoded),
        shingles=len(shingles),
        sketch=_encode(build_sketch(shingles)) if is_long else None,
        anchors=_encode(choose_anchors(runs)) if is_long else None,
        host=hash_briefly(host.encode()) if host else None,
        page=hash_page(host, page) if host else None,
        written_s=written_s,
        headline=hash_briefly(title) if title else None,
        numbers=hash_numbers(hashes, is_number) if encoded else None,
        paragraphs=hash_paragraphs(paragraphs),
    )


def find_written(*times: ResolvedTime | None) -> int | None:
    """The first of some times that is known to the minute, in seconds since the epoch.

    A day is too coarse to tell which of two versions is the later one.
    """
    for time in times:
        if time is not None and time.precision in EXACT:
            return max(0, int(time.value.timestamp()))
    return None


def is_wordless(signature: Signature) -> bool:
    """Whether the article has no word at all: then it is a copy of nothing."""
    return signature.content_hash == _WORDLESS


def decode_sketch(text: str) -> bytes:
    """The sketch as it travels, base64, back. Raises PermanentError for one of another length."""
    sketch = _decode(text, "sketch")
    if len(sketch) != SKETCH_BYTES:
        raise PermanentError(f"the signature's sketch has {len(sketch)} bytes instead of {SKETCH_BYTES}")
    return sketch


def decode_anchors(text: str) -> bytes:
    """The anchors as they travel, base64 of little-endian 32 bit, back. Raises PermanentError for what is none."""
    anchors = _decode(text, "anchors")
    if len(anchors) > 4 * ANCHORS or len(anchors) % 4:
        raise PermanentError(f"the signature's anchors have {len(anchors)} bytes: no {ANCHORS} times 4 or fewer")
    return anchors


def sort_distinct(hashes: Hashes) -> Hashes:
    """The distinct hashes, the smallest first; np.unique takes several times as long for an article's few hundred."""
    hashes.sort()
    kept = np.empty(len(hashes), np.bool_)
    kept[:1] = True
    np.not_equal(hashes[1:], hashes[:-1], out=kept[1:])
    return hashes[kept]


def choose_anchors(runs: Hashes) -> bytes:
    """The smallest distinct hashes, each as 32 bits of which none depends on its being small."""
    runs.sort()
    smallest = list(dict.fromkeys(runs[: 2 * ANCHORS].tolist()))[:ANCHORS]
    return pack(f"<{len(smallest)}I", *[(value * MULTIPLIER & MASK_64) >> 32 or 1 for value in smallest])


def _encode(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


def _decode(text: str, name: str) -> bytes:
    try:
        return a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise PermanentError(f"the signature's {name} is not base64") from error


def _hash_content(encoded: bytes) -> str:
    return hashlib.blake2b(encoded, digest_size=HASH_BYTES, person=b"copydesk-words-1").hexdigest()


_WORDLESS = _hash_content(b"")
