"""Tests of feeds with the real service, a real broker and a real web server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.contracts.raw import RawArticle
from services.contracts.topics import PARTITIONS, RAW
from services.runtime.service.settings import name_variable
from tests.support.feed_server import FeedServer, Page, build_feed, build_item, build_rss, wait_until
from tests.support.kafka_records import read_committed_records
from tests.support.stage_processes import StageProcess, run_stage_process

pytestmark = pytest.mark.kafka

LATIN = '<?xml version="1.0" encoding="iso-8859-1"?>'
"""A wrong declaration: the bytes are UTF-8."""


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A web server without pages."""
    server = FeedServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def run() -> str:
    """A random name that distinguishes the articles of one test from those of others."""
    return f"run{random.getrandbits(60):x}"


@contextmanager
def run_ingest(
    kafka: str, folder: Path, feeds: list[dict[str, object]], *, name: str = "log", **fetch: object
) -> Iterator[StageProcess]:
    """Run ingest with these feeds, which may be on loopback unless `fetch` forbids it."""
    path = folder / "feeds.json"
    path.write_text(json.dumps(feeds, indent=1))
    environ = {name_variable("ingest", "port"): "0", name_variable("ingest", "feeds"): str(path)}
    for option, value in {"allow_private": True, "host_pause": 0, "contact": "desk@post.example", **fetch}.items():
        environ[name_variable("ingest", "fetch", option)] = str(value)
    with run_stage_process("services.ingest", bootstrap_servers=kafka, log=folder / name, environ=environ) as stage:
        yield stage


def visits(stage: StageProcess, url: str) -> list[dict[str, object]]:
    return [event for event in stage.events("feed_visited") if event["url"] == url]


async def wait_visits(stage: StageProcess, url: str, count: int = 1) -> list[dict[str, object]]:
    await wait_until(lambda: len(visits(stage, url)) >= count, within=60)
    return visits(stage, url)


async def read_articles(kafka: str, run: str) -> tuple[Counter[str], dict[str, RawArticle]]:
    """Read the articles of one test: how often each id is on the raw topic, and the article itself."""
    counts: Counter[str] = Counter()
    found = {}
    for record in await read_committed_records(kafka, RAW, PARTITIONS):
        if run.encode() in record.value:
            counts[record.key.decode()] += 1
            found[record.key.decode()] = RawArticle.model_validate_json(record.value)
    return counts, found


