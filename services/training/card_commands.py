"""The commands that repeat the training of weights, from the record of their run."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

from services.training.base import BASES
from services.training.corpus import REPEATS, list_corpus_files

Record = dict[str, Any]
"""Inputs of a run, as its `inputs.json` and the manifest of its weights have them."""

Known = list[tuple[Record, str]]
"""Runs that exist at a place in the list of commands, each with its folder."""

RENAMED_STEPS: Final = {"thaw": "dequantise", "cut": "prune"}
"""Steps under the names that older records use, and their names now."""

STEP: Final = "python -m services.training"


def update_step_names(note: str) -> str:
    """Return a note of a record with the commands that it names as they are called now."""
    return re.sub(rf"(?<={re.escape(STEP)} )({'|'.join(RENAMED_STEPS)})\b", lambda match: RENAMED_STEPS[match[0]], note)


def build_repetition(manifest: Record, folder: str) -> str:
    """Return the section of the card with all commands; `folder` is the name of the folder of the weights."""
    files = ", ".join(f"`{path}`" for path in list_corpus_files())
    last = f"--run RUN --data DATA --weights {folder}"
    commands = [
        "pip install '.[training]'",
        *list_training_commands(manifest["inputs"]),
        *list_article_commands(manifest["article"]["inputs"]),
        f"{STEP} export --run RUN --article ARTICLE --data DATA --weights {folder} "
        f"--name {manifest['name']} --version {manifest['version']}{_build_shift(manifest['article'])}",
        f"{STEP} calibrate {last}",
        f"{STEP} evaluate {last}",
        f"{STEP} card --run RUN --weights {folder} --out model-card.md",
    ]
    listed = "\n".join(f"    {command}" for command in commands)
    return f"""## How to repeat it

{listed}

DATA contains {files}. A step that was killed continues where it stopped. `--steps` instead of `--minutes` makes the
number of steps independent of the machine's speed."""


def _build_shift(article: Record) -> str:
    shift = article.get("neutral_shift")
    return f" --neutral-shift {shift:g}" if shift is not None else ""


def list_training_commands(inputs: Record) -> list[str]:
    """Return the commands up to the trained network; those of a student begin with its source and its teachers."""
    known: Known = []
    return list(_list_commands(inputs, "RUN", known))


def list_article_commands(inputs: Record) -> Iterator[str]:
    """Yield the commands up to the network of the sentiment of articles in the folder ARTICLE, teachers first."""
    yield from _list_article_stage(inputs, "ARTICLE", [])


def _list_article_stage(inputs: Record, run: str, known: Known) -> Iterator[str]:
    """Yield the commands to a run: those of its earlier runs and teachers first.

    `known` collects the teachers, and the weights that are back in float, with their folders.
    """
    labels, earlier, given = inputs["labels"], inputs.get("earlier"), ""
    if earlier and "published" in earlier:
        yield from _reach(earlier, f"{run}_EARLIER", known, _list_article_run)
    elif earlier:
        yield from _list_article_stage(earlier, f"{run}_EARLIER", known)
    if earlier and labels and earlier["labels"] == labels:
        given = f" --labels {run}_EARLIER_LABELS.jsonl"
    elif labels:
        teachers = []
        for number, teacher in enumerate(labels["teachers"], 1):
            folder = f"{run}_TEACHER{number}"
            teachers.append((yield from _reach(teacher, folder, known, _list_article_run)))
        listed = " ".join(f"--teacher {teacher}" for teacher in teachers)
        yield f"{STEP} label-article {listed} --data DATA --out {run}_LABELS.jsonl"
        given = f" --labels {run}_LABELS.jsonl"
    yield from _list_article_run(inputs, run, known, given)


