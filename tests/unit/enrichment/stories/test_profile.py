"""Tests of the profile of a story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.enrichment.stories.features.extraction import extract_features
from services.enrichment.stories.memory.postings import choose_keys, choose_story_keys
from services.enrichment.stories.similarity.article_view import ArticleView, view_article
from services.enrichment.stories.similarity.bridges import Bridge
from services.enrichment.stories.similarity.comparison import Comparison, compare, find_present
from services.enrichment.stories.similarity.evidence import build_evidence
from services.enrichment.stories.similarity.profile import (
    EMPTY,
    MEMORY,
    TERMS,
    add_article,
    merge_profiles,
    pack_profile,
    unpack_profile,
    view_profile,
)
from services.enrichment.stories.similarity.weights import load_weights
from tests.unit.enrichment.stories.articles import read_event_articles

VIEWS = [view_article(article.features) for article in read_event_articles()[:40]]


def test_a_packed_profile_is_the_profile() -> None:
    """A profile that was written and read back is equal, whatever was added to it."""
    profile = EMPTY
    for view in VIEWS:
        profile = add_article(profile, view)
        assert unpack_profile(pack_profile(profile)) == profile
        assert len(profile.terms) <= TERMS and profile.articles <= MEMORY


def test_bytes_that_are_no_profile_are_refused() -> None:
    """Damaged bytes raise ValueError."""
    packed = pack_profile(add_article(EMPTY, VIEWS[0]))
    for damaged in (b"", packed[:-1], packed[:3]):
        with pytest.raises(ValueError, match="no profile"):
            unpack_profile(damaged)


def test_figures_are_from_0_to_1() -> None:
    """Every figure of a comparison is from 0 to 1, and an article agrees with itself."""
    for view in VIEWS:
        for other in VIEWS:
            figures = compare(view, view_profile(add_article(EMPTY, other)))
            assert all(0 <= value <= 1.0001 for value in figures)
        own = compare(view, view_profile(add_article(EMPTY, view)))
        assert own.words > 0.97 and own.other_slots == 0


def test_a_merged_profile_is_like_both() -> None:
    """The articles of both parts are more like a merged story than like the other part."""
    pair = (VIEWS[0], VIEWS[9])
    one, other = (add_article(EMPTY, view) for view in pair)
    merged = view_profile(merge_profiles(one, other))
    for view, foreign in zip(pair, (other, one), strict=True):
        assert compare(view, merged).words > compare(view, view_profile(foreign)).words


def test_another_number_beside_the_same_word_counts_against() -> None:
    """Two quakes of other magnitude and place are further apart than two reports of one."""
    texts = (
        "A quake of magnitude 5.6 shook the island of Brask. Mayor Ilse Torp counted 40 damaged houses.",
        "Brask counts damage after the magnitude 5.6 quake; Ilse Torp, the mayor, asked for tents.",
        "A quake of magnitude 4.4 shook the island of Brask eleven years ago, said the geologist Per Hald.",
    )
    first, same, other = (view_article(extract_features(None, text, "en")) for text in texts)
    story = view_profile(add_article(EMPTY, first))
    weights = load_weights()
    assert weights.score(compare(same, story), 0) > weights.score(compare(other, story), 0)
    kinds = {reason.kind: reason.values for reason in build_evidence(other, story)}
    assert "magnitude 4.4" in kinds["other_numbers"] and "Brask" in kinds["names"]


def test_the_present_year_and_date_are_no_evidence() -> None:
    """The year and date of arrival, or of the day before, count for nothing if they are equal; others count as ever."""
    story = view_profile(add_article(EMPTY, view_dates("The ferry sank on 31 December 2030.")))
    new_year = find_present(int(datetime(2031, 1, 1, 4, tzinfo=UTC).timestamp() * 1000))
    for present, equal in ((frozenset[int](), 1.0), (new_year, 0.0)):
        same = compare(view_dates("The verdict of 31 December 2030 was read."), story, present)
        assert (same.equal_dates, same.equal_years, same.other_dates, same.other_years) == (equal, equal, 0, 0)
        reasons = build_evidence(view_dates("The verdict of 31 December 2030 was read."), story, present)
        assert any(reason.kind == "dates" for reason in reasons) == bool(equal)
        other = compare(view_dates("The verdict of 1 January 2031 was read."), story, present)
        assert (other.equal_dates, other.equal_years, other.other_dates, other.other_years) == (0, 0, 1, 1)
    older = view_dates("The ferry, built in 1988, sank on 31 December 2030.")
    assert compare(older, view_profile(add_article(EMPTY, older)), new_year).equal_years == 1


def view_dates(text: str) -> ArticleView:
    """Return the view of a text."""
    return view_article(extract_features(None, text, "en"))


def test_every_figure_has_a_weight() -> None:
    """The reviewed file has a weight for each figure, and thresholds for each preset in order."""
    weights = load_weights()
    assert len(weights.weights) == len(Comparison._fields)
    tight, default, broad = (weights.find_thresholds(name) for name in ("tight", "default", "broad"))
    assert tight.join > default.join > broad.join and tight.merge >= default.merge >= broad.merge
    assert len(weights.merge.weights) == len(Bridge._fields)


def test_one_story_has_the_keys_that_it_has_among_many() -> None:
    """The keys of a story are the same, chosen alone or together with those of other stories."""
    profiles = [EMPTY]
    for view in VIEWS:
        profiles += [add_article(EMPTY, view), add_article(profiles[-1], view)]
    assert choose_keys([pack_profile(profile) for profile in profiles]) == list(map(choose_story_keys, profiles))
