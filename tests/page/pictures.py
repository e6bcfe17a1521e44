"""Pictures of the page for docs/: `python -m tests.page.pictures`, with the samples, the real models and Chromium.

The fonts of Debian's packages fonts-noto-core and fonts-inter make the pictures alike on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from services.cli.articles.enrich import build_enricher
from services.cli.articles.reading import SAMPLES, read_articles
from services.cli.page.explain import RoutingExplainer
from services.contracts.decoding import validate
from services.contracts.event import EnrichedArticle
from services.contracts.raw import RawArticle
from services.ingest.entries import Entry
from services.page.ports import Ports
from services.sink.rules import EXAMPLE_RULES
from tests.page.browser import NARROW, Scheme, open_browser, set_window
from tests.page.desk import Desk, run_desk
from tests.support.page_events import add_to

FOLDER = Path(__file__).parents[2] / "docs" / "page"
SIZE = (1280, 860)
SCALE = 1.5
"""Pixels for each CSS pixel, so that the text is sharp where a page shows the picture smaller."""
SHADES = 256
"""Colours of a picture. The pages have few, and a picture is a third as large."""
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
        self.events: list[EnrichedArticle] = []
        self._raw_texts: dict[str, str] = {}

    async def find_raw_text(self, event: EnrichedArticle) -> str | None:
        """Return the raw text of a sample."""
        return self._raw_texts.get(event.id)

    def enrich(self) -> None:
        """Enrich the samples in their order, as if they had arrived a few seconds after each other."""
        enricher = build_enricher()
        for number, entry in enumerate(read_articles(sorted(SAMPLES.iterdir()))):
            if isinstance(entry, Entry):
                raw = validate(RawArticle, entry.fields)
                event = enricher.enrich(raw, ARRIVED + timedelta(seconds=7 * number))
                self.events.append(event)
                self._raw_texts[event.id] = raw.content

    def find(self, holds: Callable[[EnrichedArticle], bool]) -> str:
        """Return the path of the last sample for which a condition holds."""
        return f"/events/{next(event.id for event in reversed(self.events) if holds(event))}"


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


def draw_all(folder: Path) -> None:
    """Write all pictures to a folder."""
    samples = Samples()
    samples.enrich()
    explainer = RoutingExplainer(EXAMPLE_RULES)
    folder.mkdir(exist_ok=True)
    with (
        run_desk(Ports(find_raw_text=samples.find_raw_text, explain_routes=explainer.explain)) as desk,
        open_browser() as driver,
    ):
        _fill(desk, samples, explainer)
        for picture in PICTURES:
            set_window(driver, picture.size, picture.scheme, SCALE)
            driver.get(desk.url + picture.find_path(samples))
            for _ in driver.find_elements(By.ID, "connection"):
                WebDriverWait(driver, 10).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".state.live"))
            picture.prepare(driver)
            drawn = Image.open(BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            drawn.quantize(SHADES, kmeans=1, dither=Image.Dither.NONE).save(
                folder / f"{picture.name}.png", optimize=True
            )


def _fill(desk: Desk, samples: Samples, explainer: RoutingExplainer) -> None:
    """Add the samples in a mixed order: languages and verdicts that are together in the files are apart on the page."""
    mixed = sorted(enumerate(samples.events), key=lambda numbered: numbered[0] * STRIDE % len(samples.events))
    for position, (_, event) in enumerate(mixed):
        arrived = round((ARRIVED + timedelta(seconds=7 * position)).timestamp() * 1000)
        routes = explainer.explain(event).taken
        desk.call(lambda window, event=event, at=arrived: add_to(window, event, at))  # type: ignore[misc]
        for route in routes:
            desk.call(lambda window, event=event, route=route: window.add_route(event.id, route))  # type: ignore[misc]


if __name__ == "__main__":
    draw_all(FOLDER)
