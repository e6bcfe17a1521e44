"""The index of one shard: which articles it has seen, and of which of them a new one is a copy."""

from __future__ import annotations

from services.contracts.event import Duplicate, Evidence, Signature
from services.contracts.verdict_log import VerdictRecord
from services.enrichment.matching.keys import KEY_BYTES, derive_key
from services.enrichment.matching.known import KnownIds
from services.enrichment.matching.originals import Near, Original, Originals
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signature import decode_minhash, is_wordless
from services.errors import PermanentError

SIMILARITY_DIGITS = 4
"""A step of a signature of 128 values is 0.008; what lies beyond four digits is arithmetic."""

ORIGINAL = Duplicate(verdict="original")


class MatchIndex:
    """The near-duplicate index of one shard, for one writer.

    A verdict is a function of the records remembered before and of event time: not of the clock, the batch or a
    restart. Feeding an empty index the records of the verdict log in their order makes it the one that wrote them.
    """

    def __init__(self, parameters: MatchParameters | None = None) -> None:
        self.parameters = parameters or MatchParameters()
        self._known = KnownIds(self.parameters.remembered_ms)
        self._originals = Originals(self.parameters)
        self._now_ms = 0

    @property
    def known_count(self) -> int:
        """How many ids the shard knows."""
        return self._known.count(self._now_ms)

    @property
    def original_count(self) -> int:
        """How many originals lie within the window."""
        return self._originals.count(self._now_ms)

    @property
    def bucket_limit_hits(self) -> int:
        """How often an original was kept out of a band that had `bucket_limit` of them, since the index was made."""
        return self._originals.refused

    @property
    def nbytes(self) -> int:
        """Memory of the tables in bytes."""
        return self._known.nbytes + self._originals.nbytes

    def knows(self, article_id: str) -> bool:
        """Whether an article with this id was remembered, and that within the time that ids are kept."""
        return self._known.has(derive_key(article_id), self._now_ms)

    def judge(self, article_id: str, signature: Signature, event_time_ms: int) -> Duplicate:
        """Whether the article is a copy of one within the window; changes nothing.

        Of several originals the most similar is named, then the earliest by event time, then by id. Raises
        PermanentError for a signature that this build cannot read.
        """
        if is_wordless(signature):
            return ORIGINAL
        minhash = decode_minhash(signature.minhash) if signature.minhash is not None else None
        now_ms = max(self._now_ms, event_time_ms)
        exact = self._originals.find_exact(_decode_hash(signature), article_id, now_ms)
        if exact is not None:
            return _describe_exact(exact, signature)
        if minhash is None:
            return ORIGINAL
        near = self._originals.find_near(minhash, signature.shingles, article_id, now_ms)
        return ORIGINAL if near is None else _describe_near(near, signature)

    def remember(self, record: VerdictRecord) -> None:
        """Take in a judged article: its id, and, where it is an original, what its copies are known by.

        Records come in the order of the verdict log. Event time never goes back: an article that is late counts
        from the latest time seen. Raises PermanentError for a signature that this build cannot read.
        """
        signature = record.signature
        original = Original(
            article_id=record.id,
            content_hash=_decode_hash(signature),
            event_time_ms=record.event_time_ms,
            shingles=signature.shingles,
            minhash=decode_minhash(signature.minhash) if signature.minhash is not None else None,
        )
        self._now_ms = max(self._now_ms, record.event_time_ms)
        self._known.add(derive_key(record.id), self._now_ms)
        if record.duplicate.verdict == "original" and not is_wordless(signature):
            self._originals.add(original, self._now_ms)


def judge_and_remember(
    index: MatchIndex, article_id: str, signature: Signature, event_time_ms: int
) -> VerdictRecord | None:
    """What match does with one article, without Kafka; None when its id is known: then it is repeated."""
    if index.knows(article_id):
        return None
    duplicate = index.judge(article_id, signature, event_time_ms)
    record = VerdictRecord(id=article_id, event_time_ms=event_time_ms, signature=signature, duplicate=duplicate)
    index.remember(record)
    return record


def _decode_hash(signature: Signature) -> bytes:
    try:
        decoded = bytes.fromhex(signature.content_hash)
    except ValueError as error:
        raise PermanentError("the signature's content_hash is not hexadecimal") from error
    if len(decoded) != KEY_BYTES:
        raise PermanentError(f"the signature's content_hash has {len(decoded)} bytes instead of {KEY_BYTES}")
    return decoded


def _describe_exact(duplicate_of: str, signature: Signature) -> Duplicate:
    shingles = signature.shingles
    return Duplicate(
        verdict="exact",
        duplicate_of=duplicate_of,
        similarity=1.0,
        matched_on="content_hash",
        evidence=Evidence(shared_shingles=shingles, total_shingles=shingles),
    )


def _describe_near(near: Near, signature: Signature) -> Duplicate:
    """The evidence follows from |A and B| = J (|A| + |B|) / (1 + J)."""
    both = near.shingles + signature.shingles
    shared = round(near.similarity * both / (1 + near.similarity))
    return Duplicate(
        verdict="near",
        duplicate_of=near.article_id,
        similarity=round(near.similarity, SIMILARITY_DIGITS),
        matched_on="shingles",
        evidence=Evidence(shared_shingles=shared, total_shingles=both - shared),
    )
