"""The embedded Kafka's parts that need no broker: the lock, the cache, the configuration."""

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
    return Jar("org.example", name, "1.0", len(content), hashlib.sha256(content).hexdigest())


def cache(folder: Path, jar: Jar, content: bytes) -> Path:
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
    """With every jar in the cache nothing is fetched, and jgo need not even be installed."""
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    path = cache(tmp_path, make_jar(), b"jar")
    assert fetch_class_path(tmp_path, jars=[make_jar()]) == str(path)


@pytest.mark.parametrize("content", [b"ja", b"jaR", b""])
def test_damaged_jar_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """A jar that is cut short or altered is not used but fetched again."""
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    cache(tmp_path, make_jar(), content)
    with pytest.raises(ConfigurationError, match="extra"):
        fetch_class_path(tmp_path, jars=[make_jar()])


class FakeArtefact:
    """Walks like jgo's project, component and artefact at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def project(self, group: str, artefact: str) -> FakeArtefact:
        return self

    def at_version(self, version: str) -> FakeArtefact:
        return self

    def artifact(self) -> FakeArtefact:
        return self

    def resolve(self) -> Path:
        return self.path


def test_fetched_jar_with_another_sum_is_refused(tmp_path: Path) -> None:
    """A jar that arrives with another sha256 than the pinned one never reaches the cache."""
    (tmp_path / "arrived").write_bytes(b"other")
    with pytest.raises(TransientError, match="sha256"):
        jars._fetch_one(make_jar(), FakeArtefact(tmp_path / "arrived"), tmp_path)
    assert not (tmp_path / make_jar().filename).exists()


def test_kafka_home_is_used_as_it_is(tmp_path: Path) -> None:
    """An unpacked Kafka given by a setting is the class path."""
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-4.3.1.jar").touch()
    assert find_class_path(tmp_path) == str(tmp_path / "libs" / "*")


def test_kafka_home_without_jars_is_a_configuration_error(tmp_path: Path) -> None:
    """A folder without Kafka's jar is refused by name."""
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        find_class_path(tmp_path)


def test_broker_takes_the_largest_record() -> None:
    """The broker's limit lies above the largest record that a topic may hold."""
    text = build_properties(host="127.0.0.1", port=1, controller_port=2, log_dir=Path("log"))
    settings = dict(line.split("=", 1) for line in text.splitlines())
    assert int(settings["message.max.bytes"]) > MAX_RECORD_BYTES
    assert settings["auto.create.topics.enable"] == "false"
