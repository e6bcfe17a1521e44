"""Near-duplicate detection: the signature of an article and the index of a shard."""

from services.enrichment.matching.index import MatchIndex, judge_and_remember
from services.enrichment.matching.parameters import MatchParameters
from services.enrichment.matching.signatures.signature import compute_signature, find_day, first_exact_time_seconds

__all__ = [
    "MatchIndex",
    "MatchParameters",
    "compute_signature",
    "find_day",
    "first_exact_time_seconds",
    "judge_and_remember",
]
