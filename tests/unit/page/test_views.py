"""The views cut an event's texts without losing or adding a character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.event import Cleaning, Duplicate, Evidence, KeptSpan, RemovedSpan
from services.page.views.comparison import compare
from services.page.views.highlight import highlight_body, highlight_headline
from services.page.views.raw_text import LONGEST_REMOVED, view_raw_text
from services.page.views.summary import summarise
from services.page.views.words import explain_verdict
from tests.support.page_events import build_mentioned, build_page_event


def test_mentions_are_pieces_of_their_own() -> None:
    """Each mention is a piece with its entity, and paragraphs are separate."""
    paragraphs = highlight_body(build_page_event(body="Anna Berg left Bergen.\n\nBergen is wet."))
    assert [[(piece.text, piece.entity.name if piece.entity else None) for piece in each] for each in paragraphs] == [
        [("Anna Berg", "Anna Berg"), (" left ", None), ("Bergen", "Bergen"), (".", None)],
        [("Bergen", "Bergen"), (" is wet.", None)],
    ]
    assert [piece.number for each in paragraphs for piece in each if piece.entity] == [1, 1, 2]


def test_spans_that_overlap_or_lie_outside_are_left_out() -> None:
    """A wrong offset of a foreign producer costs its highlight and no text."""
    body = "Anna Berg spoke."
    entity = build_mentioned("Anna Berg", body)
    (mention,) = entity.mentions
    wrong = tuple(
        mention.model_copy(update={"start": start, "end": end}) for start, end in ((5, 12), (14, 99), (9, 9), (12, 3))
    )
    event = build_page_event(body=body).model_copy(
        update={"entities": (entity.model_copy(update={"mentions": (mention, *wrong)}),)}
    )
    (pieces,) = highlight_body(event)
    assert "".join(piece.text for piece in pieces) == body
    assert [piece.text for piece in pieces if piece.entity] == ["Anna Berg"]


def test_an_article_without_headline_or_body_has_no_pieces() -> None:
    """Missing texts give empty views."""
    event = build_page_event(headline=None, body="", names=())
    assert highlight_headline(event) == []
    assert highlight_body(event) == []


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70), st.booleans()), max_size=8))
def test_the_raw_text_is_shown_whole(raw: str, spans: list[tuple[int, int, bool]]) -> None:
    """Whatever the spans are, the pieces together are the raw text."""
    ordered = [(min(start, end), max(start, end), kept) for start, end, kept in spans]
    cleaning = Cleaning(
        raw_sha256="0" * 64,
        raw_length=len(raw),
        kept=tuple(
            KeptSpan(field="body", start=0, end=0, raw_start=start, raw_end=end) for start, end, kept in ordered if kept
        ),
        removed=tuple(
            RemovedSpan(raw_start=start, raw_end=end, rule="navigation") for start, end, kept in ordered if not kept
        ),
    )
    assert "".join(piece.text for piece in view_raw_text(raw, cleaning).pieces) == raw


def test_rules_are_counted_and_long_spans_are_shortened() -> None:
    """The account of the rules has all characters, those that are not shown too."""
    body, script = "The port was closed.", "x" * (LONGEST_REMOVED + 1_000)
    view = view_raw_text(
        script + body + " Updated.", build_page_event(body=body, raw=script + body + " Updated.").cleaning
    )
    first = view.pieces[0]
    assert len(first.text) + first.left_out + len(first.end) == len(script)
    assert [(each.rule, each.spans, each.characters) for each in view.rules] == [
        ("navigation", 1, len(script)),
        ("update_note", 1, 9),
    ]
    assert view.removed_characters == len(script) + 9


def test_a_copy_is_compared_by_paragraphs_and_words() -> None:
    """Rows say which words differ, and which paragraphs only one article has."""
    original = build_page_event(
        "a", body="One stays.\n\nTen ships left the port of Oslo on Monday.\n\nThis one goes away.", names=()
    )
    copy = build_page_event(
        "b", body="One stays.\n\nTwelve ships left the port of Oslo on Monday.\n\nAn altogether new ending.", names=()
    )
    comparison = compare(original, copy)
    assert [row.kind for row in comparison.rows] == ["same", "changed", "added", "removed"]
    changed = comparison.rows[1]
    assert [piece.text for piece in changed.original if piece.differs] == ["Ten"]
    assert [piece.text for piece in changed.copy if piece.differs] == ["Twelve"]
    assert comparison.headline is not None
    assert comparison.headline.kind == "same"


def test_a_blank_between_different_words_differs_with_them() -> None:
    """Several replaced words in a row are one piece."""
    original = build_page_event("a", body="It ends within three weeks, he said to us all.", names=())
    copy = build_page_event("b", body="It ends before next month, he said to us all.", names=())
    (row,) = compare(original, copy).rows
    assert [piece.text for piece in row.original if piece.differs] == ["within three weeks"]


@given(
    st.lists(st.text(alphabet="ab \n.", max_size=12), max_size=6),
    st.lists(st.text(alphabet="ab \n.", max_size=12), max_size=6),
)
def test_a_comparison_loses_no_word(old: list[str], new: list[str]) -> None:
    """Both sides of the rows are the two bodies."""
    first, second = (build_page_event("x", body="\n\n".join(each), names=()) for each in (old, new))
    rows = compare(first, second).rows
    for event, side in ((first, "original"), (second, "copy")):
        shown = ["".join(piece.text for piece in getattr(row, side)) for row in rows if getattr(row, side)]
        assert [text for text in shown if text] == [text for text in event.article.body.split("\n\n") if text]


def test_a_hostile_pair_is_compared_in_bounded_work() -> None:
    """Long paragraphs of one repeated word, the worst case, are compared as a whole."""
    original = build_page_event("a", body="a " * 20_000, names=())
    copy = build_page_event("b", body="a " * 20_001 + "b", names=())
    (row,) = compare(original, copy).rows
    assert row.kind == "changed"
    many = compare(build_page_event("a", body="x\n\n" * 5_000, names=()), copy)
    assert many.is_shortened


def test_a_summary_has_the_most_central_names() -> None:
    """The stream shows five names and the number of the others."""
    names = tuple((f"Name{number}", "PER", "neutral") for number in range(7))
    body = " ".join(name for name, _, _ in names)
    summary = summarise(build_page_event(body=body, names=names))  # type: ignore[arg-type]
    assert (len(summary.names), summary.other_names) == (5, 2)
    assert summarise(build_page_event(body="word " * 400, names=())).opening.endswith(" …")


def test_a_verdict_is_explained_in_sentences() -> None:
    """The figures behind a verdict become sentences; an original without evidence has none."""
    near = Duplicate(
        verdict="near",
        duplicate_of="a",
        similarity=0.83,
        matched_on="shingles",
        evidence=Evidence(
            shared_shingles=176, total_shingles=213, headline_changed=True, numbers_changed=False, paragraphs_added=2
        ),
    )
    assert explain_verdict(near) == [
        "The two share 176 of 213 word groups (83%).",
        "Found by similar word groups.",
        "The headlines differ.",
        "The numbers are the same.",
        "Compared paragraphs: 2 new, 0 gone.",
    ]
    assert explain_verdict(Duplicate(verdict="original")) == []


def test_a_difference_is_explained_once() -> None:
    """A verdict that names the headline as different does not also say that the headlines differ."""
    evidence = Evidence(
        shared_shingles=3, total_shingles=9, headline_changed=True, numbers_changed=False, differs=("headline",)
    )
    assert explain_verdict(Duplicate(verdict="original", evidence=evidence)) == [
        "The two share 3 of 9 word groups (33%).",
        "They report different things: other headline.",
        "The numbers are the same.",
    ]
