"""Tests of the settings that come from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError

from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.errors import ConfigurationError
from services.runtime.service.settings import (
    KafkaSettings,
    Section,
    ServiceSettings,
    TopicsSettings,
    load_section,
    load_settings,
    name_variable,
)

BOOTSTRAP = {"COPYDESK_KAFKA__BOOTSTRAP_SERVERS": "broker:9092"}


class Inner(BaseModel):
    """A group inside a section."""

    size: int = 1


class SinkLike(Section):
    """A section with every kind of field."""

    group: str = "g"
    inner: Inner = Inner()
    names: tuple[str, ...] = ()
    secret: SecretStr = SecretStr("")
    limit: float = Field(default=1.0, gt=0)


class Settings(ServiceSettings):
    """A service's settings."""

    sink: SinkLike = SinkLike()


def test_environment_fills_sections() -> None:
    """Texts, numbers, JSON lists and nested fields reach their fields."""
    settings = load_settings(
        Settings,
        {
            **BOOTSTRAP,
            "COPYDESK_SINK__GROUP": "mine",
            "COPYDESK_SINK__NAMES": '["a", "b"]',
            "COPYDESK_SINK__INNER__SIZE": "7",
            "UNRELATED": "x",
        },
    )
    assert settings.kafka.bootstrap_servers == "broker:9092"
    assert (settings.sink.group, settings.sink.names, settings.sink.inner.size) == ("mine", ("a", "b"), 7)


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({}, "COPYDESK_KAFKA__BOOTSTRAP_SERVERS"),
        ({**BOOTSTRAP, "COPYDESK_SINK__GRUOP": "x"}, "COPYDESK_SINK__GRUOP"),
        ({**BOOTSTRAP, "COPYDESK_SNIK__GROUP": "x"}, "COPYDESK_SNIK__GROUP"),
        ({**BOOTSTRAP, "COPYDESK_SINK": "x"}, "COPYDESK_SINK"),
        ({**BOOTSTRAP, "COPYDESK_SINK__LIMIT": "0"}, "COPYDESK_SINK__LIMIT"),
        ({**BOOTSTRAP, "COPYDESK_SINK__INNER": '{"size": 1}', "COPYDESK_SINK__INNER__SIZE__X": "1"}, "COPYDESK_SINK"),
    ],
)
def test_wrong_variable_is_named(extra: dict[str, str], named: str) -> None:
    """A missing, misspelt or impossible setting ends the start with its variable's name."""
    with pytest.raises(ConfigurationError, match=named):
        load_settings(Settings, extra)


def test_section_of_another_service_is_ignored() -> None:
    """A section of another service is ignored, because containers may share one environment."""
    assert load_settings(Settings, {**BOOTSTRAP, "COPYDESK_INGEST__PORT": "1"}).sink.group == "g"


def test_settings_are_frozen_and_secrets_masked() -> None:
    """A setting cannot be changed after the start, and no text form of the settings shows a secret."""
    settings = load_settings(Settings, {**BOOTSTRAP, "COPYDESK_SINK__SECRET": "hunter2"})
    assert "hunter2" not in repr(settings) + settings.model_dump_json()
    with pytest.raises(ValidationError):
        settings.sink.group = "other"  # type: ignore[misc]


def test_variable_names() -> None:
    """The variable of a setting is its path in capitals."""
    assert name_variable("kafka", "bootstrap_servers") == "COPYDESK_KAFKA__BOOTSTRAP_SERVERS"


def test_one_section_is_read_alone() -> None:
    """One section can be read alone, and an error in it names the whole variable."""
    kafka = load_section(KafkaSettings, "kafka", {**BOOTSTRAP, "COPYDESK_SINK__GROUP": "mine"})
    assert kafka.bootstrap_servers == "broker:9092"
    with pytest.raises(ConfigurationError, match="COPYDESK_KAFKA__BOOTSTRAP_SERVERS"):
        load_section(KafkaSettings, "kafka", {})
    with pytest.raises(ConfigurationError, match="COPYDESK_SNIK__GROUP"):
        load_section(KafkaSettings, "kafka", {**BOOTSTRAP, "COPYDESK_SNIK__GROUP": "x"})


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            {"COPYDESK_SINK__GRUOP": "x"},
            "COPYDESK_SINK__GRUOP: no such setting exists; did you mean COPYDESK_SINK__GROUP?",
        ),
        ({"COPYDESK_SNIK__GROUP": "x"}, "did you mean COPYDESK_SINK__GROUP?"),
        ({"COPYDESK_KAFKA__TLS__CERTIFICAT": "x"}, "did you mean COPYDESK_KAFKA__TLS__CERTIFICATE?"),
        (
            {"COPYDESK_TELEMETRY__LOG_LEVEL": "warn"},
            "'warn' is not one of debug, info, warning, error; did you mean warning?",
        ),
    ],
)
def test_a_misspelt_setting_or_value_is_suggested(extra: dict[str, str], said: str) -> None:
    """The error of a misspelt variable, or of a value from a closed list, names what may be meant."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(Settings, {**BOOTSTRAP, **extra})
    assert said in str(caught.value)


def test_a_prefix_names_the_deployment() -> None:
    """The prefix is part of the layout, the deployment is the prefix without its separator, and bad ones are errors."""
    settings = load_section(TopicsSettings, "topics", {"COPYDESK_TOPICS__PREFIX": "eu-west."})
    assert (settings.layout.prefix, settings.deployment) == ("eu-west.", "eu-west")
    assert TopicsSettings().deployment == ""
    for wrong in (".", "a b", "é.", "x" * 101):
        with pytest.raises(ConfigurationError, match="COPYDESK_TOPICS__PREFIX"):
            load_section(TopicsSettings, "topics", {"COPYDESK_TOPICS__PREFIX": wrong})


def test_the_shard_map_may_be_a_file(tmp_path: Path) -> None:
    """The map of the file decides about the partitions of the sharded topics; without a file it is the declared one."""
    path = tmp_path / "shards.json"
    path.write_text('{"shards": {"en": 0, "it": 2}, "other": 1, "count": 3}')
    settings = load_section(TopicsSettings, "topics", {"COPYDESK_TOPICS__SHARDS": str(path)})
    assert settings.shard_map == ShardMap(shards={"en": 0, "it": 2}, other=1, count=3)
    assert settings.layout.shard_count == 3
    assert TopicsSettings().shard_map == DECLARED_SHARDS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read the shard map"),
        ("{", "Invalid JSON"),
        ('{"shards": {"en": 0}, "other": 1}', "count: Field required"),
        ('{"shards": {"en": 2}, "other": 1, "count": 2}', "not below"),
    ],
)
def test_a_wrong_shard_map_is_named(tmp_path: Path, content: str | None, message: str) -> None:
    """A file that is missing or wrong is an error with its path and the wrong field."""
    path = tmp_path / "shards.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=message) as caught:
        _ = TopicsSettings(shards=path).layout
    assert str(path) in str(caught.value)
