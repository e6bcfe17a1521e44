"""The network of topics on weights that are built here: each word of a small vocabulary means a topic."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from services.enrichment.models import load_topic_classifier
from services.enrichment.models.casing import CASINGS, UPPER
from services.enrichment.models.topic_network import ARRAYS, MANIFEST, MOST_TOPICS, PIECES, TOKENIZER
from services.enrichment.options import Profile
from services.errors import ConfigurationError

TOPICS = {"storm": "medtop:17000000", "match": "medtop:15000000", "vote": "medtop:11000000", "mass": "medtop:12000000"}
EVENT = "medtop:20001108"
"""A topic below sport."""
SURE = 8.0
"""Logit of a topic whose word a text has."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write weights in which the only filter that answers to a word is that of its topic."""
    words = list(TOPICS)
    vocabulary = {"[PAD]": 0, "[UNK]": 1} | {word: 2 + number for number, word in enumerate(words)}
    tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    tokenizer.save(str(tmp_path / TOKENIZER))
    count, width = len(words), len(vocabulary)
    filters = np.zeros((width, 3, count), np.float32)
    filters[2:, 1, :] = np.eye(count)
    inner = np.zeros((2 * count + width, count), np.float32)
    inner[:count] = 3 * np.eye(count)
    outer = np.concatenate([SURE * np.eye(count)] * 2 + [SURE * np.eye(count)[:, 1:2]], axis=1)
    np.savez(
        tmp_path / ARRAYS,
        pieces=(127 * np.eye(width)).astype(np.int8),
        steps=np.full((width, 1), 1 / 127, np.float32),
        casings=np.zeros((CASINGS, width), np.float32),
        attention=np.zeros(width, np.float32),
        filters=filters.reshape(width, 3 * count),
        filter_offsets=np.zeros(count, np.float32),
        inner=inner,
        inner_offsets=np.zeros(count, np.float32),
        outer=outer.astype(np.float32),
        outer_offsets=np.full(outer.shape[1], -SURE / 2, np.float32),
    )
    write_manifest(tmp_path)
    return tmp_path


def write_manifest(folder: Path, **changes: Any) -> None:
    """Write the manifest of the weights in a folder."""
    manifest = {
        "name": "topics",
        "version": "9.9.9",
        "topics": list(TOPICS.values()),
        "below": [EVENT],
        "thresholds": {"main": 0.5, "other": 0.5, "below": 0.5},
        "calibration": [[1.0, 0.0], [1.0, 0.0]],
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ARRAYS, TOKENIZER)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def find(folder: Path, headline: str, body: str = "") -> list[str]:
    """Return the ids of the topics of a text."""
    return [reading.id for reading in load_topic_classifier(folder).classify(headline, body)]


@pytest.mark.parametrize(
    ("headline", "body", "topics"),
    [
        ("A storm", "", [TOPICS["storm"]]),
        ("", "The STORM came.", [TOPICS["storm"]]),
        ("A match", "It is late.", [TOPICS["match"], EVENT]),
        ("A storm", "The vote is late.", [TOPICS["storm"], TOPICS["vote"]]),
        ("Late", "It is late.", []),
        ("", "", []),
        ("💥", "\x00", []),
    ],
)
def test_topics_are_those_of_the_words(folder: Path, headline: str, body: str, topics: list[str]) -> None:
    """Headline and body are read; a topic below follows its parent; a text without a telling word has no topic."""
    assert find(folder, headline, body) == topics


def test_capitals_can_change_the_answer(folder: Path) -> None:
    """The vector of a casing is added to that of a piece: here it takes the meaning from words in capitals."""
    with np.load(folder / ARRAYS) as loaded:
        arrays = dict(loaded)
    arrays["casings"][UPPER] = -1
    np.savez(folder / ARRAYS, **arrays)
    write_manifest(folder)
    assert find(folder, "a storm") == [TOPICS["storm"]]
    assert find(folder, "A STORM") == []


def test_there_are_few_topics(folder: Path) -> None:
    """A text has at most three topics of the top level."""
    found = find(folder, " ".join(TOPICS))
    assert len([topic for topic in found if topic != EVENT]) == MOST_TOPICS


