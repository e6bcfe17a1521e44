"""The page in a real browser: it moves by itself, runs no foreign script, and serves keyboards and small screens."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.page.browser import NARROW, WIDE, read_log, set_window
from tests.page.conftest import ARABIC
from tests.page.desk import Desk
from tests.support.page_events import HOSTILE, add_to, build_page_event, build_story

pytestmark = pytest.mark.browser

PATHS = [
    "/",
    "/?language=de",
    "/paste",
    "/events/original",
    "/events/original?view=raw",
    "/events/copy?view=changes",
    "/events/original?view=json",
    "/events/arabic",
    "/events/hostile",
    "/events/hostile?view=raw",
    "/events/hostile?view=json",
    "/stories",
    "/stories?order=latest&language=de",
    "/stories/original",
    "/stories/arabic",
    "/stories/hostile",
    "/?story=hostile",
    "/events/missing",
]
"""Each kind of page."""


def wait_for(driver: Chrome, condition: Callable[[Chrome], object]) -> None:
    """Return when the condition holds. An element that goes while the page changes is looked up again."""
    ignored = [StaleElementReferenceException]
    WebDriverWait(driver, 10, poll_frequency=0.05, ignored_exceptions=ignored).until(condition)


def read_headlines(driver: Chrome) -> list[str]:
    return [each.text for each in driver.find_elements(By.CSS_SELECTOR, "#stream h2")]


def read_ids(driver: Chrome) -> list[str]:
    return [str(each.get_attribute("data-id")) for each in driver.find_elements(By.CSS_SELECTOR, "#stream > article")]


def send(desk: Desk, article_id: str, headline: str, **others: str) -> None:
    """Add an event that is newer than the others."""
    event = build_page_event(article_id, headline=headline, **others)  # type: ignore[arg-type]
    desk.call(lambda window: add_to(window, event, 1_800_000_000_000))


def test_events_appear_by_themselves(page: Chrome, desk: Desk) -> None:
    """A new event is the first line without a reload, and the status line announces it."""
    send(desk, "new", "Ferries run again")
    wait_for(page, lambda driver: read_headlines(driver)[0] == "Ferries run again")
    wait_for(page, lambda driver: "Ferries run again" in driver.find_element(By.ID, "news").text)
    assert page.find_element(By.ID, "news").get_attribute("aria-live") == "polite"
    desk.call(lambda window: window.add_route("new", "sea"))
    wait_for(page, lambda driver: "sea" in driver.find_element(By.CSS_SELECTOR, "[data-id=new]").text)
    assert len(page.find_elements(By.CSS_SELECTOR, "[data-id=new]")) == 1


def test_a_pause_holds_events_back(page: Chrome, desk: Desk) -> None:
    """While it is paused the list stays as it is; the waiting events are counted and shown on demand."""
    before = read_headlines(page)
    pause = page.find_element(By.ID, "pause")
    pause.click()
    assert pause.get_attribute("aria-pressed") == "true"
    send(desk, "one", "First")
    send(desk, "two", "Second")
    waiting = page.find_element(By.ID, "waiting")
    wait_for(page, lambda _: waiting.text == "Show 2 new events")
    assert read_headlines(page) == before
    waiting.click()
    assert read_headlines(page)[:2] == ["Second", "First"]
    send(desk, "three", "Third")
    wait_for(page, lambda _: waiting.text == "Show 1 new event")
    pause.click()
    assert read_headlines(page)[0] == "Third"


def test_a_filter_also_holds_for_new_events(page: Chrome, desk: Desk) -> None:
    """A filtered stream shows only matching events, old and new ones."""
    page.find_element(By.CSS_SELECTOR, "#language option[value=ar]").click()
    page.find_element(By.CSS_SELECTOR, ".filters button").click()
    wait_for(page, lambda driver: read_headlines(driver) == [ARABIC])
    send(desk, "other", "Not in Arabic")
    send(desk, "more", "عاصفة أخرى", language="ar")
    wait_for(page, lambda driver: len(read_headlines(driver)) == 2)
    assert "Not in Arabic" not in read_headlines(page)


def test_stories_move_by_themselves(page: Chrome, desk: Desk) -> None:
    """A story that grows moves up without a reload, a merged one disappears, and a pause holds both back."""
    page.get(f"{desk.url}/stories")
    wait_for(page, lambda driver: driver.find_elements(By.CSS_SELECTOR, ".state.live"))
    assert read_ids(page) == ["hostile", "original", "arabic"]
    grown = build_story("original", articles=9, headline="The port is open again")
    desk.call(lambda window: window.stories.add(grown))
    wait_for(page, lambda driver: read_ids(driver) == ["original", "hostile", "arabic"])
    wait_for(page, lambda driver: "The port is open again" in driver.find_element(By.ID, "news").text)
    page.find_element(By.ID, "pause").click()
    merged = build_story("hostile", articles=5).model_copy(update={"status": "merged", "merged_into": "original"})
    desk.call(lambda window: window.stories.add(merged))
    wait_for(page, lambda driver: driver.find_element(By.ID, "waiting").text == "Show what changed")
    desk.call(lambda window: window.stories.add(build_story("arabic", articles=20)))
    wait_for(page, lambda driver: driver.find_element(By.ID, "waiting").text == "Show 1 changed story")
    assert read_ids(page) == ["original", "hostile", "arabic"]
    page.find_element(By.ID, "waiting").click()
    assert read_ids(page) == ["arabic", "original"]


def test_hostile_articles_run_nothing(page: Chrome, desk: Desk) -> None:
    """No text of an article becomes a script or an element, on any page and in a line that arrives."""
    for path in PATHS:
        page.get(desk.url + path)
        assert page.execute_script("return window.hacked") is None, path
        assert not page.find_elements(By.CSS_SELECTOR, "main img, main script"), path
    page.get(desk.url)
    send(desk, HOSTILE, HOSTILE, body=HOSTILE)
    wait_for(page, lambda driver: len(read_headlines(driver)) == 5)
    assert HOSTILE.split("\u202e")[0] in read_headlines(page)[0]
    assert page.execute_script("return window.hacked") is None
    page.find_element(By.CSS_SELECTOR, "#stream h2 a").click()
    assert page.find_element(By.TAG_NAME, "h1").text.startswith("<script>")


def test_no_other_site_is_asked(page: Chrome, desk: Desk) -> None:
    """Every request of every page goes to the page's own server."""
    read_log(page, "performance")
    for path in PATHS:
        page.get(desk.url + path)
    requested = [
        message["params"]["request"]["url"]
        for entry in read_log(page, "performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
    ]
    assert len(requested) > len(PATHS)
    assert [url for url in requested if not url.startswith(f"{desk.url}/")] == []


@pytest.mark.parametrize("view", ["hover", "keys"])
def test_the_rule_of_a_removed_span_is_shown(page: Chrome, desk: Desk, view: str) -> None:
    """Pointing at a grey span, or moving to it with the arrow keys, shows the rule that removed it."""
    page.get(f"{desk.url}/events/original?view=raw")
    first, second = page.find_elements(By.CSS_SELECTOR, ".cut")

    def read_rule(element: object) -> str:
        return str(page.execute_script("return getComputedStyle(arguments[0], '::after').content", element))

    assert read_rule(second) == "none"
    if view == "hover":
        ActionChains(page).move_to_element(second).perform()
    else:
        page.execute_script("arguments[0].focus()", first)
        ActionChains(page).send_keys(Keys.ARROW_RIGHT).perform()
    assert "update note" in read_rule(second)
    assert first.value_of_css_property("color") != page.find_element(By.ID, "raw").value_of_css_property("color")


def test_a_link_of_a_name_leads_to_its_first_mention(page: Chrome, desk: Desk) -> None:
    """The list of names leads into the text, and the mention is marked."""
    page.get(f"{desk.url}/events/original")
    page.find_element(By.LINK_TEXT, "Anna Berg").click()
    target = page.find_element(By.CSS_SELECTOR, "mark:target")
    assert target.text.startswith("Anna Berg")
    assert target.value_of_css_property("outline-style") == "solid"


def test_an_article_can_be_pasted(page: Chrome, desk: Desk) -> None:
    """A text that is typed into the form becomes an event with its raw text."""
    page.get(f"{desk.url}/paste")
    page.find_element(By.ID, "content").send_keys("Home\nThe port of Bergen is 100% open + <b>dry</b>.")
    page.find_element(By.CSS_SELECTOR, "form.paste button").click()
    wait_for(page, lambda driver: "/pasted/" in driver.current_url)
    page.find_element(By.LINK_TEXT, "Raw text").click()
    assert "100% open + <b>dry</b>." in page.find_element(By.ID, "raw").text
    assert desk.call(len) == 4


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nothing_is_cut_off(page: Chrome, desk: Desk, size: tuple[int, int]) -> None:
    """No page is wider than the screen, on a desk and on a small phone."""
    set_window(page, size)
    for path in PATHS[:-1]:
        page.get(desk.url + path)
        assert page.execute_script("return document.documentElement.scrollWidth") <= size[0], path


def test_the_page_follows_the_colour_scheme(page: Chrome) -> None:
    """A reader who prefers dark gets light text on a dark ground."""

    def read_lightness() -> tuple[float, float]:
        body = page.find_element(By.TAG_NAME, "html")
        values = [body.value_of_css_property(name) for name in ("color", "background-color")]
        text, ground = (sum(int(part) for part in value.split("(")[1].split(",")[:3]) / 3 for value in values)
        return text, ground

    text, ground = read_lightness()
    assert text < ground
    set_window(page, WIDE, "dark")
    text, ground = read_lightness()
    assert text > ground


def test_text_from_right_to_left_is_on_the_right(page: Chrome, desk: Desk) -> None:
    """An Arabic article is set from the right, headline and text, and the page around it from the left."""
    page.get(f"{desk.url}/events/arabic")
    for element in page.find_elements(By.CSS_SELECTOR, "h1, .reading p[dir]"):
        assert element.value_of_css_property("direction") == "rtl"
        gap = page.execute_script(
            "const range = document.createRange(); range.selectNodeContents(arguments[0]);"
            "return arguments[0].getBoundingClientRect().right - range.getBoundingClientRect().right", element
        )  # fmt: skip
        assert abs(gap) < 2
    assert page.find_element(By.TAG_NAME, "main").value_of_css_property("direction") == "ltr"


def test_every_page_has_its_landmarks_and_names(page: Chrome, desk: Desk) -> None:
    """A screen reader finds one main part, one first heading, and a name for every link, button and field."""
    for path in PATHS:
        page.get(desk.url + path)
        tree = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        nodes = [
            (node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree if not node.get("ignored")
        ]
        roles = [role for role, _ in nodes]
        assert roles.count("main") == roles.count("banner") == 1, path
        assert len(page.find_elements(By.TAG_NAME, "h1")) == 1, path
        named = {"link", "button", "textbox", "searchbox", "combobox", "navigation", "search", "image", "region"}
        assert [role for role, name in nodes if role in named and not name.strip()] == [], path
        assert page.title, path


def test_the_keyboard_reaches_the_content(page: Chrome) -> None:
    """The first stop of the Tab key skips the head of the page, and each stop can be seen."""
    ActionChains(page).send_keys(Keys.TAB).perform()
    skip = page.switch_to.active_element
    assert skip.text == "Skip to the content"
    assert skip.rect["y"] >= 0
    skip.send_keys(Keys.ENTER)
    ActionChains(page).send_keys(Keys.TAB).perform()
    assert page.switch_to.active_element.find_elements(By.XPATH, "ancestor::main")
    assert page.switch_to.active_element.value_of_css_property("outline-style") == "solid"


def test_the_page_works_without_scripts(page: Chrome, desk: Desk) -> None:
    """Without JavaScript the stream, its filters and the events are there; only the updates are not."""
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(f"{desk.url}/?name=anna")
        assert "Storm closes the port" in page.page_source
        assert not page.find_element(By.ID, "pause").is_displayed()
        page.get(f"{desk.url}/events/original?view=raw")
        assert 'data-rule="navigation"' in page.page_source
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
