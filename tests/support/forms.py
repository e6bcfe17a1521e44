"""Reports that fill one form with different facts, and one report with its copies, in the project's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Form(NamedTuple):
    """A text with fields, and what fills them in several reports; `headline` may have fields as well."""

    headline: str | None
    text: str
    fillings: tuple[Mapping[str, str], ...]

    def write(self) -> list[tuple[str | None, str]]:
        """Write headline and body of each report."""
        return [(self.headline and self.headline.format(**each), self.text.format(**each)) for each in self.fillings]


def name_values(names: tuple[str, ...], *rows: tuple[str, ...]) -> tuple[Mapping[str, str], ...]:
    """Return rows of values, each as a mapping by the names."""
    return tuple(dict(zip(names, values, strict=True)) for values in rows)


OBITUARY = (
    "{name}, {age}, of {town}, died {day} at the Rosehill Hospice after a short illness. Born in {birthplace} in "
    "{year}, {pronoun} worked for {years} years at the {employer} and sang in the choir of St. Olave's. {short} is "
    "survived by two daughters and five grandchildren. A service will be held at 2 p.m. on {date} at the Ferry Lane "
    "Chapel, followed by tea at the Seamen's Hall. No flowers please; donations may be made to the lifeboat. "
    "Arrangements are by Holm and Sons."
)
MARSH = {
    "name": "Edna Marsh",
    "age": "91",
    "town": "Culver",
    "day": "on Tuesday",
    "birthplace": "Tarn",
    "year": "1934",
    "pronoun": "she",
    "years": "31",
    "employer": "Culver Mill",
    "short": "Mrs Marsh",
    "date": "June 4",
}
QUILL = {
    "name": "Peter Quill",
    "age": "67",
    "town": "Lowick",
    "day": "on Sunday",
    "birthplace": "Ballard",
    "year": "1958",
    "pronoun": "he",
    "years": "22",
    "employer": "Port Authority",
    "short": "Mr Quill",
    "date": "June 9",
}
LAW = (
    "CHICAGO -- Pell & Varga announces that a class action lawsuit has been filed against {company} ({exchange}: "
    "{ticker}) in the district court. The action covers purchasers of the company's shares between {begin} and {end}."
    "\n\nThe complaint alleges that the defendants failed to tell investors that demand was falling, that stocks at "
    "dealers were rising, and that the forecasts given to the market lacked a reasonable basis. When this became "
    "known the price of the shares fell and investors lost money.\n\nA lead plaintiff acts for all other members of "
    "the class in directing the case and can choose a law firm. An investor's share in any recovery does not depend "
    "on serving as lead plaintiff. If you wish to serve, you must apply to the court by {deadline}.\n\nPell & Varga "
    "has recovered more than 900 million dollars for shareholders since 1998 and has offices in four cities. The firm "
    "is paid only if the case is won. Past results do not guarantee a similar outcome."
)
LAWSUITS = (
    {
        "company": "Ostrava Foods Corp",
        "exchange": "NYSE",
        "ticker": "OSF",
        "begin": "March 2",
        "end": "August 30",
        "deadline": "November 12",
    },
    {
        "company": "Tidewater Chips Inc",
        "exchange": "NASDAQ",
        "ticker": "TDWC",
        "begin": "January 15",
        "end": "June 3",
        "deadline": "November 20",
    },
)
MATCH = (
    "{winner} beat {loser} {score} on {day} in the northern league. {scorer} put {short} ahead in the {minute} minute "
    "with a low shot from the edge of the area, and the home side never found an answer. The crowd of {crowd} saw few "
    "chances after the interval, as rain made the pitch heavy and both sides tired. {short} move up to {place} place. "
    "The next round of matches is played in two weeks."
)
MATCHES = (
    {
        "winner": "Culver Town",
        "loser": "Lowick Rovers",
        "score": "1-0",
        "day": "Saturday",
        "scorer": "Sam Adeyo",
        "short": "Culver",
        "minute": "14th",
        "crowd": "2,140",
        "place": "third",
    },
    {
        "winner": "Ballard",
        "loser": "Tarn United",
        "score": "2-0",
        "day": "Saturday",
        "scorer": "Kit Moran",
        "short": "Ballard",
        "minute": "31st",
        "crowd": "985",
        "place": "seventh",
    },
)
WEATHER = (
    "{town}: {sky} today, with {rest}. The temperature reaches {high} degrees by the afternoon and falls to {low} at "
    "night. Winds are {wind} at {speed} kilometres an hour. The chance of rain is {rain} percent. The sun rises at "
    "{rise} and sets at {set}. Our forecast is made twice a day for {town} and the villages around it, with warnings "
    "of storms, ice and high water."
)
DAYS = name_values(
    ("town", "sky", "rest", "high", "low", "wind", "speed", "rain", "rise", "set"),
    ("Culver", "Cloudy", "some sun", "18", "9", "westerly", "22", "30", "5:41", "20:58"),
    ("Culver", "Bright", "a few clouds", "24", "13", "southerly", "9", "5", "5:43", "20:56"),
    ("Lowick", "Cloudy", "some sun", "17", "8", "westerly", "25", "35", "5:40", "20:57"),
)
DIVIDEND = (
    "{company} said it {verb} its quarterly dividend to {new} cents a share from {old} cents. The dividend is payable "
    "on {paid} to shareholders of record on {record}. The company said the change reflects the board's view of the "
    "business over the coming year."
)
DIVIDENDS = name_values(
    ("company", "act", "verb", "new", "old", "paid", "record"),
    ("Halden Corp", "raises", "raised", "12", "10", "May 3", "April 12"),
    ("Halden Corp", "lowers", "lowered", "9", "12", "August 3", "July 12"),
    ("Norvia Ltd", "raises", "raised", "31", "27", "June 9", "May 20"),
)
QUAKE = (
    "A magnitude {size} earthquake struck at {time} on {day}, {far} kilometres {way} of {town}, according to the "
    "seismological institute. The depth was {depth} kilometres. In the past ten days there were {count} earthquakes "
    "of magnitude 3.0 or greater nearby. This information comes from the notification service of the institute, and "
    "this post was created by an algorithm that an editor wrote. Read more about what to do in an earthquake."
)
QUAKES = name_values(
    ("size", "time", "day", "far", "way", "town", "depth", "count"),
    ("3.4", "4:12 a.m.", "Thursday", "11", "north", "Tarn", "8.1", "two"),
    ("4.1", "9:55 p.m.", "Sunday", "27", "east", "Lowick", "12.6", "five"),
    ("3.2", "1:30 p.m.", "Friday", "6", "south", "Ballard", "3.0", "three"),
)
NACHRUF = (
    "{name} ist am {date} im Alter von {age} Jahren in {town} gestorben. Die Trauerfeier findet am {day} um 14 Uhr in "
    "der Kapelle des Waldfriedhofs statt, anschließend ist die Beisetzung im engsten Kreis der Familie. Anstelle von "
    "Blumen bittet die Familie um eine Spende an das Hospiz. Der Gottesdienst wird von Pfarrerin Ruth Ahlers "
    "gehalten. Kondolenzen nimmt das Bestattungshaus Kröger entgegen."
)
NACHRUFE = name_values(
    ("name", "date", "age", "town", "day"),
    ("Wilhelm Hansen", "3. Mai", "84", "Ostwede", "9. Mai"),
    ("Grete Lüders", "11. Mai", "92", "Tarnstedt", "17. Mai"),
    ("Jürgen Petersen", "8. Juni", "59", "Ostwede", "14. Juni"),
)
FORECAST = (
    "{town}气象台{date}发布天气预报：今天{sky}，最高气温{high}度，最低气温{low}度，{wind}风{force}级，"
    "相对湿度百分之{damp}。预计明天多云转晴，气温变化不大。气象台提醒市民外出注意增减衣物，"
    "驾车注意安全。更多天气信息请关注气象台官方网站和手机应用。"
)
FORECASTS = name_values(
    ("town", "date", "sky", "high", "low", "wind", "force", "damp"),
    ("东港", "5月3日", "晴", "24", "13", "东", "3", "55"),
    ("东港", "5月4日", "阴", "19", "11", "北", "5", "72"),
)

FORMS = {
    "obituaries": Form("{name}", OBITUARY, (MARSH, QUILL)),
    "obituaries under one headline": Form("Death notice", OBITUARY, (MARSH, QUILL)),
    "obituaries without a headline": Form(None, OBITUARY, (MARSH, QUILL)),
    "German obituaries": Form("{name}", NACHRUF, NACHRUFE),
    "a law firm's notices": Form("{company}: lawsuit filed", LAW, LAWSUITS),
    "a law firm's notices under one headline": Form("Pell & Varga announces class action", LAW, LAWSUITS),
    "a law firm's notices without a headline": Form(None, LAW, LAWSUITS),
    "match reports": Form("{winner} beat {loser}", MATCH, MATCHES),
    "match reports under one headline": Form("Match report", MATCH, MATCHES),
    "match reports without a headline": Form(None, MATCH, MATCHES),
    "weather": Form("Today's weather", WEATHER, DAYS),
    "Chinese weather": Form("东港天气预报", FORECAST, FORECASTS),
    "dividends": Form("{company} {act} dividend", DIVIDEND, DIVIDENDS),
    "earthquakes": Form("Earthquake: {size} quake strikes near {town}", QUAKE, QUAKES),
}

ABOUT = (
    "About The Ferrol Centre. The Ferrol Centre is an independent centre for the study of rivers, roads and the places "
    "between them, founded in 1962 by engineers and town planners. Its work is paid for by members and by sales of "
    "maps, and never by those whom it studies. Staff answer questions from the press on weekdays and are glad to visit "
    "schools. Everything it publishes may be copied as long as the centre is named. To be told of new studies, leave "
    "your address with the office. The accounts for each year are open to all."
)
RELEASES = (
    (
        "Buses beat trams in the rain",
        "Buses lose fewer passengers than trams when it rains, a new study finds. Shelters matter more than speed, and "
        "people who wait under a roof wait longer. Towns should build shelters first, the authors say.",
    ),
    (
        "Village shops hold out",
        "Shops in villages close more slowly than shops in towns, figures show. Owners are older there and do not pay "
        "rent. Half of them want to sell within ten years, and nobody wants to buy.",
    ),
    (
        "Beavers return to upper Tarn",
        "Beavers have returned to the upper Tarn after 140 years, a count has found. There are 26 animals in seven "
        "dams. Farmers in Lowick want them fenced in; anglers in Ballard want them counted again.",
    ),
    (
        "Salt roads cost twice",
        "Salting a road doubles what it costs to keep, according to a survey of 88 districts. Bridges suffer most. In "
        "Culver three of nine bridges must be rebuilt by 2030, and the money is there for one.",
    ),
)
"""Headlines and texts of releases that are above `ABOUT`."""

HEADLINE = "Culver sells its fish market"
PARAGRAPHS = (
    "The council of Culver voted on Monday to sell the old fish market to a builder from Ballard, who wants to put "
    "forty flats and a swimming pool on the site. The vote was nine to six.",
    'Mayor Ada Fenwick said the town could no longer pay for the roof, which has leaked since 2011. "We have put out '
    'buckets for years," she told the meeting. "Buckets are not a plan."',
    "Traders who rent the last eleven stalls were not asked. Fishmonger Tom Reyes, whose grandfather opened the stall "
    "in 1948, said he had read of the sale on his telephone while he was gutting cod.",
    "The builder, Lindqvist and Daughters, will pay 3.2 million and must keep the iron arches, which are listed. Work "
    "starts in March and takes two years, the company said in a statement.",
    "Opponents have collected 4,100 names and want a vote of the whole town. The region's court will say in January "
    "whether such a vote may be held after a contract has been signed.",
)
BODY = "\n\n".join(PARAGRAPHS)
