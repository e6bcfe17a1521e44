"""Errors of the command, as cases; `python -m tests.integration.command_errors` prints the output of each case."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from services.cli.kafka.connection import BOOTSTRAP
from services.contracts.topics import DECLARED
from services.embedded import EmbeddedKafka
from services.runtime.kafka.topics import create_topics
from services.runtime.service.settings import KafkaSettings

WITHIN = 180
"""Seconds in which a command must end."""
NO_BROKER = "127.0.0.1:9"
"""Address of the discard port (RFC 863), where no broker answers."""
USAGE, FAILED = 2, 1
"""Exit codes: wrong settings, rules or arguments; and everything else."""

FILES = {
    "good.txt": "The harbour of Oslo reopened on Monday.\n",
    "broken.jsonl": '{"content": "The harbour of Oslo reopened."}\n{"content": \n',
    "no-content.jsonl": '{"url": "https://example.com/1"}\n',
    "misspelt-field.jsonl": '{"content": "The harbour of Oslo reopened.", "titel": "Harbour"}\n',
    "empty.txt": "\n  \n",
    "no-code.yaml": "version: 1\nroutes:\n  - name: a\n    when: {country: Norway}\n",
    "unreadable.yaml": "version: 1\nroutes:\n  - name: a\n   when: always\n",
    "misspelt-key.yaml": "version: 1\nroutes:\n  - name: a\n    whn: always\n",
    "misspelt-condition.yaml": "version: 1\nroutes:\n  - name: a\n    when:\n      languge: en\n",
    "misspelt-value.yaml": "version: 1\nroutes:\n  - name: a\n    when: {verdict: orignal}\n",
}
"""Files that the cases read, by name."""


@dataclass(frozen=True, slots=True)
class ErrorCase:
    """A command that fails, and what its error must say. `{kafka}`, `{port}` and `{folder}` are replaced."""

    name: str
    arguments: Sequence[str]
    says: Sequence[str]
    """Parts of the message: the thing, the fault and the way out."""
    code: int = USAGE
    environ: Mapping[str, str] = field(default_factory=dict)
    given: str = ""
    """Standard input."""
    is_usage: bool = False
    """True if the argument parser reports it, with a line of usage before it."""


RULES = "COPYDESK_SINK__RULES"
CASES = (
    ErrorCase("missing topic", ["tail", "press.releases"], ["press.releases", "{kafka}", "copydesk topics"]),
    ErrorCase("misspelt topic", ["tail", "news.article.raw.v1"], ["did you mean news.articles.raw.v1?"]),
    ErrorCase(
        "no broker", ["tail", "a"], [NO_BROKER, "copydesk up", "--bootstrap-servers"], FAILED, {BOOTSTRAP: NO_BROKER}
    ),
    ErrorCase("page without broker", ["page"], [NO_BROKER, "copydesk up"], FAILED, {BOOTSTRAP: NO_BROKER}),
    ErrorCase("dlq without broker", ["dlq", "list"], [NO_BROKER, "copydesk up"], FAILED, {BOOTSTRAP: NO_BROKER}),
    ErrorCase("up without its broker", ["up"], [NO_BROKER, f"unset {BOOTSTRAP}"], FAILED, {BOOTSTRAP: NO_BROKER}),
    ErrorCase("port of ingest in use", ["up", "--port", "{port}"], ["port {port}", "in use", "--port 0"]),
    ErrorCase(
        "port of the page in use", ["page", "--port", "{port}"], ["127.0.0.1:{port}", "in use", "another port"],
    ),
    ErrorCase(
        "folder that cannot be written", ["up"],
        ["{folder}/good.txt/copydesk/desk.json", "Not a directory", "XDG_STATE_HOME"],
        environ={"XDG_STATE_HOME": "{folder}/good.txt"},
    ),
    ErrorCase(
        "cache that cannot be written", ["demo"],
        ["{folder}/good.txt/kafka-", "Not a directory", "COPYDESK_EMBEDDED__CACHE_DIR"],
        environ={"COPYDESK_EMBEDDED__CACHE_DIR": "{folder}/good.txt", BOOTSTRAP: ""},
    ),
    ErrorCase(
        "no ingest at the URL", ["try", "--url", f"http://{NO_BROKER}", "{folder}/good.txt"],
        [f"http://{NO_BROKER}", "copydesk up", "--url"], FAILED,
    ),
    ErrorCase(
        "port of Kafka in use", ["demo"], ["port {port}", "Kafka", "in use", "COPYDESK_EMBEDDED__PORT"],
        environ={"COPYDESK_EMBEDDED__PORT": "{port}", BOOTSTRAP: ""},
    ),
    ErrorCase("rules that are no YAML", ["demo"], ["unreadable.yaml:4:"], environ={RULES: "{folder}/unreadable.yaml"}),
    ErrorCase(
        "misspelt key in the rules", ["demo"], ["misspelt-key.yaml:4:", "did you mean when?"],
        environ={RULES: "{folder}/misspelt-key.yaml"},
    ),
    ErrorCase(
        "misspelt condition", ["up"], ["misspelt-condition.yaml:5:", "did you mean language?"],
        environ={RULES: "{folder}/misspelt-condition.yaml"},
    ),
    ErrorCase(
        "country by its name in the rules", ["lint", "{folder}/no-code.yaml"],
        ["no-code.yaml:4:", "'Norway'", "such as DE"],
    ),
    ErrorCase(
        "misspelt value in the rules", ["up"], ["misspelt-value.yaml:4:", "'orignal'", "did you mean original?"],
        environ={RULES: "{folder}/misspelt-value.yaml"},
    ),
    ErrorCase("missing rules", ["demo"], ["{folder}/none.yaml", "No such file"], environ={RULES: "{folder}/none.yaml"}),
    ErrorCase(
        "misspelt setting", ["up"], ["COPYDESK_SINK__RULEZ", "did you mean COPYDESK_SINK__RULES?"],
        environ={"COPYDESK_SINK__RULEZ": "x"},
    ),
    ErrorCase(
        "misspelt value of a setting", ["demo"], ["COPYDESK_TELEMETRY__LOG_LEVEL", "'inf'", "did you mean info?"],
        environ={"COPYDESK_TELEMETRY__LOG_LEVEL": "inf"},
    ),
    ErrorCase(
        "setting found by a service", ["demo"], ["a worker could not load its models: cannot read {folder}/none"],
        environ={"COPYDESK_ANNOTATE__ENRICHMENT__WEIGHTS": "{folder}/none"},
    ),
    ErrorCase("misspelt command", ["tial"], ["'tial'", "Did you mean 'tail'?"], is_usage=True),
    ErrorCase("misspelt option", ["up", "--prot", "1"], ["--prot", "--port"], is_usage=True),
    ErrorCase("port out of range", ["up", "--port", "70000"], ["--port", "65535"], is_usage=True),
    ErrorCase("wrong language code", ["enrich", "--language", "xx!"], ["'xx!'", "such as en"], is_usage=True),
    ErrorCase(
        "one title for two files", ["enrich", "--title", "T", "a.txt", "b.txt"], ["--title", "2 files"], is_usage=True
    ),
    ErrorCase("missing file", ["enrich", "{folder}/none.txt"], ["{folder}/none.txt", "No such file"]),
    ErrorCase(
        "broken line in the second file", ["enrich", "{folder}/good.txt", "{folder}/broken.jsonl"],
        ["{folder}/broken.jsonl:2: invalid_json", "the JSON ends within a value at column 11"], FAILED,
    ),
    ErrorCase(
        "no article in the files", ["demo", "{folder}/empty.txt"],
        ["{folder}/empty.txt:1: empty: there is no text"], FAILED,
    ),
    ErrorCase("broken line of a pipe", ["enrich"], ["standard input:1: invalid_json"], FAILED, given='{"a": }'),
    ErrorCase(
        "article without text", ["enrich", "{folder}/no-content.jsonl"], ["no-content.jsonl:1:", "content"], FAILED
    ),
    ErrorCase("wrong weights", ["enrich", "--weights", "{folder}/none"], ["{folder}/none"]),
    ErrorCase(
        "misspelt key in checked rules", ["lint", "--rules", "{folder}/misspelt-key.yaml"], ["did you mean when?"]
    ),
    ErrorCase("missing rules of a route", ["route", "--rules", "{folder}/none.yaml"], ["none.yaml"], given="x"),
    ErrorCase(
        "misspelt field of an article", ["enrich", "{folder}/misspelt-field.jsonl"],
        ["misspelt-field.jsonl:1:", "titel", "did you mean title?"], FAILED,
    ),
    ErrorCase(
        "row without its field", ["evaluate", "entities", "{folder}/no-content.jsonl"], ["no-content.jsonl: line 1:"],
        FAILED,
    ),
    ErrorCase(
        "misspelt task", ["evaluate", "entitis", "{folder}/good.txt"], ["'entitis'", "did you mean entities?"],
        is_usage=True,
    ),
    ErrorCase(
        "first digits of an id", ["retract", "--id", "7bfb32f3", "--reason", "x"],
        ["'7bfb32f3'", "32 hexadecimal digits"], is_usage=True,
    ),
    ErrorCase("misspelt verdict", ["route", "--verdict", "orignal"], ["did you mean original?"], is_usage=True),
    ErrorCase("misspelt profile", ["enrich", "--profile", "fats"], ["'fats'", "did you mean fast?"], is_usage=True),
    ErrorCase(
        "URL without scheme", ["send", "--url", "nonsense"], ["nonsense", "http://"], given='{"content": "x"}'
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that the cases need: a broker, a port that is in use, and a folder with FILES."""

    kafka: str
    port: str
    folder: str

    def fill(self, text: str) -> str:
        """Replace the names in braces."""
        for name in ("kafka", "port", "folder"):
            text = text.replace(f"{{{name}}}", getattr(self, name))
        return text


