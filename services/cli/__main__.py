"""Copydesk enriches news articles: cleans them, finds names and sentiment, recognises copies, and routes them.

It works on single files, or on a stream through Kafka. New here? Type copydesk demo.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from services import __version__
from services.cli.commands import COMMANDS, CommandGroup
from services.cli.console.client_logs import calm_client_logs
from services.cli.console.progress import print_error
from services.errors import ConfigurationError, CopydeskError
from services.runtime.kafka.clients import NoBrokerError
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED
from services.runtime.service.logs import configure_logging
from services.runtime.service.settings import TelemetrySettings


def build_app() -> typer.Typer:
    """Build the command line from the table of commands, grouped by task."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=__doc__,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_read_root_options)
    for task, commands in COMMANDS.items():
        for name, command in commands.items():
            if isinstance(command, CommandGroup):
                app.add_typer(_build_group(command), name=name, rich_help_panel=task)
            else:
                app.command(name, rich_help_panel=task)(command)
    return app


def _build_group(group: CommandGroup) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=group.help)
    for name, function in group.commands.items():
        app.command(name)(function)
    return app


def _print_version(is_given: bool) -> None:
    if is_given:
        typer.echo(f"copydesk {__version__}")
        raise typer.Exit


def _read_root_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Read the options that come before a command."""


def main() -> None:
    """Run the command. An expected error is printed as one line, without a traceback, and sets the exit code."""
    # A command's own output is on standard output alone.
    configure_logging(TelemetrySettings(log_level="warning", log_format="console"), "copydesk")
    calm_client_logs()
    try:
        build_app()()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".", 1)[0] in sys.stdlib_module_names:
            raise
        print_error(f"{error.name} is not installed; run: pip install 'copydesk[all]'")
        raise SystemExit(EXIT_CONFIGURATION) from error
    except NoBrokerError as error:
        print_error(f"{error}; start one with copydesk up, or name another with --bootstrap-servers")
        raise SystemExit(EXIT_FAILED) from error
    except CopydeskError as error:
        print_error(str(error))
        raise SystemExit(EXIT_CONFIGURATION if isinstance(error, ConfigurationError) else EXIT_FAILED) from error


if __name__ == "__main__":
    main()
