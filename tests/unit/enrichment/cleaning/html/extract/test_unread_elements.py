"""Removal of the elements that the extraction would throw away."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.html.extract.unread_elements import drop_unread


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>A</p><nav class=x><a>Home</a></nav><p>B</p>", "<p>A</p><p>B</p>"),
        ("<p>A<img src=a.png>B<input></p>", "<p>AB</p>"),
        ("<nav><nav>Home</nav></nav><p>B</p>", "<nav></nav><p>B</p>"),
        ("<p>A</p><aside><p>More</p></aside><label>Find</label><p>B</p>", "<p>A</p><p>B</p>"),
        ("<figure><figcaption>A</figcaption></figure>B", "B"),
        ("<figure><table><td>A</table></figure>B", "<figure><table><td>A</table></figure>B"),
        ("<footer>A<p>B</p>", "<footer>A<p>B</p>"),
        ("<navigation>A</navigation>", "<navigation>A</navigation>"),
        ("<p>A</p>", "<p>A</p>"),
    ],
)
def test_unread_elements_are_dropped(html: str, left: str) -> None:
    """An element is dropped whole; one without an end stays, one with a table, and one of two within each other."""
    assert drop_unread(html) == left