def test_only_the_beginning_is_read(folder: Path) -> None:
    """Words after the first pieces change nothing, however long the text is."""
    assert find(folder, "a " * (PIECES - 1) + "storm") == [TOPICS["storm"]]
    assert find(folder, "a " * PIECES + "storm") == []
    assert find(folder, "storm", "a match " * 1_000_000) == [TOPICS["storm"], TOPICS["match"], EVENT]


@pytest.mark.parametrize("name", [ARRAYS, TOKENIZER, MANIFEST])
def test_missing_or_changed_weights_are_an_error(folder: Path, name: str) -> None:
    """The service does not start with weights that are not what their manifest says."""
    (folder / name).write_bytes(b"changed")
    with pytest.raises(ConfigurationError, match="install the package again"):
        load_topic_classifier(folder)
    (folder / name).unlink()
    with pytest.raises(ConfigurationError, match=str(folder)):
        load_topic_classifier(folder)


def test_unknown_topics_are_an_error(folder: Path) -> None:
    """Weights for another taxonomy are an error that names the topic."""
    write_manifest(folder, below=["medtop:99999999"])
    with pytest.raises(ConfigurationError, match="medtop:99999999"):
        load_topic_classifier(folder)


def test_events_name_the_weights(folder: Path) -> None:
    """Name and version come from the manifest, and the digest is that of the manifest."""
    identity = load_topic_classifier(folder).identity
    assert (identity.name, identity.version) == ("topics", "9.9.9")
    assert identity.sha256 == hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


def test_other_topics_must_be_surer_than_the_main_one(folder: Path) -> None:
    """The first topic is named from a lower probability on; the second one needs more."""
    write_manifest(folder, thresholds={"main": 0.5, "other": 0.99999, "below": 0.99999})
    assert len(find(folder, "storm vote")) == 1


def add_states(folder: Path) -> None:
    """Add a network over states of two numbers: the second one means a storm, and the first one its state counts."""
    count = len(TOPICS)
    outer = np.zeros((1, 2 * count + 1), np.float16)
    outer[0, [0, count]] = 4 * SURE
    np.savez(
        folder / "accurate.npz",
        queries=np.array([[50.0], [0.0]], np.float32),
        scales=np.ones(2, np.float32),
        inner=np.array([[0], [127]], np.int8),
        inner_steps=np.array([3 / 127], np.float32),
        inner_offsets=np.zeros(1, np.float32),
        outer=outer,
        outer_offsets=np.full(2 * count + 1, -SURE, np.float32),
    )
    trained = {"file": "accurate.npz", "calibration": [[1.0, 0.0], [1.0, 0.0]]}
    names = (ARRAYS, TOKENIZER, "accurate.npz")
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    write_manifest(folder, states={"accurate": trained}, files=files)


STORM_STATES = [np.array([[0, -1]], np.float32), np.array([[0, -1], [1, 1]], np.float32)]
"""States of two passages; the last state counts, and means a storm."""


def test_states_of_the_encoder_are_read_with_the_words(folder: Path) -> None:
    """The states of all passages are pooled, and their answer is added to that of the words."""
    add_states(folder)
    classifier = load_topic_classifier(folder, profile="accurate")
    found = {reading.id for reading in classifier.classify("Late", "It is late.", STORM_STATES)}
    assert found == {TOPICS["storm"]}
    assert [*classifier.classify("Late", "It is late.")] == []
    assert [*classifier.classify("", "", STORM_STATES)] == []


@pytest.mark.parametrize("profile", ["fast", None])
def test_states_of_another_encoder_are_not_read(folder: Path, profile: Profile | None) -> None:
    """A profile without a network over its states, or an encoder of one's own, has the topics of the words alone."""
    add_states(folder)
    classifier = load_topic_classifier(folder, profile=profile)
    assert [*classifier.classify("Late", "It is late.", STORM_STATES)] == []


def test_changed_weights_for_states_are_an_error(folder: Path) -> None:
    """They are verified as the other files are."""
    add_states(folder)
    (folder / "accurate.npz").write_bytes(b"changed")
    with pytest.raises(ConfigurationError, match="install the package again"):
        load_topic_classifier(folder, profile="accurate")
