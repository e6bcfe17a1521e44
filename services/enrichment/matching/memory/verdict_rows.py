"""Verdicts in few bytes: a shard repeats the verdict of an article when its annotation is revised."""

from __future__ import annotations

from struct import Struct
from typing import Final, Literal, get_args

from services.contracts.event import Difference, Duplicate, Evidence, Verdict
from services.enrichment.matching.memory.id_keys import KEY_BYTES, derive_key, is_packed_id

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
REASONS: Final[tuple[Literal["content_hash", "shingles", "page"] | None, ...]] = (
    None, "content_hash", "shingles", "page",
)  # fmt: skip
"""Values of `matched_on`."""
DIFFERENCES: Final[tuple[Difference, ...]] = get_args(Difference)
ANSWERS: Final = (None, False, True)
"""Values of a field that is true, false or not known."""
NONE: Final = 0xFFFF
"""Number of paragraphs that means null."""
HAS_SIMILARITY, HAS_EVIDENCE, HAS_OTHER = 1, 2, 4

PACKED: Final = Struct(f"<BBBBBBHHdII{KEY_BYTES}sI")
"""Verdict, reason, presence of parts, headline, numbers, differences, paragraphs added and removed, similarity, shared
and total shingles, the id of the other article, and the number of the revision's hash."""
HASH: Final = Struct("<I")
HASH_AT: Final = PACKED.size - HASH.size
"""Place of the number of the revision's hash."""
NOTHING: Final = Evidence(shared_shingles=0, total_shingles=0)


def pack_verdict(duplicate: Duplicate, hash_number: int) -> tuple[bytes, str | None]:
    """Return the bytes of a verdict, and the id of the other article if the bytes cannot hold it."""
    evidence = duplicate.evidence or NOTHING
    other = duplicate.duplicate_of or evidence.similar_to
    present = (
        HAS_SIMILARITY * (duplicate.similarity is not None)
        | HAS_EVIDENCE * (duplicate.evidence is not None)
        | HAS_OTHER * (other is not None)
    )
    packed = PACKED.pack(
        VERDICTS.index(duplicate.verdict),
        REASONS.index(duplicate.matched_on),
        present,
        ANSWERS.index(evidence.headline_changed),
        ANSWERS.index(evidence.numbers_changed),
        sum(1 << DIFFERENCES.index(one) for one in evidence.differs),
        NONE if evidence.paragraphs_added is None else min(evidence.paragraphs_added, NONE - 1),
        NONE if evidence.paragraphs_removed is None else min(evidence.paragraphs_removed, NONE - 1),
        duplicate.similarity or 0.0,
        evidence.shared_shingles,
        evidence.total_shingles,
        derive_key(other) if other is not None else b"",
        hash_number,
    )
    return packed, None if other is None or is_packed_id(other) else other


def unpack_verdict(packed: bytes, unpacked_other: str | None) -> Duplicate:
    """Return the verdict of `pack_verdict`, given its two results."""
    (
        verdict, reason, present, headline, numbers, differs, added, removed, similarity, shared, total, key, _,
    ) = PACKED.unpack(packed)  # fmt: skip
    other = (unpacked_other or key.hex()) if present & HAS_OTHER else None
    is_original = VERDICTS[verdict] == "original"
    evidence = Evidence(
        shared_shingles=shared,
        total_shingles=total,
        headline_changed=ANSWERS[headline],
        numbers_changed=ANSWERS[numbers],
        paragraphs_added=None if added == NONE else added,
        paragraphs_removed=None if removed == NONE else removed,
        differs=tuple(one for place, one in enumerate(DIFFERENCES) if differs >> place & 1),
        similar_to=other if is_original else None,
    )
    return Duplicate(
        verdict=VERDICTS[verdict],
        duplicate_of=None if is_original else other,
        similarity=similarity if present & HAS_SIMILARITY else None,
        matched_on=REASONS[reason],
        evidence=evidence if present & HAS_EVIDENCE else None,
    )