def _list_article_run(inputs: Record, run: str, known: Known, labels: str = "") -> Iterator[str]:
    """Yield the commands to one run from its start."""
    if published := inputs.get("published"):
        yield f"{STEP} dequantise --run {run} --weights {published['name']}-{published['version']}"
        return
    start, options = inputs["start"], inputs["options"]
    source = ""
    if "earlier" in inputs:
        source = f" --earlier {run}_EARLIER"
    elif "package" in start:
        yield f"{STEP} fetch --run {run} --base {_find_base_key(start)}"
    else:
        published = start["base"]["published"]
        folder = f"{published['name']}-{published['version']}"
        source = f" --source {folder.upper()}"
        if (start, folder) not in known:
            yield f"{STEP} dequantise --run {folder.upper()} --weights {folder}"
            known.append((start, folder))
    added = " --composed" if options.get("composed") else ""
    if inputs.get("topics"):
        added += " --topics TAUGHT.jsonl"
    for name in ("written_repeats", "fixed_layers", "earlier_share"):
        if options.get(name):
            added += f" --{name.replace('_', '-')} {options[name]:g}"
    yield (
        f"{STEP} train-article --run {run}{source} --data DATA --seed {options['seed']} --epochs {options['epochs']} "
        f"--encoder-rate {options['encoder_rate']:g} --labelled-repeats {options['labelled_repeats']}{added}{labels}"
    )


def find_source(base: Record) -> Record:
    """Return the record of the run from which a student was pruned."""
    if "source" in base:
        source: Record = base["source"]
        return source
    # Older records have no `source`: they name published weights next to the student's own origin, or nothing.
    origin = {key: value for key, value in base.items() if key != "blocks"}
    return {"base": origin, "shape": base["shape"], "options": {"minutes": 84}}


def _list_commands(inputs: Record, run: str, known: Known) -> Iterator[str]:
    """Yield the commands that lead to a run in the folder `run`; `known` collects the runs that exist by then."""
    base, labels = inputs["base"], inputs.get("labels")
    train = f"{STEP} train {_build_train_options(inputs, run)}"
    if run != "RUN" and (published := base.get("published")):
        yield f"{STEP} dequantise --run {run} --weights {published['name']}-{published['version']}"
    elif "blocks" not in base:
        yield f"{STEP} fetch --run {run} --base {_find_base_key(base)}"
        yield train
    else:
        prefix = "" if run == "RUN" else f"{run}_"
        source = yield from _reach(find_source(base), f"{prefix}SOURCE", known, _list_commands)
        teachers = []
        for number, teacher in enumerate(labels["teachers"] if labels else (), 1):
            teachers.append((yield from _reach(teacher, f"{prefix}TEACHER{number}", known, _list_commands)))
        if labels:
            given = " ".join(f"--teacher {teacher}" for teacher in teachers)
            articles = " ".join(f"--articles DATA/articles/{name}" for name in labels["articles"])
            varied = f" --data DATA --varied {labels['varied']}" if labels.get("varied") else ""
            yield f"{STEP} label --run {prefix}LABELS {given} {articles} --words {labels['words']}{varied}"
        yield f"{STEP} prune --run {run} --data DATA --source {source} {_build_prune_options(base)}"
        yield f"{train} --labels {prefix}LABELS" if labels else train


def _reach(
    inputs: Record, run: str, known: Known, list_commands: Callable[[Record, str, Known], Iterator[str]]
) -> Generator[str, None, str]:
    """Yield the commands to a run, if it does not exist yet, and return its folder."""
    for before, folder in known:
        if before == inputs:
            return folder
    yield from list_commands(inputs, run, known)
    known.append((inputs, run))
    return run


def _build_prune_options(base: Record) -> str:
    shape = base["shape"]
    layers = " ".join(f"--layer {block}" for block in base["blocks"])
    options = f"{layers} --intermediate {shape['intermediate']} --width {shape['width']}"
    return f"{options} --activation {shape['activation']}" if "activation" in shape else options


def _build_train_options(inputs: Record, run: str) -> str:
    options = inputs["options"]
    length = f"--steps {options['steps']}" if options.get("steps") else f"--minutes {options['minutes']:g}"
    given = [f"--run {run} --data DATA"]
    if "seed" in options:
        given.append(f"--seed {options['seed']}")
        given.append(f"--encoder-rate {options['encoder_rate']:g} --head-rate {options['head_rate']:g}")
    if options.get("keep_embeddings"):
        given.append("--keep-embeddings")
    if "soft_sentiment" in options:
        given.append(f"--sentiment-weights {options['sentiment']:g} {options['soft_sentiment']:g}")
    for name, times in sorted(options.get("repeats", {}).items()):
        if times != REPEATS.get(name, 1):
            given.append(f"--repeat {name}={times}")
    return " ".join([*given, length])


def _find_base_key(base: Record) -> str:
    return next(key for key, known in BASES.items() if known.package == base["package"])
