"""Rules for single lines: which lines each rule removes, and which it leaves."""

from __future__ import annotations

import pytest

from services.enrichment.cleaning.lines.line import split_lines
from services.enrichment.cleaning.lines.rules import RULES, label_line


def rule_of(text: str) -> str | None:
    """Return the rule that removes a line, or None."""
    [line] = split_lines(text)
    label_line(line)
    return line.label


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Home Back", "navigation"),
        ("News | Sport | Weather", "navigation"),
        ("* Sign in / Register", "navigation"),
        ("Startseite Kontakt Impressum", "navigation"),
        ("登录", "navigation"),
        ("Share Tweet Email", "sharing"),
        ("Facebook · Twitter · WhatsApp", "sharing"),
        ("CLICK HERE TO GET THE HARBOUR NEWS APP", "newsletter"),
        ("1.2k shares", "sharing"),
        ("ADVERTISEMENT", "advertising"),
        ("Story continues below advertisement", "advertising"),
        ("Comments (12)", "comments"),
        ("Be the first to comment", "comments"),
        ("upi.com 2 days ago", "relative_time"),
        ("BBC News - 3 hours ago", "relative_time"),
        ("Updated 5 minutes ago", "relative_time"),
        ("Published Nov 18, 2019 at 4:07 PM | Updated at 5:36 PM CST on Nov 18, 2019", "timestamp"),
        ("Monday, March 9, 2026 9:15 am", "timestamp"),
        ("09/03/2026 14:05", "timestamp"),
        ("4 min read", "reading_time"),
        ("Les også: Ferja går igjen etter stormen", "inline_link"),
        ("À lire aussi : Le port rouvre lundi", "inline_link"),
        ("Читайте также: Порт снова открыт", "inline_link"),
        ("関連記事：港が再開", "inline_link"),
        ("Les også: Ferja går igjen etter stormen", "inline_link"),
        ("À lire aussi : Le port rouvre lundi", "inline_link"),
        ("Читайте также: Порт снова открыт", "inline_link"),
        ("関連記事：港が再開", "inline_link"),
        ("海港日报版权说明：未经许可不得转载", "disclaimer"),
        ("無断転載・複製を禁じます", "disclaimer"),
        ("무단 전재 및 재배포 금지", "disclaimer"),
        ("Page 1 of 3", "pagination"),
        ("« 1 2 3 4 Next »", "pagination"),
        ("Read more: Ferry fares to rise", "inline_link"),
        ("READ ALSO - Ferry fares to rise", "inline_link"),
        ("Tags: harbour, bridge", "tags"),
        ("Reporting by Marit Velden; Editing by Chidi Okafor", "credits"),
        ("(Additional reporting by Marit Velden in Bergen)", "credits"),
        ("Sign up for our daily newsletter", "newsletter"),
        ("Follow us on Twitter and Facebook", "newsletter"),
        ("Get the best of the harbour delivered to your inbox every morning", "newsletter"),
        ("This website uses cookies. By continuing to browse you accept our use of cookies.", "consent"),
        ("This story has been updated.", "update_note"),
        ("This is a developing story; check back for more.", "update_note"),
        ("Our Standards: The Principles of Trust.", "disclaimer"),
        ("Copyright 2026 The Harbour Post. All rights reserved. This material may not be published.", "disclaimer"),
        ("The views expressed in this article are the author's own.", "disclaimer"),
        ("© 2026 The Harbour Post", "disclaimer"),
        ("This story was updated to include a statement of the harbour board.", "update_note"),
        ("Already a subscriber? Log in", "newsletter"),
        ("Subscribe now", "navigation"),
        ("Register for free to continue reading", "newsletter"),
    ],
)
def test_each_standard_line_of_a_page_is_removed_by_its_rule(text: str, rule: str) -> None:
    """Each standard line of a page is removed by the rule for such lines."""
    assert rule_of(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        "Homes built back from the shore survived the storm.",
        "He died 2 days ago",
        "Man arrested 3 years ago freed",
        "Actor Who Died 2 Years Ago Honoured",
        "Yesterday, all was quiet on the harbour front.",
        "On March 9, 2026, the council voted for the bridge.",
        '"Share what you have," she said.',
        "Cork 2 Bergen 1",
        "1. Cork",
        "10,000 people marched.",
        "Cookies made by the school sold out within an hour.",
        "The newsletter of the union named him.",
        "Read more than one report and you would think there had been two.",
        "Related companies were fined as well.",
        "Watch on Friday as the tall ships leave.",
        "Watch-makers in Geneva are on strike.",
        "Copyright law is to be changed.",
        "Subscribers to the theatre got their money back.",
        "The story of the harbour has been told before.",
        "Results",
        "Les også rapporten før du stemmer, ba ordføreren.",
        "Lire aussi vite était un exploit, dit la maîtresse.",
        "What happens next",
        "Next year",
        "More than 100 people were hurt.",
        "Politics",
        "市議会は月曜日、港にかかる新しい橋の建設を承認した。",
        "وافق مجلس المدينة على بناء جسر جديد.",
        "DIE KOSTEN SIND HOCH",
        "“No comment,” said the minister.",
        "The police asked the public to follow them on the radio.",
        "Editing the report took a year.",
        "The report was amended after the harbour board complained about its figures.",
        "The page has been updated by its owner every week since May, the police said.",
        "Written by Marit Velden in 1911, the novel is set among pilots and smugglers.",
        "Edited by Chidi Okafor, the collection runs to nine hundred pages.",
        "Already registered boats keep their berths, the harbour master said.",
        "Already a member of the crew, Velden became its captain in June.",
        "Register online today, the electoral office told first-time voters in Bergen.",
        "Sign up for the lifeboat crew now, the captain told the school's pupils.",
        "By signing up for the pension, you give up the lump sum, the union warned.",
        "Copyright holders asked the court for damages of nine million euros.",
        "The views expressed by the pilots differ from those of the board.",
        "The opinions expressed in the poll changed within a week.",
        "Disclaimer or not, the judge said, the brochure misled its readers.",
        "No part of this agreement binds the islands, the governor said.",
        "Quotes delayed the paper's appearance, its editor said.",
        "This article is published by order of the court, the paper said.",
        "Cookie sales paid for the new mast, and the site was cleared.",
        "Topics: tides, tugs and the price of rope were all discussed.",
        "Tags: the seals wear them on their flippers, the biologist said.",
        "Related: so the two accidents are, the inspector said.",
        "WATCH: the word stood in red on each of the buoys.",
        "Read more about the tides in the almanac, the pilot advised.",
        "*",
        "…",
    ],
)
def test_lines_of_the_article_are_not_removed(text: str) -> None:
    """Sentences, results, quotations and subheadings with the same words are not removed."""
    assert rule_of(text) is None


def test_rules_have_a_name_and_a_confidence() -> None:
    """Each rule has its own name, and a confidence between 0.5 and 1."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(0.5 < rule.confidence <= 1.0 for rule in RULES)
