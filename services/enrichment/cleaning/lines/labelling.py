"""Labels that the rules give to the single lines of any text, before its blocks of lines are judged."""

from __future__ import annotations

from collections.abc import Sequence

from services.enrichment.cleaning.lines.blocks import label_gallery, unlabel_rows_of_times, unlabel_sentences_in_prose
from services.enrichment.cleaning.lines.line import Line
from services.enrichment.cleaning.lines.press_release import label_press_release
from services.enrichment.cleaning.lines.rules import label_line


def label_by_rules(lines: Sequence[Line]) -> None:
    """Label the lines that the rules remove, a gallery's texts and the parts of a press release.

    Sentences of the story and rows of times keep no label.
    """
    for line in lines:
        label_line(line)
    unlabel_rows_of_times(lines)
    unlabel_sentences_in_prose(lines)
    label_gallery(lines)
    label_press_release(lines)
