"""Bad records by the thousand: mutations of realistic articles, and values that are not articles.

hypothesis makes them from a seed, so that a run can be repeated.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from services.contracts import topics
from tests.support.builders import build_article
from tests.support.whole_path.articles import Poison

LONG = 20_000
"""Characters of a trap: enough for a rule that is not linear to take a minute."""
DEEP = 20_000
"""Levels of nesting."""
TRAPS: tuple[str, ...] = (
    " " * LONG + "x",
    "\n" * LONG + "x",
    "\t \n" * (LONG // 3) + "x",
    "a" * LONG + "!",
    "-" * LONG,
    "By " * (LONG // 3),
    "By A. B. C. " * (LONG // 12),
    "(AP) -- " * (LONG // 8),
    "LONDON (Reuters) - " * (LONG // 19),
    "1 2 3 4 5 6 7 8 9 0 " * (LONG // 20),
    "2024-01-01T" * (LONG // 11),
    "Monday, Jan. 1, " * (LONG // 16),
    "http://" * (LONG // 7),
    "&amp;" * (LONG // 5),
    "A." * (LONG // 2),
    "“" * LONG,
    "\u0301" * LONG + "x",
    "\u202e\u200b\ufeff" * (LONG // 3) + "x",
    "Share this: | " * (LONG // 14),
    "@" * LONG,
)
"""Texts on which a backtracking regular expression would hang."""
PAGES: tuple[str, ...] = (
    "<div>" * DEEP + "x" + "</div>" * DEEP,
    "<p>" * DEEP + "x",
    "<a href='" * (LONG // 9) + "x",
    "<!--" * (LONG // 4) + "x",
    "<b><i>" * (DEEP // 2) + "x",
    "<p " + "a=1 " * (LONG // 4) + ">x</p>",
    "<table><tr><td>" * (DEEP // 10) + "x",
    "<script>" + "x" * LONG,
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><p>&b;</p>',
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><p>&f;</p>',
    "<svg><style><!--</style><img title='--&gt;x'>",
    "<meta charset='utf-7'>+ADw-p+AD4-x",
)
"""HTML that is hard to parse, or that asks the parser to read another resource."""
ADDRESSES: tuple[str, ...] = (
    "javascript:alert(1)", "file:///etc/passwd", "ftp://x.example/1", "data:text/html,x", "//x.example", "http://",
    "http:///x", "http://[::1", "http://x.example:99999999/", "https://" + "a" * 3_000 + ".example/", "gopher://x",
    "http://\u0000.example", "jar:http://x.example!/", "http://x\\.example\\@y", "\\\\server\\share", "http://%",
)  # fmt: skip
"""Invalid URLs, and URLs of other schemes and internal addresses."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=12,
)
FIELDS = ("content", "content_type", "url", "source", "title", "language", "published_at", "fetched_at", "metadata")
WRONG: dict[str, st.SearchStrategy[Any]] = {
    "content": st.sampled_from([None, 7, [], {}, "", " \n\t", "\u200b\u200b", True]),
    "content_type": st.sampled_from(["text/rtf", None, 1, "TEXT/HTML;", ""]),
    "url": st.sampled_from([*ADDRESSES, 5, []]),
    "source": st.sampled_from([5, [], "x" * 300]),
    "title": st.sampled_from([5, {}, "x" * 3_000]),
    "language": st.sampled_from(["", "e", "english!", "x" * 50, 5]),
    "published_at": st.sampled_from(["yesterday", "2024-13-01", "0000-01-01T00:00:00Z", {}, "99999-01-01"]),
    "fetched_at": st.sampled_from(["now", "2024-02-30", [], "-1"]),
    "metadata": st.sampled_from([5, {"k": 1}, {"": "x"}, {str(n): "x" for n in range(100)}, {"k": "x" * 5_000}]),
}
"""Invalid values by field."""


