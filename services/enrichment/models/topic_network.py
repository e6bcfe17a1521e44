"""The classifier of topics: a small convolutional network over word pieces (Kim 2014, arXiv:1408.5882), in NumPy.

A few distinctive words show the topic, so that short runs of pieces and their strongest answers are enough. The
network costs a fraction of the encoder. It answers for one text at a time, so that an answer never depends on other
texts.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.contracts.media_topics import read_topics
from services.enrichment.encoder import Identity
from services.enrichment.models.heads import Floats
from services.enrichment.models.piece_cutter import PieceCutter, open_cutter
from services.enrichment.models.topic_states import StateNetwork
from services.enrichment.models.weights import read_file, read_verified
from services.enrichment.options import Profile
from services.enrichment.topics import States, TopicReading
from services.errors import ConfigurationError

PIECES: Final = 96
"""Word pieces of a text that are read: the headline and the first sentences, of which labels were given."""

CHARACTERS: Final = 600
"""Code points of headline and body that are cut into pieces: in nearly every text more than PIECES of them need."""

MOST_TOPICS: Final = 3
"""Topics of the top level that a text has at most: more than three are never what an article is about."""

CONFIDENCE_DIGITS: Final = 4
"""Decimals of a confidence in events."""

REMEDY: Final = "install the package again"

MANIFEST: Final = "manifest.json"
ARRAYS: Final = "topics.npz"
TOKENIZER: Final = "tokenizer.json"


class Arrays(NamedTuple):
    """The weights of the network, in the order of its steps."""

    pieces: NDArray[np.int8]
    """Vectors of the pieces (pieces, width), in steps of `steps`."""
    steps: Floats
    """Step of each piece's vector (pieces, 1)."""
    casings: Floats
    """Vectors that are added to those of the pieces (casings, width), by which the network sees names."""
    attention: Floats
    """Weights of the attention (width,)."""
    filters: Floats
    """Filters over three neighbouring pieces (width, 3 x filters): their parts for the piece before, the piece itself
    and the piece after; with their offsets."""
    filter_offsets: Floats
    inner: Floats
    """Hidden layer (2 x filters + width, inner), with its offsets."""
    inner_offsets: Floats
    outer: Floats
    """Answers (inner, 2 x topics + topics below): main topic, each topic, each of the second level; with offsets."""
    outer_offsets: Floats


