"""The jars of Apache Kafka: pinned with their sha256, fetched once with `jgo`, kept in a cache."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from services.errors import ConfigurationError, TransientError

KAFKA_VERSION = "4.3.1"
LOCK = Path(__file__).with_name("jars.lock")
FETCHERS = 4
"""Downloads at a time: most jars are small, so that waiting for answers is the larger part."""
FETCH_TRIES = 3
"""A first start should not fail for one broken connection."""

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and in all, from any thread, one call at a time."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned artefact."""

    group: str
    artefact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in the cache."""
        return f"{self.artefact}-{self.version}.jar"


def read_lock(path: Path = LOCK) -> tuple[Jar, ...]:
    """The jars that a lock file names."""
    jars = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, size, sha256 = line.split()
            group, artefact, version = coordinate.split(":")
            jars.append(Jar(group, artefact, version, int(size), sha256))
    return tuple(jars)


def find_class_path(kafka_home: Path) -> str:
    """The class path of an unpacked Kafka. Raises ConfigurationError where there are no jars."""
    for folder in (kafka_home / "libs", kafka_home):
        if any(folder.glob("kafka_*.jar")):
            return str(folder / "*")
    raise ConfigurationError(f"{kafka_home}: no kafka_*.jar there or in its libs/")


def fetch_class_path(cache_dir: Path, progress: Progress | None = None, jars: Iterable[Jar] | None = None) -> str:
    """The class path of the pinned jars, fetching those that the cache lacks or holds damaged.

    Raises TransientError when a jar cannot be fetched, and ConfigurationError when `jgo` is not installed.
    """
    wanted = tuple(jars) if jars is not None else read_lock()
    folder = cache_dir.expanduser() / f"kafka-{KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in wanted if not _is_intact(folder / jar.filename, jar)]
    if missing:
        _fetch(missing, folder, progress)
    return ":".join(str(folder / jar.filename) for jar in wanted)


def _is_intact(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and _digest(path) == jar.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(jars: list[Jar], folder: Path, progress: Progress | None) -> None:
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise ConfigurationError("the embedded Kafka needs the extra: pip install 'copydesk[embedded]'") from error
    total, done, lock = sum(jar.size for jar in jars), 0, threading.Lock()

    def fetch(jar: Jar) -> None:
        nonlocal done
        for tries_left in reversed(range(FETCH_TRIES)):
            try:
                # Each try has a folder of its own: jgo takes for whole what an earlier one left behind.
                repository = Path(tempfile.mkdtemp(dir=staging))
                _fetch_one(jar, MavenContext(repo_cache=repository, timeout=60), folder)
                break
            except TransientError:
                if tries_left == 0:
                    raise
        with lock:
            done += jar.size
            if progress is not None:
                progress(done, total)

    # In the cache's own file system, so that a finished jar moves into place in one step.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as staging, ThreadPoolExecutor(FETCHERS) as pool:
        for _ in pool.map(fetch, sorted(jars, key=lambda jar: -jar.size)):
            pass


def _fetch_one(jar: Jar, context: object, folder: Path) -> None:
    try:
        path = context.project(jar.group, jar.artefact).at_version(jar.version).artifact().resolve()  # type: ignore[attr-defined]
    # jgo names no exceptions of its own: requests' (OSError), RuntimeError and ValueError come through.
    except (OSError, RuntimeError, ValueError) as error:
        raise TransientError(f"cannot fetch {jar.group}:{jar.artefact}:{jar.version}: {error}") from error
    if not _is_intact(path, jar):
        raise TransientError(f"{jar.group}:{jar.artefact}:{jar.version} was fetched with another sha256 than pinned")
    path.replace(folder / jar.filename)
