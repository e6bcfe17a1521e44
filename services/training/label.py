"""The step `label`: probabilities of trained networks (teachers) for unlabelled articles, for students to learn from.

Knowledge distillation after Hinton, Vinyals and Dean 2015 (arXiv:1503.02531): a student learns the teachers'
probabilities. Teachers read whole windows of an article, so that a student, which reads single sentences, also learns
what their neighbours reveal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from services.enrichment.entities.sentences import split_fields
from services.enrichment.models.piece_cutter import PieceCutter
from services.enrichment.models.pieces import Pieces, Span
from services.enrichment.models.tag_decoding import DecodedSpan, decode_spans
from services.enrichment.models.windows import MAX_PIECES, SPECIALS
from services.training.base import TOKENIZER
from services.training.batches import collate, find_positions
from services.training.labelled_sentence import LabelledSentence, SoftLabels
from services.training.loop import mean_spans, open_network
from services.training.manifest import compute_sha256, read_record, write_record
from services.training.network import Network
from services.training.rows import read_rows
from services.training.swap_names import NamePools, vary_sentences
from services.training.taught_sentences import HalfFloats, TaughtSentence, read_labels, read_parts, write_part

WINDOW_PIECES: Final = 160
"""Most pieces of an article that a teacher reads together, within the range that it was trained on."""

BATCH_WINDOWS: Final = 16

ARTICLE_WORDS: Final = 700
"""Most words of one article that are read, because later words mostly repeat its names."""

PART_ARTICLES: Final = 250
"""Articles in one file; a step that was killed continues with the first missing file."""

RECORD: Final = "labels.json"

SMALLEST: Final = 1e-7
"""Lower bound of a probability before its logarithm is computed."""


@dataclass(frozen=True, slots=True)
class SentencesToVary:
    """Sentences with sentiment labels, and the names with which each is varied so many `times`."""

    sentences: Sequence[str]
    pools: NamePools
    times: int


def write_labels(
    teachers: Sequence[Path],
    articles: Sequence[Path],
    out: Path,
    words: int,
    to_vary: SentencesToVary | None = None,
) -> int:
    """Label articles (`title`, `text`) with the mean of the teachers; return the number of labelled sentences.

    At most about `words` words are read in all: each file, in order, is thinned evenly to its share. The sentences of
    `to_vary` are labelled as they are and with other names.
    """
    out.mkdir(parents=True, exist_ok=True)
    networks = [open_network(run) for run in teachers]
    cutter = PieceCutter.from_file(teachers[0] / "base" / TOKENIZER)
    chosen = list(_select_articles(articles, words))
    _write_parts(out, "part", chosen, networks, cutter)
    if to_vary:
        _write_parts(out, "judged", [[text] for text in to_vary.sentences], networks, cutter)
        found = (_find_names(sentence, cutter) for sentence in read_parts(out, "judged"))
        varied = vary_sentences(found, to_vary.pools, to_vary.times)
        _write_parts(out, "varied", [[text] for text in varied], networks, cutter)
    record = {
        "teachers": [read_record(run / "inputs.json") for run in teachers],
        "articles": {path.name: compute_sha256(path) for path in articles},
        "words": words,
        "read": len(chosen),
        "varied": to_vary.times if to_vary else 0,
    }
    write_record(out / RECORD, record)
    return sum(1 for _ in read_labels(out))


def _write_parts(
    out: Path, kind: str, articles: Sequence[list[str]], networks: Sequence[Network], cutter: PieceCutter
) -> None:
    for number, start in enumerate(range(0, len(articles), PART_ARTICLES)):
        path = out / f"{kind}-{number:04d}.npz"
        if not path.exists():
            write_part(path, _label_articles(articles[start : start + PART_ARTICLES], networks, cutter))


def _find_names(sentence: TaughtSentence, cutter: PieceCutter) -> tuple[str, list[Span], list[DecodedSpan]]:
    pieces = cutter.cut(sentence.text)
    words = [word for word, head in zip(pieces.words, pieces.heads, strict=True) if head >= 0]
    return sentence.text, words, decode_spans([np.exp(sentence.tags.astype(float))])[0]


def build_soft_sentence(sentence: TaughtSentence, cutter: PieceCutter) -> LabelledSentence | None:
    """Build a sentence for a batch; None when it has no word or is longer than a window."""
    pieces = cutter.cut(sentence.text)
    heads = tuple(head for head in pieces.heads if head >= 0)
    if not heads or len(pieces.ids) > MAX_PIECES - SPECIALS:
        return None
    spans = tuple((int(first), int(last), 0) for first, last in sentence.spans)
    return LabelledSentence(pieces, heads, (), spans, SoftLabels(np.exp(sentence.tags), np.exp(sentence.polarities)))


def _select_articles(articles: Sequence[Path], words: int) -> Iterator[list[str]]:
    """Yield the sentences of each selected article."""
    for position, path in enumerate(articles):
        rows = [_read_fields(row) for row in read_rows(path)]
        total = sum(min(len(text.split()), ARTICLE_WORDS) for fields in rows for text in fields.values())
        share = min(1.0, words / (len(articles) - position) / max(total, 1))
        kept = [rows[int(index / share)] for index in range(int(len(rows) * share))]
        words -= int(total * share)
        for fields in kept:
            yield [sentence.text for sentence in split_fields(fields, ARTICLE_WORDS)[0]]


def _read_fields(row: dict[str, Any]) -> dict[str, str]:
    return {"headline": row.get("title") or "", "body": row["text"]}


def _label_articles(
    articles: Iterable[Sequence[str]], networks: Sequence[Network], cutter: PieceCutter
) -> Iterator[TaughtSentence]:
    windows: list[list[tuple[str, Pieces]]] = []
    for sentences in articles:
        windows += _pack_windows([(text, cutter.cut(text)) for text in sentences])
    windows.sort(key=lambda window: sum(len(pieces.ids) for _, pieces in window))
    for start in range(0, len(windows), BATCH_WINDOWS):
        yield from _label_windows(windows[start : start + BATCH_WINDOWS], networks)


def _pack_windows(sentences: Iterable[tuple[str, Pieces]]) -> Iterator[list[tuple[str, Pieces]]]:
    window: list[tuple[str, Pieces]] = []
    size = 0
    for text, pieces in sentences:
        length = len(pieces.ids) + SPECIALS
        if length > MAX_PIECES or not any(head >= 0 for head in pieces.heads):
            continue
        if window and size + length > WINDOW_PIECES:
            yield window
            window, size = [], 0
        window.append((text, pieces))
        size += length
    if window:
        yield window


def _label_windows(
    windows: Sequence[Sequence[tuple[str, Pieces]]], networks: Sequence[Network]
) -> Iterator[TaughtSentence]:
    sentences = [sentence for window in windows for sentence in window]
    heads = [tuple(head for head in pieces.heads if head >= 0) for _, pieces in sentences]
    counts = [len(members) for members in heads]
    tags, hidden = _read_tags(windows, networks)
    by_sentence = np.split(tags, np.cumsum(counts)[:-1])
    spans = [
        [(members[span.start], _find_end(members, span.end, pieces)) for span in found] + [(0, len(pieces.ids))]
        for members, found, (_, pieces) in zip(heads, decode_spans(by_sentence), sentences, strict=True)
    ]
    polarities = _read_polarities(windows, spans, networks, hidden)
    sizes = np.cumsum([len(members) for members in spans])[:-1]
    for (text, _), own, places, judged in zip(sentences, by_sentence, spans, np.split(polarities, sizes), strict=True):
        yield TaughtSentence(text, _compute_logarithm(own), np.array(places, np.int16), _compute_logarithm(judged))


def _find_end(heads: Sequence[int], end: int, pieces: Pieces) -> int:
    """Return the piece after a span that ends before word `end`."""
    return heads[end] if end < len(heads) else len(pieces.ids)


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def _read_tags(
    windows: Sequence[Sequence[tuple[str, Pieces]]], networks: Sequence[Network]
) -> tuple[NDArray[np.float64], list[Tensor]]:
    """Return mean tag probabilities (words, tags), and the hidden states of each network."""
    batch = collate([[_build_unlabelled(pieces) for _, pieces in window] for window in windows])
    hidden = []
    for network in networks:
        device = next(network.parameters()).device
        with torch.autocast(device.type, dtype=torch.bfloat16):
            states = network(batch.ids.to(device), batch.casings.to(device), batch.mask.to(device))
        hidden.append(states.flatten(0, 1))
    scores = [
        network.tag(states[batch.gold.words.to(states.device)].float()).softmax(-1)
        for network, states in zip(networks, hidden, strict=True)
    ]
    probabilities: NDArray[np.float64] = torch.stack(scores).mean(0).double().cpu().numpy()
    return probabilities, hidden


@torch.no_grad()  # type: ignore[misc, unused-ignore, untyped-decorator]
def _read_polarities(
    windows: Sequence[Sequence[tuple[str, Pieces]]],
    spans: Sequence[Sequence[tuple[int, int]]],
    networks: Sequence[Network],
    hidden: Sequence[Tensor],
) -> NDArray[np.float64]:
    """Return mean polarity probabilities (spans, polarities) of all spans, sentence by sentence."""
    following = iter(spans)
    positions = find_positions(
        [[_build_unlabelled(pieces, next(following)) for _, pieces in window] for window in windows]
    )
    count = len(positions.firsts)
    scores = []
    for network, states in zip(networks, hidden, strict=True):
        device = states.device
        means = mean_spans(states.float(), positions.span_pieces.to(device), positions.span_ids.to(device), count)
        scores.append(network.judge(means, states[positions.firsts.to(device)].float()).softmax(-1))
    probabilities: NDArray[np.float64] = torch.stack(scores).mean(0).double().cpu().numpy()
    return probabilities


def _build_unlabelled(pieces: Pieces, spans: Iterable[tuple[int, int]] = ()) -> LabelledSentence:
    heads = tuple(head for head in pieces.heads if head >= 0)
    return LabelledSentence(pieces, heads, ((),) * len(heads), tuple((first, last, 0) for first, last in spans))


def _compute_logarithm(probabilities: NDArray[np.float64]) -> HalfFloats:
    return np.log(np.maximum(probabilities, SMALLEST)).astype(np.float16)