def prepare(stack: ExitStack, kafka: str) -> Place:
    """Write the files and occupy a port until the stack is closed."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    return Place(kafka, str(taken.getsockname()[1]), str(folder))


def run_case(case: ErrorCase, place: Place) -> subprocess.CompletedProcess[str]:
    """Run a case's command until it ends. An empty variable is unset."""
    own = {"XDG_STATE_HOME": place.folder, "TMPDIR": place.folder, "COLUMNS": "200"}
    environ = {**os.environ, BOOTSTRAP: place.kafka, **own, **case.environ}
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *map(place.fill, case.arguments)],
        env={name: place.fill(value) for name, value in environ.items() if value},
        input=place.fill(case.given),
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


def read_message(case: ErrorCase, printed: str) -> list[str]:
    """Return the lines of the error alone, without progress and without the frame of the argument parser."""
    lines = [line.strip("│ ") for line in printed.splitlines() if line.startswith(("error:", "│"))]
    return lines if case.is_usage else [line for line in lines if line.startswith("error:")]


def main() -> None:
    """Print a Markdown table of what each case prints."""
    with ExitStack() as stack:
        kafka = stack.enter_context(EmbeddedKafka.start()).bootstrap_servers
        asyncio.run(create_topics(KafkaSettings(bootstrap_servers=kafka), DECLARED))
        place = prepare(stack, kafka)
        print("| case | command | printed | exit |\n|---|---|---|---|")
        for case in CASES:
            done = run_case(case, place)
            said = " ".join(read_message(case, done.stderr)).replace("|", "\\|")
            for name in ("folder", "kafka", "port"):
                said = said.replace(getattr(place, name), name.upper())
            print(f"| {case.name} | `copydesk {' '.join(case.arguments)}` | {said} | {done.returncode} |")


if __name__ == "__main__":
    main()
