"""Pictures of the page for docs/: `python -m tests.page.pictures`, with the samples, the real models and Chromium.

The fonts of Debian's packages fonts-noto-core and fonts-inter make the pictures alike on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.page.explain import RoutingExplainer
from services.cli.stories.invented.events import read_events
from services.contracts import topics
from services.contracts.decoding import validate
from services.contracts.event import EnrichedArticle
from services.contracts.identity import derive_article_id
from services.contracts.raw import RawArticle
from services.contracts.stories.listing import sort_stories
from services.contracts.stories.record import StoryRecord
from services.enrichment.bootstrap import build_pipeline
from services.enrichment.options import EnrichmentOptions
from services.enrichment.pipeline import Pipeline
from services.ingest.entries import Entry
from services.page.kafka.reader import add_record
from services.page.ports import Ports
from services.runtime.kafka.records import OutputRecord
from services.sink.rules import EXAMPLE_RULES
from tests.page.browser import NARROW, Scheme, open_browser, set_window
from tests.page.desk import Desk, run_desk
from tests.support.match_stage import build_processor, process
from tests.support.page_events import add_to
from tests.support.source_records import Record

FOLDER = Path(__file__).parents[2] / "docs" / "page"
SIZE = (1280, 860)
SCALE = 1.5
"""Pixels for each CSS pixel, so that the text is sharp where a page shows the picture smaller."""
SHADES = 256
"""Colours of a picture. The pages have few, and a picture is a third as large."""
TOLD = 90
"""Articles of the invented events in the pictures of stories."""
STRIDE = 4
"""Step in which the samples are mixed."""
ARRIVED = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: a page in a size and a colour scheme, after an action in it."""

    name: str
    find_path: Callable[[Samples], str]
    scheme: Scheme = "light"
    size: tuple[int, int] = SIZE
    prepare: Callable[[Chrome], None] = lambda _: None


class Samples:
    """The events of the sample articles, with their raw texts."""

    def __init__(self) -> None:
        self.outputs: list[OutputRecord] = []
        """What match writes about the samples."""
        self.told: list[OutputRecord] = []
        """What match writes about the invented events, each told by several articles."""
        self._raw_texts: dict[str, str] = {}

    @property
    def events(self) -> list[EnrichedArticle]:
        """The events of the samples, in their order."""
        return [
            EnrichedArticle.model_validate_json(output.value or b"")
            for output in self.outputs
            if output.topic == topics.ENRICHED
        ]

    @property
    def largest_story(self) -> str:
        """Path of the page of the largest story of the invented events."""
        records = [
            StoryRecord.model_validate_json(output.value or b"")
            for output in self.told
            if output.topic == topics.STORIES
        ]
        return f"/stories/{sort_stories(records)[0].id}"

    async def find_raw_text(self, event: EnrichedArticle) -> str | None:
        """Return the raw text of a sample."""
        return self._raw_texts.get(event.id)

    def enrich(self) -> None:
        """Enrich the samples as if they had arrived a few seconds after each other, and the invented events."""
        pipeline = build_pipeline(EnrichmentOptions())
        samples = [
            validate(RawArticle, entry.fields)
            for entry in read_articles(sorted(SAMPLES.iterdir()))
            if isinstance(entry, Entry)
        ]
        self._raw_texts = {derive_article_id(raw): raw.content for raw in samples}
        arrived = [(raw, ARRIVED + timedelta(seconds=7 * number)) for number, raw in enumerate(samples)]
        self.outputs = _match(pipeline, arrived)
        self.told = _match(pipeline, map(_build_told, read_events()[:TOLD]))

    def find(self, holds: Callable[[EnrichedArticle], bool]) -> str:
        """Return the path of the last sample for which a condition holds."""
        return f"/events/{next(event.id for event in reversed(self.events) if holds(event))}"


def _build_told(row: Mapping[str, str]) -> tuple[RawArticle, datetime]:
    """Return an article of an invented event, and when it arrived."""
    raw = RawArticle(
        content=row["text"], title=row["headline"], source=row["source"], url=f"https://{row['source']}/{row['id']}"
    )
    return raw, datetime.fromisoformat(row["at"])


def _match(pipeline: Pipeline, articles: Iterable[tuple[RawArticle, datetime]]) -> list[OutputRecord]:
    """Return what match writes about articles, which arrived at these times."""
    return process(
        build_processor(),
        (pipeline.annotate(raw, article_id=derive_article_id(raw), ingested_at=at) for raw, at in articles),
    )


