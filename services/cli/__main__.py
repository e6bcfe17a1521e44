"""Enrich news articles: from the command line, or as a stream through Kafka."""

from __future__ import annotations

import sys

import typer

from services.cli.commands import COMMANDS
from services.cli.console.progress import error_console
from services.errors import ConfigurationError, CopydeskError
from services.runtime.service.lifecycle import EXIT_CONFIGURATION, EXIT_FAILED


def build_app() -> typer.Typer:
    """Build the command line from the table of commands, grouped by task."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
    for task, commands in COMMANDS.items():
        for name, function in commands.items():
            app.command(name, rich_help_panel=task)(function)
    return app


def main() -> None:
    """Run the command. An expected error is printed as one line, without a traceback, and sets the exit code."""
    try:
        build_app()()
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".", 1)[0] in sys.stdlib_module_names:
            raise
        error_console.print(f"{error.name} is not installed; run: pip install 'copydesk[all]'", style="red")
        raise SystemExit(EXIT_CONFIGURATION) from error
    except CopydeskError as error:
        error_console.print(f"{error.reason}: {error}", style="red")
        raise SystemExit(EXIT_CONFIGURATION if isinstance(error, ConfigurationError) else EXIT_FAILED) from error


if __name__ == "__main__":
    main()
