"""Parts of the embedded Kafka that need no broker: the lock file, the cache, the configuration."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from services.contracts.topics import MAX_RECORD_BYTES
from services.embedded import jars
from services.embedded.jars import Jar, fetch_class_path, find_class_path, read_lock
from services.embedded.properties import build_properties
from services.errors import ConfigurationError, TransientError


def make_jar(content: bytes = b"jar", name: str = "thing") -> Jar:
    """Return a pinned jar with this content."""
    return Jar("org.example", name, "1.0", len(content), hashlib.sha256(content).hexdigest())


def write_to_cache(folder: Path, jar: Jar, content: bytes) -> Path:
    """Write the content into the cache under the jar's name, and return the path."""
    path = folder / f"kafka-{jars.KAFKA_VERSION}" / jar.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_lock_pins_kafka_and_a_log_binding() -> None:
    """The lock names Kafka's own jar and an slf4j binding of the same version as its API, each with a sha256."""
    lock = {jar.artefact: jar for jar in read_lock()}
    assert lock["kafka_2.13"].version == jars.KAFKA_VERSION
    assert lock["slf4j-simple"].version == lock["slf4j-api"].version
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in lock.values())


def test_intact_cache_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every jar in the cache nothing is downloaded, and jgo need not be installed."""
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    path = write_to_cache(tmp_path, make_jar(), b"jar")
    assert fetch_class_path(tmp_path, jars=[make_jar()]) == str(path)


@pytest.mark.parametrize("content", [b"ja", b"jaR", b""])
def test_damaged_jar_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A jar that is truncated or changed is not used; it is downloaded again."""
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    write_to_cache(tmp_path, make_jar(), content)
    with pytest.raises(ConfigurationError, match="jgo is not installed"):
        fetch_class_path(tmp_path, jars=[make_jar()])


class FakeArtefact:
    """Stand-in for jgo's project, component and artefact at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def project(self, group: str, artefact: str) -> FakeArtefact:
        """Return the project."""
        return self

    def at_version(self, version: str) -> FakeArtefact:
        """Return the component."""
        return self

    def artifact(self) -> FakeArtefact:
        """Return the artefact."""
        return self

    def resolve(self) -> Path:
        """Return the path of the downloaded file."""
        return self.path


def test_downloaded_jar_with_a_wrong_sum_is_rejected(tmp_path: Path) -> None:
    """A downloaded jar whose SHA-256 differs from the pinned one is not moved into the cache."""
    (tmp_path / "arrived").write_bytes(b"other")
    with pytest.raises(TransientError, match="sha256"):
        jars._fetch_one(make_jar(), FakeArtefact(tmp_path / "arrived"), tmp_path)
    assert not (tmp_path / make_jar().filename).exists()


def test_kafka_home_is_used_as_it_is(tmp_path: Path) -> None:
    """The jars of an unpacked Kafka that the setting names are the class path."""
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-4.3.1.jar").touch()
    assert find_class_path(tmp_path) == str(tmp_path / "libs" / "*")


def test_kafka_home_without_jars_is_a_configuration_error(tmp_path: Path) -> None:
    """A folder without Kafka's jar is rejected, and the error names the folder."""
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        find_class_path(tmp_path)


def test_broker_accepts_the_largest_record() -> None:
    """The broker's limit is higher than the largest record of a topic."""
    text = build_properties(host="127.0.0.1", port=1, controller_port=2, log_dir=Path("log"))
    settings = dict(line.split("=", 1) for line in text.splitlines())
    assert int(settings["message.max.bytes"]) > MAX_RECORD_BYTES
    assert settings["auto.create.topics.enable"] == "false"
