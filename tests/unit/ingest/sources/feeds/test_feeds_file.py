"""Tests of the feeds file."""

from __future__ import annotations

import pytest

from services.errors import ConfigurationError
from services.ingest.sources.feeds.feeds_file import parse_feeds

GOOD = b"""
- url: https://a.example/feed
- url: https://b.example/feed
  interval: 60
  source: B
  full_text: page
  language: no
  headers: {Authorization: Bearer secret-token}
"""


def test_yaml_and_json() -> None:
    """YAML and JSON are both read, the language `no` is Norwegian, and header values are never shown."""
    plain, full = parse_feeds(GOOD, "feeds.yaml")
    assert (plain.interval, plain.full_text, plain.language) == (900, "entry", None)
    assert (full.interval, full.full_text, full.language) == (60, "page", "no")
    assert full.reveal_headers() == {"authorization": "Bearer secret-token"}
    assert "secret" not in repr(full)
    [feed] = parse_feeds(b'[{"url": "https://a.example/feed", "interval": 5}]', "feeds.json")
    assert feed.interval == 5


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "f:1: the file is empty"),
        (b"url: x", "f:1: expected a list"),
        (b"- url: [", "f:1: "),
        (b"- https://a.example/", "f:1: expected a feed"),
        (b"- interval: 5", "f:1: url: Field required"),
        (b"- url: ftp://a.example/", "f:1: url: must be an http or https URL"),
        (b"- url: http://me:pw@a.example/", "f:1: url: must not contain a user name"),
        (b"- url: http://a.example/\n  interval: 0", "f:2: interval: "),
        (b"- url: http://a.example/\n  intervall: 60", "f:2: intervall: Extra inputs"),
        (b"- url: http://a.example/\n  url: http://b.example/", "f:2: url: the field is given twice"),
        (b"- url: http://a.example/\n- url: http://a.example/", "f:2: url: the feed is already listed in line 1"),
        (b"- url: http://a.example/\n  language: English", "f:2: language: "),
        (b"- url: http://a.example/\n  headers:\n    Host: b.example", "f:3: headers.Host: Host is reserved"),
        (b'- url: http://a.example/\n  headers:\n    X: "a\\nb"', "f:3: headers: a value must be printable"),
        (b"- &a\n  url: http://a.example/\n- *a", "f:3: aliases are not allowed"),
        (b"\xff", "f:1: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"[" * 5_000, "f: maximum recursion"),
    ],
)
def test_wrong_files(content: bytes, message: str) -> None:
    """Each mistake is a configuration error that names file, line and field and shows no secret."""
    with pytest.raises(ConfigurationError) as caught:
        parse_feeds(content, "f")
    assert message in str(caught.value)
    assert "pw" not in str(caught.value)
