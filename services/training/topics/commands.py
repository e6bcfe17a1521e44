"""The commands that make the weights of topics: `python -m services.training topics STEP`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.enrichment.options import Profile

topics_app = typer.Typer(help="Make the weights of the classifier of topics.")

Data = Annotated[Path, typer.Option(help="Folder with topics/, sentiment/ and articles/.")]
Run = Annotated[Path, typer.Option(help="Folder of this training run.")]
Base = Annotated[Path, typer.Option(help="Folder with base weights, as `fetch` wrote them.")]
Labels = Annotated[Path, typer.Option(help="File that `topics teach` or `topics label` wrote.")]
Epochs = Annotated[int, typer.Option(help="Times that every text is read.")]
Threads = Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")]


@topics_app.command()
def teach(
    *,
    data: Data,
    base: Annotated[list[Path], typer.Option(help="Folder with base weights, as `fetch` wrote them; repeatable.")],
    out: Annotated[Path, typer.Option(help="File to write, in JSON Lines.")],
    threads: Threads = 0,
) -> None:
    """Let small networks over sentence embeddings label texts with topics."""
    from services.training.topics.teach import teach as write_taught

    print(f"{write_taught(data, base, out, threads=threads)} texts")


@topics_app.command()
def tune(
    *,
    data: Data,
    run: Run,
    base: Base,
    threads: Threads = 0,
) -> None:
    """Tune a pre-trained encoder on the labels, from end to end, as a teacher."""
    from services.training.topics.tune import TuneOptions
    from services.training.topics.tune import tune as tune_teacher

    tune_teacher(data, run, base, TuneOptions(), threads=threads)


@topics_app.command()
def label(
    *,
    data: Data,
    run: Run,
    base: Base,
    out: Annotated[Path, typer.Option(help="File to write, in JSON Lines.")],
    texts: Annotated[int, typer.Option(help="Number of texts without labels.")] = 20_000,
    threads: Threads = 0,
) -> None:
    """Let a tuned encoder label texts with topics."""
    from services.training.topics.tune import label as write_labels

    print(f"{write_labels(data, run, base, out, texts=texts, threads=threads)} texts")


@topics_app.command()
def train(
    *,
    data: Data,
    run: Run,
    base: Annotated[Path, typer.Option(help="Folder with base weights, whose word vectors are the start.")],
    labels: Labels,
    epochs: Epochs = 5,
    weights: Annotated[Path | None, typer.Option(help="Folder of exported weights that learn further.")] = None,
    threads: Threads = 0,
) -> None:
    """Train the network of topics."""
    from services.training.topics.train import TopicOptions, train_topics

    train_topics(data, run, base, labels, TopicOptions(epochs=epochs), weights=weights, threads=threads)


@topics_app.command()
def train_states(
    *,
    data: Data,
    run: Run,
    labels: Labels,
    profile: Annotated[Profile, typer.Option(help="Profile whose encoder gives the states.")] = "accurate",
    epochs: Epochs = 4,
    threads: Threads = 0,
) -> None:
    """Train the network that reads topics from the states of an encoder."""
    from services.training.topics.states import StateOptions
    from services.training.topics.states import train_states as train_on_states

    train_on_states(data, run, profile, labels, StateOptions(epochs=epochs), threads=threads)


@topics_app.command()
def confusion(
    *,
    data: Data,
    out: Annotated[Path, typer.Option(help="SVG file to write.")],
    profile: Annotated[Profile, typer.Option(help="Profile whose encoder is read with the text.")] = "accurate",
    weights: Annotated[Path | None, typer.Option(help="Folder of weights; default: those of this package.")] = None,
) -> None:
    """Draw which main topics are taken for which, on the held-back labels."""
    from services.training.topics.confusion import draw_confusion

    print(f"{draw_confusion(data, weights, profile, out)} texts")


@topics_app.command()
def export(
    *,
    data: Data,
    run: Annotated[Path, typer.Option(help="Folder of the training run.")],
    weights: Annotated[Path, typer.Option(help="Folder of the exported weights.")],
    name: Annotated[str, typer.Option(help="Name of the weights, which every event has.")],
    version: Annotated[str, typer.Option(help="Version of the weights: a new one for every change that users see.")],
) -> None:
    """Write calibrated weights and their manifest."""
    from services.training.topics.export import export_topics

    print(export_topics(data, run, weights, name=name, version=version))


@topics_app.command()
def export_states(
    *,
    data: Data,
    run: Annotated[Path, typer.Option(help="Folder of the run of `topics train-states`.")],
    weights: Annotated[Path, typer.Option(help="Folder of exported weights, to which the network is added.")],
    version: Annotated[str, typer.Option(help="New version of the weights.")],
) -> None:
    """Add the network over an encoder's states to exported weights."""
    from services.training.topics.export import export_states as add_states

    print(add_states(data, run, weights, version=version))
