"""The one pass over a page: its hidden parts, its JSON-LD and its tags."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.tree.page_tags import read_page_tags


@pytest.mark.parametrize(
    ("html", "hidden"),
    [
        ("<p>A<!-- B --><p>C", ["<!-- B -->"]),
        ("<p>A<SCRIPT>'<h1>'</SCRIPT ><p>C", ["<SCRIPT>'<h1>'</SCRIPT >"]),
        ("<svg><title>Icon</title></svg>B<svg>", ["<svg><title>Icon</title></svg>", "<svg>"]),
        ("<head><meta><body>B", ["<head><meta>"]),
        ("<header>A</header>", []),
        ("<head><script>'</head>'</script></head>B", ["<head><script>'</head>", "'</script>"]),
    ],
    ids=["comment", "script", "unclosed", "head without an end", "other name", "end tag in a script"],
)
def test_hidden_parts(html: str, hidden: list[str]) -> None:
    """Each part that a browser does not show is found once, up to its end or to that of the page."""
    assert [html[start:end] for start, end in read_page_tags(html).hidden] == hidden


def test_tags_of_the_head_and_the_body_are_read_and_those_of_hidden_parts_are_not() -> None:
    """Scripts, comments and icons have tags, too, which are not the page's."""
    html = (
        '<html lang=fi><head><title>Kelo</title><script>"<meta name=a content=b>"</script><META name=c></head>'
        "<!-- <h1>Old</h1> --><svg><title>Star</title></svg><h1 class=x>Kelo palaa</h1><template><h1>{{name}}</h1>"
    )
    tags = read_page_tags(html)
    assert {name: [tag.attributes.strip() for tag in found] for name, found in tags.by_name.items() if found} == {
        "html": ["lang=fi"],
        "title": [""],
        "meta": ["name=c"],
        "h1": ["class=x"],
    }
    assert html[tags.by_name["h1"][0].end :].startswith("Kelo palaa")


def test_linked_data_is_read_in_the_head_and_in_the_body() -> None:
    """The content of each JSON-LD script is found, and that of a commented one is not."""
    script = "<script type='application/ld+json'>{}</script>"
    html = f"<head>{script.format(1)}</head><body><!-- {script.format(2)} --><p>A</p>{script.format(3)}"
    assert [html[start:end] for start, end in read_page_tags(html).linked_data] == ["1", "3"]
