"""The patterns of the rules for single lines.

They are matched with the key of a line, which is in small letters, or with its text where capitals matter. Every
repetition is bounded or of one class of characters, so that the time is proportional to the length of the line.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


SHARE_COUNT = re.compile(r"[\d.,]{1,12} ?[km]? ?(?:shares?|views?|likes?|reads?|tweets?|retweets?)")

COMMENT_COUNT = re.compile(
    r"\W{0,4}(?:\(?[\d.,]{1,12}\)? ?)?"
    r"(?:(?:top|all|read|view|show|see|latest|recent|user|reader|rated|the|your) ){0,3}"
    r"(?:comments?|replies|responses)(?: \(?[\d.,]{1,12}\)?)?\W{0,4}"
)

COOKIES = re.compile(r"\bcookies\b|\bcookie (?:policy|settings|preferences|notice|consent|banner)\b|\bgdpr\b")

CONSENT = re.compile(
    r"\b(?:we use|our|your|this (?:web)?site|website|browser|you agree|accept all|consent|preferences|settings"
    r"|experience)\b"
)

NEWSLETTER = _any(
    r"(?:please )?(?:sign up|subscribe|register|signup)\b.{0,80}\b(?:newsletters?|inbox|e-?mails?|our|us|unlimited"
    r"|(?:free|digital|full) (?:access|account|trial|subscription)|(?:e-?mail |breaking |daily )(?:updates|alerts))\b",
    r"(?:please )?(?:sign up|subscribe|register)(?: (?:here|today|now|online|for free|to read|to continue|reading))"
    r"{1,3}\W{0,3}$",
    r"(?:follow|like) (?:us|@\w{1,30}|[\w ]{1,30}) on (?:facebook|twitter|instagram|x|linkedin|youtube|google news"
    r"|telegram)\b",
    r"download (?:the|our) .{0,40}\bapp\b",
    r"get (?:the|our) .{0,60}\bapp\b",
    r"already (?:a )?(?:subscriber|have an account|registered|a member|subscribed)"
    r"(?:\?|\W{0,3}$|\W{1,3}(?:log|sign) in\b)",
    r"thank you for (?:subscribing|signing up|your interest|reading)",
    r"you(?:'re| are) (?:all )?(?:signed up|subscribed)",
    r"this (?:content|article|story) is (?:only )?(?:available|for) .{0,40}\bsubscribers",
    r"to (?:continue reading|read the full (?:story|article))\b",
    r"(?:please )?(?:keep|check) (?:an eye on )?your (?:inbox|e-?mail)\b",
    r"click here to (?:(?:subscribe|sign up|register|join)\b|(?:get|download) (?:the|our) .{0,40}\bapp\b)",
    r"support (?:independent|quality|our|local) .{0,40}journalism",
    r"by (?:signing up|subscribing|clicking|submitting)\b.{0,60}\byou\b.{0,120}\b(?:our|terms|privacy|e-?mails?)\b",
)

INBOX = _any(
    r"\b(?:in|to) your (?:inbox|e-?mail)\b",
    r"\benter your e-?mail\b",
    r"\byour e-?mail address\b",
    r"\bour (?:free )?(?:daily |weekly )?newsletters?\b",
)

RELATIVE_WORD = re.compile(r"\bago\b|\byesterday\b|\bjust now\b")

_GAP = r"[ \u00a0|·•-]{1,3}"
_COUNT = r"(?:[Aa]n?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,4}\+?)"
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|mos?|months?|y|yrs?|years?)"
_SOURCE = r"(?:[\w-]{1,40}\.){1,3}[a-z]{2,12}|[A-Z0-9][\w&’'-]{0,30}|[Ll]ast|[Pp]ublished:?|[Pp]osted:?|[Uu]pdated:?"

RELATIVE_LINE = re.compile(
    rf"(?:(?:{_SOURCE}){_GAP}){{0,4}}(?:{_COUNT}[ \u00a0]?{_UNIT}[ \u00a0]ago|[Yy]esterday|[Jj]ust now)"
    r"(?:,? at \d{1,2}:\d{2}(?: ?[AaPp]\.?[Mm]\.?)?)?(?: (?:in|on|by) [\w .&’'-]{1,40}| ?[|·•-] ?.{0,40})?"
)
"""A source, the time, and perhaps a section; matched with the text: "Actor Who Died 2 Years Ago" is a headline."""

DIGIT = re.compile(r"\d")
LETTERS = re.compile(r"[^\W\d_]+")

SYNDICATION = re.compile(
    r"(?:the post|the article|el artículo|la entrada) .{1,250} (?:appeared first on|first appeared on"
    r"|aparece primero en|se publicó primero en) .{1,100}"
)

NUMERIC_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b")

TIME_WORDS = re.compile(
    r"\b(?:published|updated|posted|modified|created|last|first|on|at|by|date|time|and|the|of|et|est|edt|gmt|utc|bst|ist"
    r"|cet|cest|pst|pdt|cst|cdt|mst|mdt|sgt|hkt|aest|aedt|jst|kst|msk|stand|aktualisiert|veröffentlicht|am|um|vom"
    r"|publiée?|mise?|à|jour|le|actualizado|publicado|el|las|pubblicato|aggiornato|il|alle|gepubliceerd|bijgewerkt|op|om"
    r"|às|atualizado|em|opublikowano|aktualizacja|[ap]\.?m\.?|mon(?:day)?|tues?(?:day)?|wed(?:nesday)?"
    r"|thu(?:rs?)?(?:day)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|h|uhr|hrs?|noon|midnight|local|z|t\d{2})\b",
    re.IGNORECASE,
)
"""Words that a line with only a time may have."""

READING_TIME = re.compile(
    r"(?:reading time:? ?)?\d{1,3}[ -]?min(?:ute)?s?(?: of)?(?: ?read(?:ing)?(?: time)?)?|reading time:? ?\d{1,3}.{0,8}"
)

DISCLAIMER = _any(
    r"our standards:",
    r"(?:©|\(c\)) ?(?:copyright|(?:19|20)\d\d)",
    r"(?:©|\(c\)).{0,24}$",
    r"copyright\W{0,3}(?:©|\(c\)|(?:19|20)\d\d|by\b|$)",
    r"copyright\b.{0,80}\b(?:19|20)\d\d\W{0,3}$",
    r"this (?:material|content|article|story|report) (?:may not be|was (?:first|originally) published"
    r"|is (?:re)?published (?:from|with|under|courtesy)\b|is distributed by)",
    r"the (?:views|opinions)(?: and opinions)? expressed (?:here|in th(?:is|e) (?:article|piece|column|commentary|story"
    r"|post|op-?ed|content)|are\b|by (?:the |our )?(?:authors?|writers?|contributors?|columnists?)\b)",
    r"disclaimer ?(?:[:.–-]|$)",
    r"reproduction (?:in whole|without)",
    r"no part of this (?:publication|article|(?:web)?site|material|content|report|story|page)\b.{0,60}"
    r"\b(?:reproduced|copied|transmitted|stored|distributed|used)\b",
    r"(?:all )?quotes delayed (?:at least|by at least|a minimum|\d)",
    r"(?:with|additional) (?:files|inputs?) from\b",
    r"\(?this story has not been edited by",
    r"\(?except for the headline, this story",
    r".{0,24}(?:版权(?:说明|声明|保护|所有)|版權(?:說明|聲明|所有))(?:[:：©]|$)",
    r".{0,24}(?:無断(?:転載|複製)|禁無断転載|무단 ?(?:전재|복제|배포)).{0,40}(?:禁|금지).{0,12}$",
)

RIGHTS = re.compile(r".{0,80}\ball rights reserved\b|.{0,60}\bmay (?:earn|receive) (?:an? )?(?:affiliate )?commission")
"""Disclaimers that begin with a name; matched only with lines that have "rights reserved" or "commission"."""

CREDITS = re.compile(
    r"\(?(?:[Aa]dditional |[Ff]urther )?"
    r"(?:[Rr]eporting|Writing|Editing|Compiled|Reported|Edited|Written|Produced)(?: and \w{1,20})? by "
    r"[A-Z\u00c0-\u00de]"
)
"""Credits of reporters and editors; matched with the text, because the name must have a capital."""

PAGINATION = _any(
    r"(?:page )?\d{1,3}(?: of | ?/ ?)\d{1,3}",
    r"page \d{1,3}",
    r"(?:[«‹<]{1,3} ?)?(?:(?:prev(?:ious)?|first) )?1 2(?: \d{1,3}){0,10}(?: ?…)?(?: \d{1,4})?(?: ?(?:next|last))?"
    r"(?: ?[»›>]{1,3})?",
    r"(?:[«‹<]{1,3} ?)?prev(?:ious)?(?: \d{1,3}){1,12}(?: ?next)?(?: ?[»›>]{1,3})?",
    r"(?:[«‹<←]{1,3} ?)?(?:previous|next|older|newer)(?: (?:page|article|story|post)s?)?(?: ?[»›>→]{1,3})?",
    r"(?:click here to )?continue reading.{0,20}",
    r"(?:previous|next) (?:article|story|post|page)(?::| ?[»›>→]) ?.{0,80}",
)

UPDATE_NOTE = _any(
    r"(?:this|the) (?:story|article|post|report|piece|page) (?:has been|was|will be|is being)(?: last| continually)? ?"
    r"(?:updated|corrected|amended|revised)(?: \d[^.]{0,40})?\W{0,3}$",
    r"this (?:story|article|post|piece) (?:has been|was|will be|is being) (?:updated|corrected|amended|revised)"
    r" (?:to|with|as|at|on|throughout|since)\b",
    r"this (?:story|article|post|piece) is developing(?: and will be updated)?\b",
    r"this is a (?:developing|breaking)(?: news)? story\b",
)

TAGS = re.compile(
    r"(?:tags?|topics?|filed under|keywords?|categories|category|labels|in this story)(?: ?:| ?[»›>])"
    r"(?: ?.{0,200}(?<![.!?]))?$"
)

INLINE_LINK = _any(
    r"(?:READ|Read) (?:MORE|More|more) (?:ON|on|ABOUT|about) .{1,200}(?<![.!?])$",
    r"(?:(?:READ|Read) (?:MORE|More|more|ALSO|Also|also|NEXT|Next|next)|(?:ALSO|Also) (?:READ|Read|read)|RELATED"
    r"|Related|(?:SEE|See) (?:ALSO|Also|also)|MORE|WATCH|Watch|MUST READ|DON'T MISS|Don't miss|CLICK HERE|RECOMMENDED"
    r"|Leggi anche|Lire (?:aussi|également)|[ÀA] lire(?: aussi)?|(?:Lesen Sie|Lies|Lest) (?:auch|dazu|mehr)"
    r"|Mehr zum Thema|(?:Lea|Lee|Leer|Ver) también|(?:Leia|Veja) (?:também|mais)"
    r"|(?:Les|Læs|Läs) (?:også|också|även|mer|mere)|Lees ook|Lue myös|(?:Czytaj|Zobacz) (?:też|także|również|więcej)"
    r"|Přečtěte si také|Čtěte (?:také|též)|Citește și|Читайте (?:также|також)|Διαβάστε επίσης|İlgili haber|Baca juga"
    r"|Xem thêm|اقرأ أيضا"
    r"|关联阅读|相关阅读|延伸閱讀|関連記事|관련 ?기사)(?: ?[:：|»>]| [–-])(?: ?(?![ a-z]).{0,200})$",
    r"(?:>>>|►|➡|▶) ?.{1,200}",
)
"""Links to one other article; matched with the text, because only capitals or a colon distinguish the link from a
sentence that begins with the same words."""

STAMP_WORD = re.compile(r"\b(?:published|updated|posted|modified|created)\b|\d{1,2}:\d{2}")
"""Pattern for a word or a time of day, which the time of a page contains and a date above a part of the story does
not."""
