"""Raw scrapes of the project's own making, a few for each oddity, with what must become of each stretch.

A scrape is a list of stretches: the field that keeps it or, with a minus, the rule that takes it out; "" is
whitespace. Joined, the stretches are the raw text. Neighbours that one rule takes out are one stretch.
"""

from __future__ import annotations

Stretch = tuple[str, str]

BREAK: Stretch = ("", "\n\n")
LINE: Stretch = ("", "\n")

VOTE = "The council of Valletta voted on Monday for a new bridge across the Grand Harbour, nine votes to two."
START = "Work is to begin before the summer, and the mayor said that the ferries would run until the bridge is open."
QUOTE = '"We have waited for this bridge for thirty years," Mayor Ingrid Larsen told reporters after the vote.'
COST = "Engineers put the cost at 240 million euros, a third of which the government has promised to pay."

GOLDEN: dict[str, list[Stretch]] = {
    "wire scrape": [
        ("-navigation", "Home Back"),
        BREAK,
        ("headline", "Valletta votes for a bridge across its harbour"),
        BREAK,
        ("-relative_time", "baltic.example 2 days ago"),
        LINE,
        ("caption", "The harbour of Valletta, where a bridge is to stand, on Sunday."),
        ("-credit", " Photo by Marit Velden/Baltic Press"),
        LINE,
        (
            "-repeated_caption",
            "The harbour of Valletta, where a bridge is to stand, on Sunday. Photo by Marit Velden/Baltic Press",
        ),
        BREAK,
        ("dateline", "VALLETTA, Malta, March 9 (UPI) -- "),
        ("body", VOTE),
        BREAK,
        ("body", START),
        BREAK,
        ("body", QUOTE),
        BREAK,
        ("-related", "People are also reading\nFerry fares to rise in April\nHarbour dredging is late again"),
    ],
    "share bars and newsletters": [
        ("-navigation", "Skip to main content\nNews | Sport | Weather | Opinion"),
        LINE,
        ("headline", "Harbour bridge wins the vote"),
        LINE,
        ("-byline", "By "),
        ("byline", "Ingrid Larsen"),
        ("-byline", " and "),
        ("byline", "Rui Bragança"),
        ("-byline", ", Staff Writer"),
        LINE,
        ("-sharing", "Share Tweet Email Print"),
        BREAK,
        ("body", VOTE),
        BREAK,
        ("-newsletter", "Sign up for our daily newsletter and get the news of the harbour in your inbox."),
        BREAK,
        ("body", START),
        BREAK,
        ("-advertising", "Advertisement"),
        BREAK,
        ("body", COST),
        BREAK,
        ("-comments", "12 Comments"),
    ],
    "cookies, times and disclaimers": [
        ("-consent", "We use cookies to improve your experience on this site. By continuing you accept our settings."),
        BREAK,
        ("headline", "Harbour bridge wins the vote"),
        BREAK,
        ("-timestamp", "Published March 9, 2026 at 9:15 AM UTC\nUpdated March 10, 2026"),
        LINE,
        ("-reading_time", "3 min read"),
        BREAK,
        ("body", VOTE),
        BREAK,
        ("body", START),
        BREAK,
        ("-update_note", "This story has been updated."),
        BREAK,
        ("-credits", "Reporting by Marit Velden; Editing by Chidi Okafor"),
        BREAK,
        (
            "-disclaimer",
            "Our Standards: The Baltic Press Principles of Trust.\n\n© 2026 Baltic Press. All rights reserved.",
        ),
    ],
    "links in the midst, pages at the end": [
        ("headline", "Harbour bridge wins the vote"),
        BREAK,
        ("dateline", "VALLETTA (AP) — "),
        ("body", VOTE),
        BREAK,
        ("-inline_link", "READ MORE: Ferry fares to rise in April"),
        BREAK,
        ("body", START),
        BREAK,
        ("-tags", "Tags: harbour, bridge, Valletta"),
        BREAK,
        ("-pagination", "1 2 3 4 Next »"),
    ],
    "news that looks like furniture": [
        ("headline", "Cork beat Bergen in the cup"),
        BREAK,
        ("body", "Two late goals put Cork through to the final of the harbour cup on Saturday, before 9,000 people."),
        BREAK,
        ("body", "Results"),
        BREAK,
        ("body", "Cork 2 Bergen 1"),
        BREAK,
        ("body", "Tallinn 0 Izmir 3"),
        BREAK,
        ("body", "Share of the gate"),
        BREAK,
        ("body", "* Cork will get a third of what the final brings in."),
        BREAK,
        ("body", "* Bergen will get nothing."),
        BREAK,
        ("body", '"No excuses," the coach said.'),
        BREAK,
        ("body", "Next year"),
        BREAK,
        ("body", "The final is to be played in Porto, where the stadium holds twice as many people as this one does."),
        BREAK,
        ("body", "March 14, 2026"),
        BREAK,
        ("body", "Read more than one report of the match and you would think that there had been two of them."),
    ],
    "hard-wrapped wire copy": [
        ("headline", "Harbour bridge wins the vote"),
        BREAK,
        (
            "body",
            "The council of Valletta voted on Monday for a new bridge across the\n"
            "Grand Harbour, nine votes to two, after a debate of seven hours that\n"
            "filled the gallery.",
        ),
        ("", "\n   "),
        (
            "body",
            "Work is to begin before the summer, and the mayor said that the\n"
            "ferries would run until the bridge is open to all traffic.",
        ),
    ],
    "no spaces": [
        ("headline", "市議会、港の新しい橋を承認"),
        BREAK,
        ("body", "市議会は月曜日、港にかかる新しい橋の建設を賛成多数で承認した。"),
        BREAK,
        ("body", "工事は夏までに始まる予定で、市長は橋が開通するまで渡し船を運航すると述べた。"),
    ],
    "right to left": [
        ("headline", "المجلس يوافق على جسر جديد فوق الميناء"),
        BREAK,
        ("body", "\u200fوافق مجلس المدينة يوم الاثنين على بناء جسر جديد فوق الميناء بأغلبية كبيرة من الأصوات.\u200f"),
        BREAK,
        ("body", "وقال رئيس البلدية إن العمل سيبدأ قبل الصيف وإن العبارات ستستمر حتى افتتاح الجسر."),
    ],
    "German capitals": [
        ("headline", "Stadtrat stimmt für neue Hafenbrücke"),
        BREAK,
        ("body", "Der Stadtrat von Bergen hat am Montag mit neun zu zwei Stimmen für eine neue Brücke gestimmt."),
        BREAK,
        ("body", "DIE KOSTEN SIND HOCH"),
        BREAK,
        ("body", "Die Ingenieure rechnen mit 240 Millionen Euro, von denen die Regierung ein Drittel zahlen will."),
    ],
    "control characters": [
        ("headline", "Harbour bridge wins the vote"),
        ("", "\r\n\r\n"),
        ("body", "The council of Valletta voted on Monday for a new "),
        ("-control_characters", "\x07"),
        ("body", "bridge across the Grand Harbour, nine votes to two."),
    ],
}
