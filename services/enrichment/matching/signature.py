"""The signature of an article: what matching compares instead of the texts.

MinHash (Broder 1997, On the resemblance and containment of documents): of each of many permutations of all
shingles the smallest one that the article has. Two articles agree in a permutation with a probability that is
their Jaccard similarity.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from services.contracts.event import Signature
from services.enrichment.matching.words import build_shingles, normalise
from services.errors import PermanentError

PERMUTATIONS = 128
"""The standard error of an estimated similarity of 0.5 is 0.044; half as many would make it 0.063."""

SEED = 1
"""Of the permutations. Another one makes all signatures incomparable with those in the verdict log."""

SHORTEST_WORDS = 20
"""Below this, a few common phrases make strangers alike: only equal words count as a duplicate."""

HASH_BYTES = 16
"""128 bits, as the article id: no two articles of a lifetime share one by chance."""


def compute_signature(headline: str | None, body: str) -> Signature:
    """The signature of an article; a pure function of its words.

    Headline and body count as one run of words, so that a copy whose headline was not told from its body
    is still the same copy.
    """
    words = normalise(headline) if headline else []
    words += normalise(body)
    content_hash = _hash_words(words)
    shingles = build_shingles(words)
    if len(words) < SHORTEST_WORDS:
        return Signature(content_hash=content_hash, shingles=len(shingles))
    sketch = RMinHash(PERMUTATIONS, SEED)
    sketch.update(shingles)
    return Signature(content_hash=content_hash, shingles=len(shingles), minhash=encode_minhash(sketch.digest()))


def is_wordless(signature: Signature) -> bool:
    """Whether the article has no word at all: then it is a copy of nothing."""
    return signature.content_hash == _WORDLESS


def encode_minhash(values: Sequence[int]) -> str:
    """MinHash values as they travel: base64 of little-endian unsigned 32 bit."""
    return base64.b64encode(np.asarray(values, dtype="<u4").tobytes()).decode()


def decode_minhash(text: str) -> NDArray[np.uint32]:
    """The values back. Raises PermanentError when there are not `PERMUTATIONS` of them."""
    try:
        packed = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise PermanentError("the signature's minhash is not base64") from error
    if len(packed) != 4 * PERMUTATIONS:
        raise PermanentError(f"the signature has {len(packed)} bytes instead of {4 * PERMUTATIONS}")
    return np.frombuffer(packed, dtype="<u4")


def _hash_words(words: list[str]) -> str:
    digest = hashlib.blake2b(" ".join(words).encode(), digest_size=HASH_BYTES, person=b"copydesk-words-1")
    return digest.hexdigest()


_WORDLESS = _hash_words([])
