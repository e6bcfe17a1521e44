"""The training steps: corpus, network and loop put together."""

from __future__ import annotations

import json
import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import torch

from services.enrichment.models.piece_cutter import PieceCutter
from services.training.augment import collect_names
from services.training.base import TOKENIZER, WEIGHTS, read_base, sha256_of
from services.training.batches import REPEATS, Batch, Labelled, make_epoch
from services.training.corpus import SOURCES, Example, corpus_files, read_corpus
from services.training.label import RECORD, Judged, label_taught, read_labels
from services.training.loop import Trainer, TrainingOptions, TrainingProgress, open_network
from services.training.network import Network, load_base
from services.training.prune import cut_network
from services.training.shape import Shape
from services.training.swap_names import Pools

START: Final = "start.pt"
"""A network that was cut out of another one, in a student's folder."""

START_RECORD: Final = "start.json"

JUDGED: Final = "newsmtsc-train"
"""Set whose sentences are labelled under other names: in full sentences, toward persons and parties."""

Corpus = dict[str, list[Example]]
Epochs = Callable[[int], Iterator[Batch]]


def train(data: Path, run: Path, arguments: Namespace) -> TrainingProgress:
    """Train the network of `run` on what lies under `data`; goes on where a killed run stopped.

    With labels that teachers wrote, the network learns from them as well.
    """
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    options = TrainingOptions(
        seed=arguments.seed,
        minutes=arguments.minutes,
        steps=arguments.steps,
        encoder_rate=arguments.encoder_rate,
        head_rate=arguments.head_rate,
        sentiment=arguments.sentiment_weights[0],
        soft_sentiment=arguments.sentiment_weights[1],
        repeats=REPEATS | _read_repeats(arguments.repeat),
    )
    corpus = read_corpus(data)
    cutter = PieceCutter.from_file(run / "base" / TOKENIZER)
    taught = _read_taught(arguments.labels, cutter) if arguments.labels else []
    torch.manual_seed(options.seed)
    network, origin = _open_start(run)
    inputs = {
        "base": origin,
        "shape": asdict(network.shape),
        "data": {name: sha256_of(data / name) for name in corpus_files()},
        "examples": {name: len(examples) for name, examples in sorted(corpus.items())},
        "labels": _read_record(arguments.labels / RECORD) | {"sentences": len(taught)} if arguments.labels else None,
        "options": asdict(options),
        "torch": torch.__version__,
    }
    _write_record(run / "inputs.json", inputs)
    return Trainer(network, _make_epochs(corpus, cutter, options, taught), options, run).run()


def read_judged(data: Path, times: int) -> Judged:
    """Return the sentences of NewsMTSC that are not held back, to be labelled once more with other names."""
    corpus = read_corpus(data)
    names = collect_names(example for examples in corpus.values() for example in examples)
    return Judged(sorted(example.text for example in corpus[JUDGED]), Pools.of(names), times)


def cut(data: Path, source: Path, run: Path, layers: list[int], changed: dict[str, Any], seed: int) -> Shape:
    """Start a student in `run` from the blocks `layers` of the network that `source` trained.

    `changed` are the fields of Shape in which the student differs.
    """
    corpus = read_corpus(data)
    cutter = PieceCutter.from_file(source / "base" / TOKENIZER)
    options = TrainingOptions(seed=seed, steps=1)
    batches = _make_epochs(corpus, cutter, options, [])(0)
    trained = open_network(source).cpu()
    heads = changed.get("width", trained.shape.width) * trained.shape.heads // trained.shape.width
    shape = replace(trained.shape, layers=len(layers), heads=heads, **changed)
    network = cut_network(trained, layers, shape, batches)
    (run / "base").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "base" / TOKENIZER, run / "base" / TOKENIZER)
    torch.save(network.state_dict(), run / "base" / START)
    trained_first = _read_record(source / "inputs.json")
    origin = {key: value for key, value in trained_first["base"].items() if key != "published"}
    record = {**origin, "shape": asdict(network.shape), "blocks": layers, "source": trained_first}
    _write_record(run / "base" / START_RECORD, record)
    return network.shape


def _open_start(run: Path) -> tuple[Network, dict[str, Any]]:
    """Return the network that a run starts with, and where it comes from, for the record."""
    if not (run / "base" / START_RECORD).exists():
        base = read_base(run / "base")
        network = Network(base.shape)
        load_base(network, run / "base" / WEIGHTS)
        return network, asdict(base)
    origin = _read_record(run / "base" / START_RECORD)
    network = Network(Shape(**origin["shape"]))
    network.load_state_dict(torch.load(run / "base" / START, weights_only=True))
    return network, origin


def _read_repeats(given: list[tuple[str, str]]) -> dict[str, int]:
    unknown = sorted({name for name, _ in given} - SOURCES.keys())
    if unknown:
        raise ValueError(f"no such training set: {', '.join(unknown)}; there are {', '.join(SOURCES)}")
    return {name: int(times) for name, times in given}


def _make_epochs(corpus: Corpus, cutter: PieceCutter, options: TrainingOptions, taught: list[Labelled]) -> Epochs:
    names = collect_names(example for examples in corpus.values() for example in examples)

    def epochs(epoch: int) -> Iterator[Batch]:
        return make_epoch(
            corpus,
            names,
            cutter,
            budget=options.piece_budget,
            seed=options.seed,
            epoch=epoch,
            taught=taught,
            repeats=options.repeats,
        )

    return epochs


def _read_taught(folder: Path, cutter: PieceCutter) -> list[Labelled]:
    labelled = (label_taught(sentence, cutter) for sentence in read_labels(folder))
    return [sentence for sentence in labelled if sentence is not None]


def _read_record(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def _write_record(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
