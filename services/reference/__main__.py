"""Generate the reference files from the code: schemas/, the tables in docs/, Kubernetes resources, dashboards.

Without a command, all of them are generated. `make reference` does that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from services.errors import ConfigurationError
from services.reference import kubernetes, schemas, tables
from services.reference.dashboards import builder
from services.reference.files import Files, find_stale, write_files
from services.reference.images import ask_registry, pin

GENERATORS: dict[str, Callable[[Path], Files]] = {
    "schemas": lambda _: schemas.build_files(),
    "tables": lambda _: tables.build_files(),
    "kubernetes": kubernetes.build_files,
    "dashboards": lambda _: builder.build_files(),
}
"""Generator of each command. It gets the root of the repository, because the alert rules are read from there."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@dataclass(frozen=True, slots=True)
class Options:
    """The options that come before the command."""

    root: Path
    check: bool


@app.callback(invoke_without_command=True)
def generate_all(
    context: typer.Context,
    root: Annotated[Path, typer.Option(help="Root of the repository.")] = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file is not current.")
    ] = False,
) -> None:
    """Read the options; generate everything if no command follows."""
    context.obj = Options(root, check)
    if context.invoked_subcommand is None:
        _generate(context.obj, *GENERATORS)


@app.command(name="schemas")
def generate_schemas(context: typer.Context) -> None:
    """Generate schemas/: JSON Schema, Avro, AsyncAPI, topics."""
    _generate(context.obj, "schemas")


@app.command(name="tables")
def generate_tables(context: typer.Context) -> None:
    """Generate the tables of settings and metrics in docs/."""
    _generate(context.obj, "tables")


@app.command(name="kubernetes")
def generate_kubernetes(context: typer.Context) -> None:
    """Generate the topics, users and alert rules that Kubernetes operators read, in deploy/kubernetes/."""
    _generate(context.obj, "kubernetes")


@app.command(name="dashboards")
def generate_dashboards(context: typer.Context) -> None:
    """Generate deploy/grafana/dashboards/."""
    _generate(context.obj, "dashboards")


@app.command()
def publish(context: typer.Context) -> None:
    """Promise the current schemas to consumers: copy them to schemas/published/.

    A schema that would break a consumer of an earlier promise is refused.
    """
    _exit_on_breaks(schemas.publish(context.obj.root))


@app.command()
def images(context: typer.Context) -> None:
    """Pin every image that is not ours to the digest that its tag has in the registry now.

    Nothing is written if a registry does not answer. With --check nothing is written, and the exit code is 1 if a tag
    has another digest. Needs Docker with buildx.
    """
    try:
        files, moved = pin(context.obj.root, ask_registry)
    except ConfigurationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    for image, digest in moved.items():
        typer.echo(f"{image} is now {digest}")
    if not moved:
        typer.echo("every pinned digest is that of its tag")
    if not context.obj.check:
        write_files(context.obj.root, files)
    elif moved:
        raise typer.Exit(1)


@app.command()
def pictures(
    context: typer.Context,
    prometheus: Annotated[str, typer.Option(help="Address of a running Prometheus.")] = "http://127.0.0.1:9090",
    minutes: Annotated[float, typer.Option(min=1, help="Length of the time range that ends now.")] = 60,
    window: Annotated[str, typer.Option(help="Value of $__rate_interval: four scrapes or more.")] = "1m",
) -> None:
    """Draw each dashboard with the data of a running Prometheus, in docs/dashboards/.

    Exits with 1 if a panel has no data. Needs matplotlib.
    """
    # matplotlib takes a second to import, and the other commands do not need it.
    from services.reference.dashboards.pictures import draw_all  # noqa: PLC0415

    empty = draw_all(context.obj.root, prometheus, minutes, window)
    for dashboard, panels in empty.items():
        typer.echo(f"{dashboard}: panels without data: {', '.join(panels) or 'none'}")
    raise typer.Exit(1 if any(empty.values()) else 0)


def _generate(options: Options, *names: str) -> None:
    """Write or compare the files of the named generators.

    Nothing is written when a schema breaks a published promise: that needs a new version of the event.
    """
    if "schemas" in names:
        _exit_on_breaks(schemas.find_all_breaks(options.root))
    files = {path: content for name in names for path, content in GENERATORS[name](options.root).items()}
    if not options.check:
        write_files(options.root, files)
    elif stale := find_stale(options.root, files):
        typer.echo(f"not current: {', '.join(map(str, stale))}; run `make reference`", err=True)
        raise typer.Exit(1)


def _exit_on_breaks(breaks: list[str]) -> None:
    if breaks:
        for line in breaks:
            typer.echo(line, err=True)
        typer.echo("these changes break consumers; publish a new version of the event (CONTRIBUTING.md)", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m services.reference")