def _is_rich(event: EnrichedArticle) -> bool:
    """Return whether an event has names of several types and attitudes."""
    entities = event.entities or ()
    return len({each.type for each in entities}) > 2 and len({each.sentiment.polarity for each in entities}) > 1


def _is_dirty(event: EnrichedArticle) -> bool:
    """Return whether rules for several kinds of lines removed something."""
    return len({each.rule for each in event.cleaning.removed} - {"whitespace", "markup"}) > 2


def _show_rule(driver: Chrome) -> None:
    """Move the focus to the first span that was removed, so that its rule is shown."""
    driver.execute_script("document.querySelector('.cut:not(.blank)').focus()")


PICTURES = (
    Picture("stream-light", lambda _: "/"),
    Picture("stream-dark", lambda _: "/", "dark"),
    Picture("event-light", lambda samples: samples.find(_is_rich)),
    Picture("event-dark", lambda samples: samples.find(_is_rich), "dark"),
    Picture("raw-light", lambda samples: samples.find(_is_dirty) + "?view=raw", prepare=_show_rule),
    Picture("raw-dark", lambda samples: samples.find(_is_dirty) + "?view=raw", "dark", prepare=_show_rule),
    Picture(
        "changes-light", lambda samples: samples.find(lambda each: each.duplicate.verdict == "near") + "?view=changes"
    ),
    Picture("right-to-left-light", lambda samples: samples.find(lambda each: each.article.language.code == "ar")),
    Picture("phone-light", lambda samples: samples.find(_is_rich), size=NARROW),
)
STORY_PICTURES = (
    Picture("stories-light", lambda _: "/stories"),
    Picture("stories-dark", lambda _: "/stories", "dark"),
    Picture("story-light", lambda samples: samples.largest_story),
)


def draw_all(folder: Path) -> None:
    """Write all pictures to a folder."""
    samples = Samples()
    samples.enrich()
    explainer = RoutingExplainer(EXAMPLE_RULES)
    folder.mkdir(exist_ok=True)
    ports = Ports(find_raw_text=samples.find_raw_text, explain_routes=explainer.explain)
    with open_browser() as driver:
        with run_desk(ports) as desk:
            _fill(desk, samples, explainer)
            _draw(driver, desk, samples, PICTURES, folder)
        with run_desk(ports) as desk:
            _add_records(desk, samples.told)
            _draw(driver, desk, samples, STORY_PICTURES, folder)


def _draw(driver: Chrome, desk: Desk, samples: Samples, pictures: Iterable[Picture], folder: Path) -> None:
    for picture in pictures:
        set_window(driver, picture.size, picture.scheme, SCALE)
        driver.get(desk.url + picture.find_path(samples))
        for _ in driver.find_elements(By.ID, "connection"):
            WebDriverWait(driver, 10).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".state.live"))
        picture.prepare(driver)
        drawn = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
        drawn.quantize(SHADES, kmeans=1, dither=Image.Dither.NONE).save(folder / f"{picture.name}.png", optimize=True)


def _add_records(desk: Desk, outputs: Iterable[OutputRecord]) -> None:
    """Add events and stories to the page as its reader does."""
    for output in outputs:
        if output.topic in (topics.ENRICHED, topics.STORIES):
            record = Record(output.value, output.key, output.headers, output.topic)
            desk.call(lambda window, record=record: add_record(window, record))  # type: ignore[misc]


def _fill(desk: Desk, samples: Samples, explainer: RoutingExplainer) -> None:
    """Add the samples in a mixed order: languages and verdicts that are together in the files are apart on the page."""
    _add_records(desk, [output for output in samples.outputs if output.topic == topics.STORIES])
    mixed = sorted(enumerate(samples.events), key=lambda numbered: numbered[0] * STRIDE % len(samples.events))
    for position, (_, event) in enumerate(mixed):
        arrived = round((ARRIVED + timedelta(seconds=7 * position)).timestamp() * 1000)
        routes = explainer.explain(event).taken
        desk.call(lambda window, event=event, at=arrived: add_to(window, event, at))  # type: ignore[misc]
        for route in routes:
            desk.call(lambda window, event=event, route=route: window.add_route(event.id, route))  # type: ignore[misc]


if __name__ == "__main__":
    draw_all(FOLDER)
