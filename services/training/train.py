"""The steps `train` and `prune`: they connect corpus, network and training loop."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import torch

from services.enrichment.models.piece_cutter import PieceCutter
from services.training.augment import collect_names
from services.training.base import TOKENIZER, WEIGHTS, read_base
from services.training.batches import Batch, make_epoch
from services.training.corpus import Example, list_corpus_files, read_corpus
from services.training.label import RECORD, SentencesToVary, build_soft_sentence
from services.training.labelled_sentence import LabelledSentence
from services.training.loop import Trainer, TrainingOptions, TrainingProgress, open_network
from services.training.manifest import compute_sha256, read_record, write_record
from services.training.network import Network, load_base
from services.training.prune import prune_network
from services.training.shape import Shape
from services.training.swap_names import NamePools
from services.training.taught_sentences import read_labels

START: Final = "start.pt"
"""File of the network that was pruned from another one, in a student's folder."""

START_RECORD: Final = "start.json"

VARIED_SET: Final = "newsmtsc-train"
"""Set whose sentences are also labelled with other names: full sentences, with sentiment toward persons and parties."""

Corpus = dict[str, list[Example]]
Epochs = Callable[[int], Iterator[Batch]]


def train(data: Path, run: Path, options: TrainingOptions, *, labels: Path | None, threads: int) -> TrainingProgress:
    """Train the network of `run` on the sets under `data`; a run that was killed continues where it stopped.

    With `labels`, a folder that the step `label` wrote, the network learns from teachers too. `threads` is the number
    of CPU threads; 0 leaves it to torch.
    """
    if threads:
        torch.set_num_threads(threads)
    corpus = read_corpus(data)
    cutter = PieceCutter.from_file(run / "base" / TOKENIZER)
    soft_sentences = _read_soft_sentences(labels, cutter) if labels else []
    torch.manual_seed(options.seed)
    network, origin = open_start(run)
    inputs = {
        "base": origin,
        "shape": asdict(network.shape),
        "data": {name: compute_sha256(data / name) for name in list_corpus_files()},
        "examples": {name: len(examples) for name, examples in sorted(corpus.items())},
        "labels": read_record(labels / RECORD) | {"sentences": len(soft_sentences)} if labels else None,
        "options": asdict(options),
        "torch": torch.__version__,
    }
    write_record(run / "inputs.json", inputs)
    return Trainer(network, _make_epochs(corpus, cutter, options, soft_sentences), options, run).run()


def read_sentences_to_vary(data: Path, times: int) -> SentencesToVary:
    """Return the sentences of NewsMTSC that are not held back, to be labelled as they are and with other names."""
    corpus = read_corpus(data)
    names = collect_names(example for examples in corpus.values() for example in examples)
    return SentencesToVary(sorted(example.text for example in corpus[VARIED_SET]), NamePools.from_names(names), times)


def start_student(data: Path, source: Path, run: Path, layers: list[int], changed: dict[str, Any], seed: int) -> Shape:
    """Start a student in `run` from the blocks `layers` of the trained network of the run `source`.

    `changed` has the fields of Shape in which the student differs from its source.
    """
    corpus = read_corpus(data)
    cutter = PieceCutter.from_file(source / "base" / TOKENIZER)
    options = TrainingOptions(seed=seed, steps=1)
    batches = _make_epochs(corpus, cutter, options, [])(0)
    trained = open_network(source).cpu()
    heads = changed.get("width", trained.shape.width) * trained.shape.heads // trained.shape.width
    shape = replace(trained.shape, layers=len(layers), heads=heads, **changed)
    network = prune_network(trained, layers, shape, batches)
    (run / "base").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "base" / TOKENIZER, run / "base" / TOKENIZER)
    torch.save(network.state_dict(), run / "base" / START)
    trained_first = read_record(source / "inputs.json")
    origin = {key: value for key, value in trained_first["base"].items() if key != "published"}
    record = {**origin, "shape": asdict(network.shape), "blocks": layers, "source": trained_first}
    write_record(run / "base" / START_RECORD, record)
    return network.shape


def open_start(run: Path) -> tuple[Network, dict[str, Any]]:
    """Return the network from which a run starts, and the record of its origin."""
    if not (run / "base" / START_RECORD).exists():
        base = read_base(run / "base")
        network = Network(base.shape)
        load_base(network, run / "base" / WEIGHTS)
        return network, asdict(base)
    origin = read_record(run / "base" / START_RECORD)
    network = Network(Shape(**origin["shape"]))
    network.load_state_dict(torch.load(run / "base" / START, weights_only=True))
    return network, origin


def _make_epochs(
    corpus: Corpus, cutter: PieceCutter, options: TrainingOptions, soft_sentences: list[LabelledSentence]
) -> Epochs:
    names = collect_names(example for examples in corpus.values() for example in examples)

    def epochs(epoch: int) -> Iterator[Batch]:
        return make_epoch(
            corpus,
            names,
            cutter,
            budget=options.piece_budget,
            seed=options.seed,
            epoch=epoch,
            soft_sentences=soft_sentences,
            repeats=options.repeats,
        )

    return epochs


def _read_soft_sentences(folder: Path, cutter: PieceCutter) -> list[LabelledSentence]:
    labelled = (build_soft_sentence(sentence, cutter) for sentence in read_labels(folder))
    return [sentence for sentence in labelled if sentence is not None]
