"""Pages that are made to cost much time or memory: nesting, tags, attributes, references, scripts, lists."""

from __future__ import annotations

from typing import Final

MEBIBYTE: Final = 1_048_576

VOTE = "<p>The council of Valletta voted on Monday for a new bridge across the Grand Harbour, nine votes to two.</p>"
NODE = '{"@type":"NewsArticle","headline":"A title of words"},'
BLOCK = '<script type="application/ld+json">'
LOCKED = (
    '{{"@type":"NewsArticle","isAccessibleForFree":false,"hasPart":{{"isAccessibleForFree":false,"cssSelector":"{}"}}}}'
)
ENTITIES = "<!DOCTYPE html [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;'>]>"


def build_adversarial_pages(size: int = MEBIBYTE) -> dict[str, str]:
    """Return pages of about `size` characters, by the name of the parts that they repeat."""

    def fill(unit: str) -> str:
        return (unit * (size // len(unit) + 1))[:size]

    def nest(start: str, end: str) -> str:
        times = size // (len(start) + len(end))
        return f"{start * times}text{end * times}"

    def fill_block(text: str) -> str:
        return f"<html>{BLOCK}{text}</script><body>{VOTE * 5}"

    bodies = {
        "open divisions": fill("<div>"),
        "nested divisions": nest("<div>", "</div>"),
        "open inline elements": fill("<b>x"),
        "nested inline elements": nest("<b><i>", "</i></b>"),
        "line breaks": fill("<br>x"),
        "spans": fill("<span>a b</span> "),
        "paragraphs": fill(VOTE),
        "short paragraphs": fill("<p>Yes, he said on Monday.</p>"),
        "divisions with a paragraph": fill(f"<div>{VOTE}</div>"),
        "one giant attribute": f"<p class='{fill('a b ')}'>{VOTE}",
        "giant attributes": fill(f"<p class='{'x y ' * 1_000}'>text of a paragraph</p>"),
        "an open attribute": f"<p class='{fill('a ')}",
        "ampersands": fill("&amp;"),
        "references": fill("&#1234567;"),
        "lists": fill("<ul><li>one</li></ul>"),
        "nested lists": fill("<ul><li>"),
        "nested tables": fill("<table><tr><td>"),
        "a large table": f"<table>{fill('<tr><td>a</td><td>b</td></tr>')}",
        "brackets": fill("<"),
        "open tags": fill("<a "),
        "open comments": fill("<!--"),
        "comments": fill("<!-- x -->"),
        "open scripts": fill("<script>"),
        "scripts": fill("<script>x</script>"),
        "drawings": fill("<svg><path d=1></svg>"),
        "articles": fill(f"<article><h2>x</h2>{VOTE}</article>"),
        "open articles": fill("<article>"),
        "nested articles": fill(f"<article>{VOTE}"),
        "links": fill("<a href='/x'>A link of words</a> "),
        "headings": fill("<h1>A head line</h1>"),
        "open headings": fill("<h1>"),
        "times": fill("<time datetime='2026-03-05'>5 March</time>"),
        "marked times": fill("<span itemprop=datePublished>5 March 2026</span>"),
        "marks of times": fill("itemprop=datePublished "),
        "authors": f"<h1>x</h1>{fill('<a rel=author class=author>Ann Lee</a> ')}",
        "captions": f"{VOTE * 5}{fill('<figure><figcaption>A caption of words</figcaption></figure>')}",
        "JSON-LD": fill(f'<script type="application/ld+json">{NODE[:-1]}</script>'),
        "hidden parts": fill("<div style='display:none'>x</div>"),
        "forms": fill("<form><input><select><option>x</select></form>"),
        "live entries": fill(f"<article class=live><time datetime='2026-03-05T10:00:00Z'>10:00</time>{VOTE}</article>"),
        "parts of a body": fill(f"<div class=article-body>{VOTE * 2}</div>"),
        "one line": f"<p>{fill('word ')}",
        "one word": f"<p>{fill('x')}",
        "Chinese": f"<p>{fill('漢')}",
        "dates": fill("<p>March 5, 2026, 10:15 a.m. EST</p>"),
        "walls": fill("<div class=paywall>Subscribe to read this article</div>"),
    }
    pages = {name: f"<html><body>{body}" for name, body in bodies.items()}
    pages |= {
        "entity bomb": f"{ENTITIES}<html><body><p>{fill('&b;')}",
        "meta tags": f"<html><head>{fill('<meta property=og:title content=Title>')}",
        "fragment of hidden parts": fill("<div style='display:none'>"),
        "fragment of divisions": fill("<div>x"),
        "fragment of line breaks": fill("A word<br>"),
        "JSON-LD of many nodes": f"<html>{BLOCK}[{fill(NODE)}{{}}]</script><body>{VOTE}",
        "deep JSON-LD": fill_block(fill("[")),
        "comments in JSON-LD": fill_block("{" + fill("/* ")),
        "blank lines in JSON-LD": fill_block("{" + fill("\n") + "x"),
        "blanks behind a mark in JSON-LD": fill_block("{--> " + fill(" ") + "x"),
        "quotes in JSON-LD": fill_block("{" + fill('"\\"')),
        "open JSON-LD": f"<html><body>{VOTE}{fill(BLOCK)}</script>",
        "a long headline in JSON-LD": fill_block(f'{{"@type":"NewsArticle","headline":"{fill("One word - ")}"}}'),
        "authors in JSON-LD": fill_block('{"@type":"NewsArticle","author":["x"' + fill(',"Ann Lee"')[:-1] + "]}"),
        "locked parts in JSON-LD": fill_block(LOCKED.format(fill(".a,"))) + "<div class=b>x</div>" * 3_000,
        "a number of a million digits": f"<html><head><title>&#{fill('9')}</title><body>{VOTE}",
        "headings and titles": fill(f"<h1>{'Other words ' * 99}</h1><title>{'Some letters ' * 99}</title>"),
        "blank lines of one space": fill(" \n"),
    }
    return pages