def mutate_bytes(draw: st.DrawFn) -> bytes:
    """Draw an article with damaged bytes: cut, or not UTF-8."""
    value = json.dumps(build_article(draw(st.integers(0, 10**6)), sentences=2)).encode()
    place = draw(st.integers(0, len(value) - 2))
    if draw(st.booleans()):
        return value[: max(1, place)]
    return value[:place] + draw(st.sampled_from([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8"])) + value[place:]


def mutate_field(draw: st.DrawFn) -> bytes:
    """Draw an article with one wrong field."""
    article = build_article(draw(st.integers(0, 10**6)), sentences=2)
    field = draw(st.sampled_from(FIELDS))
    return json.dumps({**article, field: draw(WRONG[field])}).encode()


def leave_content_out(draw: st.DrawFn) -> bytes:
    """Draw JSON of any kind but an article."""
    value = draw(JSON)
    if isinstance(value, dict):
        value.pop("content", None)
    return json.dumps(value).encode()


def draw_bytes(draw: st.DrawFn) -> bytes:
    """Draw any bytes."""
    return b"\x00" + draw(st.binary(max_size=200))


def nest(draw: st.DrawFn) -> bytes:
    """Draw JSON that is nested too deeply, closed or not."""
    opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"content":', b"}"), (b'{"metadata":{"a":', b"}}")]))
    depth = draw(st.integers(300, DEEP))
    return opening * depth + (b'"x"' + closing * depth if draw(st.booleans()) else b"")


def break_grammar(draw: st.DrawFn) -> bytes:
    """Draw text that is almost JSON."""
    return draw(
        st.sampled_from(
            [
                b'{"content": NaN}', b'{"content": "\\ud800"}', b"{'content': 'x'}", b'{"content": "x",}',
                b'\xef\xbb\xbf{"content": "x"}', b'{"content": "a\nb"}', b'{"content": "x"} {"content": "y"}',
                b'{"content": 1e999999}', b"{" + b'"a":1,' * 5_000 + b'"a":1}', b'{"content": "\\x41"}', b"nul",
                b"\x1f\x8b",
            ]
        )
    )  # fmt: skip


MAKERS: tuple[Callable[[st.DrawFn], bytes], ...] = (
    mutate_bytes, mutate_field, leave_content_out, draw_bytes, nest, break_grammar,
)  # fmt: skip


@st.composite
def bad_records(draw: st.DrawFn) -> Poison:
    """Draw a bad record for the input of any stage."""
    kind = draw(st.integers(0, 11))
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    if kind == 0:
        value = draw(st.sampled_from([None, b""]))
    elif kind == 1:
        value = json.dumps(build_article(draw(st.integers(0, 10**6)), sentences=1)).encode()
        headers = (("ce_type", draw(st.sampled_from([b"news.article.raw.v2", b"", b"\xff", b"x" * 500]))),)
    else:
        value = draw(st.sampled_from(MAKERS))(draw)
    key = None if value is not None and draw(st.booleans()) else draw(st.binary(min_size=1, max_size=40))
    topic = draw(st.sampled_from((topics.RAW, topics.RAW, topics.ANNOTATED, topics.ENRICHED)))
    return Poison(topic, draw(st.integers(0, topics.PARTITIONS - 1)), key, value, (*headers, ("poison", b"")))


def make_bad_records(count: int, seed_: int) -> list[Poison]:
    """Make a number of bad records, the same for the same seed."""
    made: list[Poison] = []

    @seed(seed_)
    @settings(
        max_examples=count * 2, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(bad_records())
    def collect(poison: Poison) -> None:
        if len(made) < count:
            made.append(poison)

    collect()
    rng = random.Random(seed_)
    # hypothesis may stop early when a strategy is exhausted.
    while len(made) < count:
        made.append(rng.choice(made))
    return made


def make_odd_articles(seed_: int) -> list[dict[str, Any]]:
    """Make valid articles that are as hard to process as possible; each must become an event."""
    odd: list[dict[str, Any]] = [{"content": text} for text in TRAPS]
    odd += [{"content": page, "content_type": "text/html"} for page in PAGES]
    return [{**fields, "url": f"https://odd.example/{seed_}/{number}"} for number, fields in enumerate(odd)]
