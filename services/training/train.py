"""The training step: corpus, network and loop put together."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from services.enrichment.models.pieces import PieceCutter
from services.training.augment import collect_names
from services.training.base import TOKENIZER, WEIGHTS, Base, read_base, sha256_of
from services.training.batches import Batch, make_epoch
from services.training.corpus import corpus_files, read_corpus
from services.training.loop import Progress, Trainer, TrainingOptions
from services.training.network import Network, load_base


def train(data: Path, run: Path, arguments: Namespace) -> Progress:
    """Train the network of `run` on what lies under `data`; goes on where a killed run stopped."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    base = read_base(run / "base")
    options = TrainingOptions(
        seed=arguments.seed,
        minutes=arguments.minutes,
        steps=arguments.steps,
        encoder_rate=arguments.encoder_rate,
        head_rate=arguments.head_rate,
    )
    corpus = read_corpus(data)
    _write_inputs(data, run, base, options, Counter({name: len(examples) for name, examples in corpus.items()}))
    names = collect_names(example for examples in corpus.values() for example in examples)
    cutter = PieceCutter.from_file(run / "base" / TOKENIZER)

    def epochs(epoch: int) -> Iterator[Batch]:
        return make_epoch(corpus, names, cutter, budget=options.piece_budget, seed=options.seed, epoch=epoch)

    torch.manual_seed(options.seed)
    network = Network(base.shape)
    load_base(network, run / "base" / WEIGHTS)
    return Trainer(network, epochs, options, run).run()


def _write_inputs(data: Path, run: Path, base: Base, options: TrainingOptions, rows: Counter[str]) -> None:
    """Put what goes into the run on record, for the manifest and the model card."""
    inputs = {
        "base": asdict(base),
        "shape": asdict(base.shape),
        "data": {name: sha256_of(data / name) for name in corpus_files()},
        "examples": dict(sorted(rows.items())),
        "options": asdict(options),
        "torch": torch.__version__,
    }
    (run / "inputs.json").write_text(json.dumps(inputs, indent=2) + "\n", encoding="utf-8")