class TopicNetwork:
    """A classifier of topics from a folder of weights."""

    def __init__(
        self,
        arrays: Arrays,
        manifest: dict[str, Any],
        identity: Identity,
        cutter: PieceCutter,
        states: StateNetwork | None = None,
    ) -> None:
        self._arrays = arrays
        self._states = states
        self._topics: list[str] = manifest["topics"]
        self._below = _group_below(manifest["topics"], manifest["below"])
        self._thresholds: dict[str, float] = manifest["thresholds"]
        self._calibration: list[list[float]] = manifest["calibration"]
        self._identity = identity
        self._cutter = cutter

    @classmethod
    def from_folder(cls, folder: Path, profile: Profile | None = None) -> TopicNetwork:
        """Load the weights in `folder`, with those for the states of a profile's encoder if there are some.

        Raises ConfigurationError when they are missing or differ from their manifest.
        """
        manifest_bytes = read_file(folder / MANIFEST, REMEDY)
        try:
            manifest = json.loads(manifest_bytes)
            digests = manifest["files"]
            contents = {name: read_verified(folder / name, digests[name], REMEDY) for name in digests}
            unknown = [topic for topic in (*manifest["topics"], *manifest["below"]) if topic not in read_topics()]
            if unknown:
                raise ConfigurationError(f"{folder / MANIFEST} names topics that the taxonomy lacks: {unknown}")
            with np.load(io.BytesIO(contents[ARRAYS])) as loaded:
                arrays = Arrays(**{name: loaded[name] for name in Arrays._fields})
            trained = manifest.get("states", {}).get(profile)
            states = StateNetwork.from_bytes(contents[trained["file"]], trained["calibration"]) if trained else None
        except (KeyError, ValueError) as error:
            raise ConfigurationError(
                f"{folder} has no weights of a classifier of topics: {error!r}; {REMEDY}"
            ) from error
        identity = Identity(manifest["name"], manifest["version"], hashlib.sha256(manifest_bytes).hexdigest())
        return cls(arrays, manifest, identity, open_cutter(contents[TOKENIZER].decode()), states)

    @property
    def identity(self) -> Identity:
        """The weights that answer."""
        return self._identity

    def classify(self, headline: str, body: str, states: States = ()) -> list[TopicReading]:
        """Return the topics of a text, the main one first, at most MOST_TOPICS of the top level.

        Empty if the text has no word or no topic is sure enough.
        """
        logits = self.compute_logits(headline, body, states)
        if logits is None:
            return []
        calibration = self._states.calibration if self._states and states else self._calibration
        count = len(self._topics)
        confidences = _calibrate(logits[count : 2 * count], calibration[0])
        below = _calibrate(logits[2 * count :], calibration[1])
        best = np.argsort(-logits[:count], kind="stable")[:MOST_TOPICS].tolist()
        readings = []
        for rank, index in enumerate(best):
            if confidences[index] >= self._thresholds["other" if rank else "main"]:
                readings.append(_build_reading(self._topics[index], confidences[index]))
                readings.extend(self._read_below(index, below))
        return readings

    def compute_logits(self, headline: str, body: str, states: States = ()) -> Floats | None:
        """Return the logits of a text: of the main topic, each topic, each of the second level. None without a word.

        They are the mean of what the words and what the states say: the two networks learned apart from each other, and
        are wrong about different texts.
        """
        ids, casings = self._cutter.cut_cased(f"{headline}\n{body[:CHARACTERS]}"[:CHARACTERS])
        if not len(ids):
            return None
        logits = self._run(ids[:PIECES], casings[:PIECES])
        if not (self._states and states):
            return logits
        mean: Floats = (logits + self._states.run(states)) * np.float32(0.5)
        return mean

    def _read_below(self, index: int, confidences: Floats) -> list[TopicReading]:
        """Return the likeliest topic below a topic of the top level, if it is sure enough."""
        members = self._below[index]
        if not members:
            return []
        place, topic = max(members, key=lambda member: confidences[member[0]])
        return [_build_reading(topic, confidences[place])] if confidences[place] >= self._thresholds["below"] else []

    def _run(self, ids: NDArray[np.integer[Any]], casings: NDArray[np.integer[Any]]) -> Floats:
        """Return the logits of a text's pieces: those of the main topic, then those of each topic."""
        arrays = self._arrays
        vectors = arrays.pieces[ids].astype(np.float32) * arrays.steps[ids] + arrays.casings[casings]
        before, answers, after = np.split(vectors @ arrays.filters, 3, axis=1)
        answers[1:] += before[:-1]
        answers[:-1] += after[1:]
        answers = np.maximum(answers + arrays.filter_offsets, 0)
        weights = _softmax(vectors @ arrays.attention)
        pooled = [answers.max(0), answers.sum(0) / np.sqrt(np.float32(len(ids))), weights @ vectors]
        hidden = np.tanh(np.concatenate(pooled) @ arrays.inner + arrays.inner_offsets)
        logits: Floats = hidden @ arrays.outer + arrays.outer_offsets
        return logits


def _group_below(topics: list[str], below: list[str]) -> list[list[tuple[int, str]]]:
    """Return for each topic of the top level the topics below it, each with its place among the answers."""
    parents = [read_topics()[topic].parent for topic in below]
    return [[(place, below[place]) for place, parent in enumerate(parents) if parent == topic] for topic in topics]


def _calibrate(logits: Floats, line: list[float]) -> Floats:
    slope, offset = line
    confidences: Floats = np.exp(-np.logaddexp(0, -(slope * logits + offset)))  # the logistic, without overflow
    return confidences


def _build_reading(topic: str, confidence: np.floating[Any]) -> TopicReading:
    return TopicReading(topic, round(float(confidence), CONFIDENCE_DIGITS))


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    shares: Floats = powers / powers.sum()
    return shares
