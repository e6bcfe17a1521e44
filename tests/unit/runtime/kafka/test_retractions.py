"""Tests of leaving out retracted articles."""

from __future__ import annotations

from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.runtime.kafka.retractions import leave_out_retracted
from tests.support.source_records import Record

ARTICLE = RawArticle(content="The mayor resigned.", url="https://wire.example/1")


def test_retracted_articles_are_left_out() -> None:
    """A record is recognised by its header, or by URL and content if another program wrote it; others stay."""
    written, foreign = Record(b"{", headers=(("ce_id", b"a"),)), Record(ARTICLE.to_bytes(), b"any key")
    kept, broken = Record(ARTICLE.to_bytes(), headers=(("ce_id", b"b"),)), Record(b"{")
    records = [written, foreign, kept, broken, Record(None)]
    assert leave_out_retracted(records, {"a", derive_article_id(ARTICLE)}) == [kept, broken, Record(None)]
    assert leave_out_retracted(records, set()) == records