async def test_entries_are_published_once(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """A feed of 50 entries gives 50 articles with all their fields, and none again after a restart."""
    server.pages["/feed"] = Page(build_feed(run, range(50)))
    feeds = [{"url": server.url("/feed"), "interval": 1}]
    with run_ingest(kafka, tmp_path, feeds) as stage:
        [first, *_] = await wait_visits(stage, server.url("/feed"))
        assert (first["outcome"], first["published"]) == ("fetched", 50)
        assert await asyncio.to_thread(stage.stop) == 0
        counts, found = await read_articles(kafka, run)
        assert (len(counts), set(counts.values())) == (50, {1})
        article = next(item for item in found.values() if item.url and item.url.endswith("/7?utm_source=rss"))
        assert article.title == f"Ferry 7 of {run} & its harbour"
        assert article.content == f"<p>The ferry number 7 of {run} left late on Monday.</p>"
        assert (article.content_type, article.source, article.language) == ("text/html", "The Harbour Post", "en-gb")
        assert article.published_at is not None
        assert article.published_at.isoformat() == "2026-11-24T06:15:00+00:00"
        assert article.metadata == {
            "feed_url": server.url("/feed"), "guid": f"{run}-7", "author": "Ada Lund",
            "categories": "Harbour, Transport",
        }  # fmt: skip
        stage.restart()
        [again, *_] = await wait_visits(stage, server.url("/feed"))
        assert (again["outcome"], again["new"]) == ("fetched", 0)
        server.pages["/feed"] = Page(build_feed(run, range(10, 52)))
        await wait_until(lambda: any(visit.get("published") == 2 for visit in visits(stage, server.url("/feed"))))
    counts, _ = await read_articles(kafka, run)
    assert (len(counts), set(counts.values())) == (52, {1})


async def test_kills_lose_no_entry(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """Every entry of a feed is published although the service is killed three times; a repeated one has the same id."""
    server.pages["/feed"] = Page(build_feed(run, range(900)))
    feeds = [{"url": server.url("/feed"), "interval": 1}]
    with run_ingest(kafka, tmp_path, feeds) as stage:
        for published in (10, 100, 300):
            await asyncio.to_thread(stage.wait_for, "article_published", count=published, within=60)
            stage.kill()
            stage.restart()
        await wait_until(
            lambda: any(visit["outcome"] == "fetched" for visit in visits(stage, server.url("/feed"))), within=60
        )
    counts, found = await read_articles(kafka, run)
    assert len(counts) == 900
    assert len({article.url for article in found.values()}) == 900
    # An entry is repeated only if it was published after the last saved state: at most one window for each kill.
    assert sum(counts.values()) <= 900 + 3 * 64


async def test_each_response_has_its_outcome(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """Gzip, 304, 410, a permanent move, errors, truncation and bombs each have an outcome and delay no other feed."""
    pages = {
        "/gzip": Page(gzip.compress(build_feed(f"{run}-gzip", range(3))), headers={"content-encoding": "gzip"}),
        "/same": Page(build_feed(f"{run}-same", range(3)), etag='"v1"'),
        "/gone": Page(b"", 410),
        "/moved": Page(b"", 301, {"location": "/new"}),
        "/new": Page(build_feed(f"{run}-new", range(3))),
        "/latin": Page(
            build_feed(f"{run}-latin", range(1), title="Zürich", declaration=LATIN),
            headers={"content-type": "text/xml; charset=us-ascii"},
        ),
        "/error": Page(b"<!doctype html><html><body>Something went wrong</body></html>"),
        "/busy": Page(b"", 503, {"retry-after": "7200"}),
        "/cut": Page(build_feed(f"{run}-cut", range(9))[:2_000]),
        "/bomb": Page(gzip.compress(b"\0" * 200_000_000), headers={"content-encoding": "gzip"}),
        "/lol": Page(
            b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "' + b"x" * 9_000 + b'">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 100) for n in range(6))
            + b"]>" + build_rss(f"<item><title>{run}-lol &g;</title><guid>1</guid></item>", declaration="").encode()
        ),
        "/slow": Page(build_feed(f"{run}-slow", range(9)), pause=0.2),
        "/maze": Page(b"", 302, {"location": "/maze"}),
    }  # fmt: skip
    server.pages.update(pages)
    feeds: list[dict[str, object]] = [{"url": server.url(path), "interval": 1} for path in pages if path != "/new"]
    with run_ingest(kafka, tmp_path, feeds, total_timeout=2) as stage:
        last = {}
        for path in pages:
            if path != "/new":
                last[path] = (await wait_visits(stage, server.url(path)))[0]
        await server.wait_requested("/new", 2)
        await wait_until(
            lambda: any(visit["outcome"] == "not_modified" for visit in visits(stage, server.url("/same")))
        )
        page = stage.fetch("/metrics")[1]
    ends = {path: visit.get("reason") or visit["outcome"] for path, visit in last.items()}
    assert ends == {
        "/gzip": "fetched", "/same": "fetched", "/gone": "gone", "/moved": "fetched", "/latin": "fetched",
        "/error": "not_a_feed", "/busy": "http_status", "/cut": "truncated", "/bomb": "too_large", "/lol": "fetched",
        "/slow": "timed_out", "/maze": "too_many_redirects",
    }  # fmt: skip
    assert server.count("/gone") == server.count("/busy") == server.count("/moved") == 1
    assert server.requests[0][1]["user-agent"].startswith("Copydesk/")
    assert "desk@post.example" in server.requests[0][1]["user-agent"]
    assert 'copydesk_feed_failures_total{reason="truncated",target="feed"} 1.0' in page
    assert "copydesk_feed_failing_count 6.0" in page
    _, found = await read_articles(kafka, run)
    assert Counter(article.metadata["feed_url"].rpartition("/")[2] for article in found.values()) == {
        "gzip": 3, "same": 3, "moved": 3, "latin": 1, "lol": 1,
    }  # fmt: skip
    assert {item.source for item in found.values() if "latin" in item.metadata["feed_url"]} == {"Zürich"}


async def test_private_addresses_are_refused(kafka: str, tmp_path: Path, server: FeedServer) -> None:
    """No private address gets a connection, in any notation, unless the settings allow it."""
    server.pages["/feed"] = Page(build_feed("inside", range(3)))
    port = server.url("").rpartition(":")[2]
    urls = [f"http://{host}:{port}/feed" for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]")]
    feeds: list[dict[str, object]] = [{"url": url} for url in urls]
    with run_ingest(kafka, tmp_path, feeds, allow_private=False) as stage:
        for url in urls:
            [visit] = await wait_visits(stage, url)
            assert (visit["outcome"], visit["reason"]) == ("refused", "forbidden_address")
    assert server.requests == []


async def test_pages(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """The HTML of the linked page is published, or the entry's own text if the page cannot be fetched."""
    links = {number: server.url(f"/{'private' if number == 1 else 'news'}/{number}") for number in range(3)}
    items = "".join(build_item(run, number, url=link) for number, link in links.items())
    server.pages["/feed"] = Page(build_rss(items).encode())
    server.pages["/robots.txt"] = Page(
        b"User-agent: *\nDisallow: /\n\nUser-agent: copydesk\nDisallow: /private\n", headers={}
    )
    server.pages["/news/0"] = Page(
        f"<html><body>{run} Zürich</body></html>".encode("latin-1"),
        headers={"content-type": "text/html; charset=iso-8859-1"},
    )
    feeds: list[dict[str, object]] = [{"url": server.url("/feed"), "full_text": "page", "source": "post.example"}]
    with run_ingest(kafka, tmp_path, feeds) as stage:
        [visit] = await wait_visits(stage, server.url("/feed"))
        failed = {event["url"]: event["reason"] for event in stage.events("page_failed")}
    assert visit["published"] == 3
    assert failed == {links[1]: "robots", links[2]: "http_status"}
    assert (server.count("/robots.txt"), server.count("/private/1")) == (1, 0)
    _, found = await read_articles(kafka, run)
    contents = {article.url: article.content for article in found.values()}
    assert contents[links[0]] == f"<html><body>{run} Zürich</body></html>"
    assert contents[links[1]] == f"<p>The ferry number 1 of {run} left late on Monday.</p>"
    assert {article.source for article in found.values()} == {"post.example"}


async def test_ten_megabytes(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """A feed of 10 MB is published in parts, one for each fetch, and a feed of 11 MB is refused."""
    padding = "<p>" + "word " * 440 + "</p>"
    item = build_item(run, 0).replace("</p>", "</p>" + padding)
    many = 10_300_000 // len(item)
    items = [build_item(run, number).replace("</p>", "</p>" + padding) for number in range(many)]
    server.pages["/big"] = Page(build_rss("".join(reversed(items))).encode(), etag='"big"')
    server.pages["/bigger"] = Page(build_rss("".join(items) + "x" * 1_000_000).encode())
    assert 10_000_000 < len(server.pages["/big"].body) < 10_485_760
    feeds: list[dict[str, object]] = [{"url": server.url(path), "interval": 1} for path in ("/big", "/bigger")]
    with run_ingest(kafka, tmp_path, feeds, max_entries=3_000) as stage:
        [refused, *_] = await wait_visits(stage, server.url("/bigger"))
        await wait_until(
            lambda: any(visit["outcome"] == "not_modified" for visit in visits(stage, server.url("/big"))), within=90
        )
        taken = [visit for visit in visits(stage, server.url("/big")) if visit["outcome"] == "fetched"]
    assert refused["reason"] == "too_large"
    assert [visit["published"] for visit in taken] == [3_000, many - 3_000]


async def test_second_replica_waits(kafka: str, tmp_path: Path, server: FeedServer, run: str) -> None:
    """One of two replicas fetches, the other continues when it is killed, and no entry is published twice."""
    server.pages["/feed"] = Page(build_feed(run, range(5)))
    feeds: list[dict[str, object]] = [{"url": server.url("/feed"), "interval": 1}]
    with run_ingest(kafka, tmp_path, feeds) as one:
        await wait_visits(one, server.url("/feed"))
        with run_ingest(kafka, tmp_path, feeds, name="other") as two:
            await asyncio.to_thread(two.wait_for, "feeds_election_decided")
            await wait_until(lambda: len(one.events("feeds_election_decided")) >= 2)
            stages = [stage for stage in (one, two) if stage.events("feeds_election_decided")[-1]["elected"]]
            assert len(stages) == 1
            stages[0].kill()
            other = two if stages[0] is one else one
            server.pages["/feed"] = Page(build_feed(run, range(8)))
            await wait_until(lambda: any(visit.get("new") == 3 for visit in visits(other, server.url("/feed"))), 60)
    counts, _ = await read_articles(kafka, run)
    assert (len(counts), set(counts.values())) == (8, {1})


def test_wrong_file_ends_with_2(kafka: str, tmp_path: Path) -> None:
    """A feeds file with a mistake ends the start with exit code 2 and an error that names line and field."""
    with run_ingest(kafka, tmp_path, [{"url": "https://a.example/"}, {"url": "ftp://a.example/"}]) as stage:
        assert stage.wait() == 2
    assert "feeds.json:6: url" in stage.tail()
