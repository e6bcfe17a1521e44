"""The jars of Apache Kafka: pinned by SHA-256, downloaded once with `jgo`, and stored in a cache folder."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from services.errors import ConfigurationError, TransientError
from services.runtime.service.settings import name_variable

KAFKA_VERSION = "4.3.1"
LOCK = Path(__file__).with_name("jars.lock")
DOWNLOADS = 4
"""Number of parallel downloads. Most jars are small, so most of the time is spent on waiting for answers."""
TRIES = 3
"""Maximum number of attempts for each jar, so that one broken connection does not fail the first start."""

Progress = Callable[[int, int], None]
"""Function that gets the downloaded and the total bytes. It is called from any thread, but never from two threads at
the same time."""


@dataclass(frozen=True, slots=True)
class Jar:
    """A pinned artefact."""

    group: str
    artefact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Name of the file in the cache."""
        return f"{self.artefact}-{self.version}.jar"


def read_lock(path: Path = LOCK) -> tuple[Jar, ...]:
    """Return the jars that a lock file names."""
    jars = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            coordinate, size, sha256 = line.split()
            group, artefact, version = coordinate.split(":")
            jars.append(Jar(group, artefact, version, int(size), sha256))
    return tuple(jars)


def find_class_path(kafka_home: Path) -> str:
    """Return the class path of an unpacked Kafka. Raises ConfigurationError if the folder has no jars."""
    for folder in (kafka_home / "libs", kafka_home):
        if any(folder.glob("kafka_*.jar")):
            return str(folder / "*")
    raise ConfigurationError(f"{kafka_home} is not an unpacked Kafka: there is no kafka_*.jar in it or in libs/")


def fetch_class_path(cache_dir: Path, progress: Progress | None = None, jars: Iterable[Jar] | None = None) -> str:
    """Download the pinned jars that the cache lacks or that are damaged, and return the class path.

    Raises TransientError if a download fails, and ConfigurationError if `jgo` is not installed or the cache cannot
    be written.
    """
    wanted = tuple(jars) if jars is not None else read_lock()
    folder = cache_dir.expanduser() / f"kafka-{KAFKA_VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [jar for jar in wanted if not _is_intact(folder / jar.filename, jar)]
        if missing:
            _fetch(missing, folder, progress)
    except OSError as error:
        way_out = f"set {name_variable('embedded', 'cache_dir')} to a folder that you may write to"
        raise ConfigurationError(f"cannot write Kafka to {folder}: {error.strerror or error}; {way_out}") from error
    return ":".join(str(folder / jar.filename) for jar in wanted)


def _is_intact(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and _digest(path) == jar.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(jars: list[Jar], folder: Path, progress: Progress | None) -> None:
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 - an optional dependency, not needed with `kafka_home`
    except ImportError as error:
        raise ConfigurationError("jgo is not installed; run: pip install 'copydesk[embedded]'") from error
    total, done, lock = sum(jar.size for jar in jars), 0, threading.Lock()

    def fetch_with_retries(jar: Jar) -> None:
        nonlocal done
        for tries_left in reversed(range(TRIES)):
            try:
                # Each attempt has its own folder, because jgo accepts an incomplete file of an earlier attempt.
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

    # The folder is in the cache's file system, so that a complete jar is moved into place in one step.
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as staging, ThreadPoolExecutor(DOWNLOADS) as pool:
        for _ in pool.map(fetch_with_retries, sorted(jars, key=lambda jar: -jar.size)):
            pass


def _fetch_one(jar: Jar, context: object, folder: Path) -> None:
    try:
        path = context.project(jar.group, jar.artefact).at_version(jar.version).artifact().resolve()  # type: ignore[attr-defined]
    # jgo has no exceptions of its own: it raises the exceptions of requests (OSError), RuntimeError and ValueError.
    except (OSError, RuntimeError, ValueError) as error:
        raise TransientError(
            f"cannot download {jar.group}:{jar.artefact}:{jar.version}: {error}; check the network and try again"
        ) from error
    if not _is_intact(path, jar):
        raise TransientError(
            f"the downloaded file of {jar.group}:{jar.artefact}:{jar.version} has a wrong sha256; try again"
        )
    path.replace(folder / jar.filename)
