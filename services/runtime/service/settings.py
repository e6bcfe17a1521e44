"""Settings, read once from the environment into frozen classes. An unknown variable is an error.

A variable is named `COPYDESK_<SECTION>__<FIELD>`. A service's settings class has one attribute for each section. A
section of another service is ignored, because containers may share one environment.

pydantic-settings is not used: it ignores a variable of an unknown section, such as a misspelt one, and its error for
invalid JSON does not name the variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model, model_validator
from pydantic_core import from_json

from services.contracts.state.shard_map import DECLARED_SHARDS, ShardMap
from services.contracts.text.spelling import suggest
from services.contracts.topics import DEFAULT_LAYOUT, PARTITIONS, TopicLayout
from services.errors import ConfigurationError
from services.runtime.service.setting_errors import explain, list_paths

PREFIX = "COPYDESK_"
DELIMITER = "__"
SECTIONS = frozenset(
    {
        "kafka",
        "topics",
        "telemetry",
        "lifecycle",
        "ingest",
        "annotate",
        "match",
        "sink",
        "archive",
        "embedded",
        "client",
    }
)
"""The sections of all services and commands."""


class Section(BaseModel):
    """A group of settings. Durations are in seconds, and sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TlsSettings(Section):
    """Encryption of the connections to Kafka."""

    enabled: bool = False
    """True encrypts the connections with TLS 1.2 or newer."""
    authority: Path | None = None
    """PEM file with the certificates of the authorities that may sign the broker's certificate. If absent, the
    authorities of the operating system are used."""
    certificate: Path | None = None
    """PEM file with the client's own certificate and its chain, for a broker that requires one (mutual TLS)."""
    key: Path | None = None
    """PEM file with the key of the client's certificate. If absent, the key must be in the certificate's file."""
    key_password: SecretStr | None = None
    """Password of the key file, if the file is encrypted."""
    check_hostname: bool = True
    """True requires that the broker's certificate names the host to which the client connected."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.enabled and (self.authority or self.certificate or self.key):
            raise ValueError("authority, certificate and key need enabled=true")
        if self.key and not self.certificate:
            raise ValueError("key is given without certificate; give both")
        return self


class OAuthSettings(Section):
    """Tokens for SASL OAUTHBEARER, fetched with the client credentials grant (RFC 6749, section 4.4)."""

    token_url: str = Field(pattern=r"^https?://")
    """URL of the token endpoint."""
    client_id: str
    """Id of this client at the token endpoint."""
    client_secret: SecretStr | None = None
    """Secret of this client at the token endpoint. Give this or client_secret_file, not both."""
    client_secret_file: Path | None = None
    """File with the client's secret. It is read again for each token, so that the secret can be replaced while the
    service runs."""
    scope: str | None = None
    """Scope of the token, if the endpoint requires one."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.client_secret is None) == (self.client_secret_file is None):
            raise ValueError("give either client_secret or client_secret_file")
        return self

    def read_secret(self) -> str:
        """Return the client's secret. Raises ConfigurationError if its file cannot be read."""
        return _read_secret(self.client_secret, self.client_secret_file)


class SaslSettings(Section):
    """Login of this client at the broker."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]
    """SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER. Without TLS, everyone on the network can read
    a password sent with PLAIN."""
    username: str | None = None
    """User name for PLAIN and SCRAM."""
    password: SecretStr | None = None
    """Password for PLAIN and SCRAM. Give this or password_file, not both."""
    password_file: Path | None = None
    """File with the password, such as a mounted secret. It is read when the service starts."""
    oauth: OAuthSettings | None = None
    """Source of the tokens for OAUTHBEARER."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mechanism == "OAUTHBEARER":
            if self.oauth is None or self.username or self.password or self.password_file:
                raise ValueError("OAUTHBEARER needs oauth, and accepts neither username nor password")
        elif self.username is None or (self.password is None) == (self.password_file is None) or self.oauth:
            raise ValueError(f"{self.mechanism} needs username and either password or password_file, without oauth")
        return self

    def read_password(self) -> str:
        """Return the password. Raises ConfigurationError if its file cannot be read."""
        return _read_secret(self.password, self.password_file)


def _read_secret(value: SecretStr | None, path: Path | None) -> str:
    if path is None:
        return value.get_secret_value() if value is not None else ""
    try:
        # Editors and shells end a file with a line break, which does not belong to the secret.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the secret in the file {path}: {type(error).__name__}") from error


class KafkaSettings(Section):
    """Connection to Kafka, equal for every client of a process."""

    bootstrap_servers: str
    """Addresses of one or more brokers, each as host:port, separated by commas."""
    request_timeout: float = Field(default=20.0, gt=0)
    """Maximum seconds for one request to the broker, including the acknowledgement of a sent record."""
    session_timeout: float = Field(default=10.0, ge=6)
    """Seconds without a heartbeat after which the broker removes a member from its consumer group. Brokers accept no
    less than 6 by default."""
    instance: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,120}$")
    """Name of this process as a static group member (KIP-345). The name must survive a restart, as the pod name of a
    StatefulSet does. If absent, membership is dynamic."""
    replication_factor: int = -1
    """Replication factor of the topics that Copydesk creates; -1 means the broker's default."""
    tls: TlsSettings = TlsSettings()
    """Encryption of the connections."""
    sasl: SaslSettings | None = None
    """Login at the broker. If absent, the client does not log in."""


class TopicsSettings(Section):
    """Topics that Copydesk creates. `copydesk topics --check` compares the existing topics with these settings.

    A retention is in seconds; -1 keeps every record.
    """

    prefix: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$")
    """Text before the name of every topic, consumer group and transactional id, such as `staging.`, so that several
    deployments can share a cluster. Metrics keep the plain names and get the label `deployment`. Choose it before the
    first start: a deployment with another prefix begins empty."""
    partitions: int = Field(default=PARTITIONS, ge=1, le=1_000)
    """Number of partitions of the raw, enriched and routed topics: the greatest number of annotate or sink processes
    that have work. Choose it before the first start: the partitions of existing topics cannot be changed."""
    raw_retention: int = Field(default=DEFAULT_LAYOUT.raw_retention_ms // 1_000, ge=-1)
    """Retention of the raw topic: at least as long as match remembers ids (its parameter remembered_ms)."""
    annotated_retention: int = Field(default=DEFAULT_LAYOUT.annotated_retention_ms // 1_000, ge=-1)
    """Retention of the annotated topic: longer than match may be down."""
    verdict_retention: int = Field(default=DEFAULT_LAYOUT.verdict_retention_ms // 1_000, ge=-1)
    """Retention of the verdict log: at least as long as match remembers ids."""
    story_retention: int = Field(default=DEFAULT_LAYOUT.story_retention_ms // 1_000, ge=-1)
    """Retention of the stories: longer than a story is open without an article (7 days)."""
    enriched_retention: int = Field(default=DEFAULT_LAYOUT.enriched_retention_ms // 1_000, ge=-1)
    """Retention of the enriched topic and of the topic of mentions."""
    routed_retention: int = Field(default=DEFAULT_LAYOUT.routed_retention_ms // 1_000, ge=-1)
    """Retention of each route's topic."""
    dead_letter_bytes: int = Field(default=DEFAULT_LAYOUT.dead_letter_bytes, ge=-1)
    """Size of a dead-letter topic beyond which the oldest dead letters are deleted; -1 keeps all. They are not deleted
    by age."""
    shards: Path | None = None
    """JSON file with the shard map: the partition of each language. If absent, the map of docs/shards.md is used, which
    also has the steps for a change."""

    @cached_property
    def shard_map(self) -> ShardMap:
        """The shard map, which is read once. Raises ConfigurationError if its file cannot be read or is wrong."""
        if self.shards is None:
            return DECLARED_SHARDS
        try:
            return ShardMap.model_validate_json(self.shards.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"cannot read the shard map {self.shards}: {error.strerror}") from error
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc'])) or 'the file'}: {problem['msg']}"
                for problem in error.errors(include_url=False, include_input=False)
            )
            raise ConfigurationError(f"wrong shard map {self.shards}: {problems}; see docs/shards.md") from None

    @property
    def deployment(self) -> str:
        """The name of the deployment: the prefix without the separator at its end."""
        return self.prefix.rstrip("._-")

    @property
    def layout(self) -> TopicLayout:
        """The layout of the topics. Raises as `shard_map` does."""
        retentions = {
            f"{name}_retention_ms": -1 if seconds < 0 else seconds * 1_000
            for name, seconds in (
                ("raw", self.raw_retention),
                ("annotated", self.annotated_retention),
                ("verdict", self.verdict_retention),
                ("story", self.story_retention),
                ("enriched", self.enriched_retention),
                ("routed", self.routed_retention),
            )
        }
        return TopicLayout(
            prefix=self.prefix,
            partitions=self.partitions,
            dead_letter_bytes=self.dead_letter_bytes,
            shard_count=self.shard_map.count,
            **retentions,
        )


class TelemetrySettings(Section):
    """Logs, metrics and health of a service."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that is logged: debug, info, warning or error. At info, each stage logs one line per article."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """Format of the log: json, console, or auto, which means console on a terminal and json elsewhere."""
    host: str = "127.0.0.1"
    """Address on which /metrics, /live and /ready are served. A container needs 0.0.0.0."""
    port: int = Field(default=0, ge=0, le=65_535)
    """Port on which /metrics, /live and /ready are served. With 0 the system chooses a free port, and the log names
    it."""
    lag_interval: float = Field(default=2.0, gt=0)
    """Seconds between two measurements of the consumer lag."""
    stall_after: float = Field(default=60.0, gt=0)
    """Seconds without progress, while records wait, after which /live fails."""


class LifecycleSettings(Section):
    """Start and stop of a service."""

    shutdown_deadline: float = Field(default=20.0, gt=0)
    """Maximum seconds from SIGTERM to the end of the process. Unfinished work is then dropped without a commit and
    repeated after the next start, so that nothing is lost."""


class ServiceSettings(Section):
    """Sections that every service has. A service's own class adds its section."""

    kafka: KafkaSettings
    topics: TopicsSettings = TopicsSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    lifecycle: LifecycleSettings = LifecycleSettings()


S = TypeVar("S", bound=BaseModel)


def load_settings(cls: type[S], environ: Mapping[str, str]) -> S:
    """Build a settings class from the environment. Raises ConfigurationError, which names each wrong variable."""
    sections: dict[str, object] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        section, _, name = variable.removeprefix(PREFIX).lower().partition(DELIMITER)
        if section not in SECTIONS or not name:
            known = [name_variable(*path) for path in list_paths(cls)]
            raise ConfigurationError(
                f"{variable}: no such setting exists{suggest(variable, known) or '.'} Names are "
                f"{PREFIX}<SECTION>{DELIMITER}<FIELD>; the sections are {', '.join(sorted(SECTIONS))}"
            )
        if section in cls.model_fields:
            _set_field(sections, [section, *name.split(DELIMITER)], _decode(value))
    try:
        return cls.model_validate({name: sections.get(name, {}) for name in cls.model_fields})
    except ValidationError as error:
        raise ConfigurationError(f"wrong settings: {explain(error, cls, name_variable)}") from None


def load_section(cls: type[S], name: str, environ: Mapping[str, str]) -> S:
    """Build the class of one section from the environment and ignore the other sections. Raises as load_settings."""
    fields: Any = {name: (cls, ...)}
    section: S = getattr(load_settings(create_model(cls.__name__, **fields), environ), name)
    return section


def name_variable(*path: str) -> str:
    """Return the environment variable of a setting. `path` is its section, its field, and any field inside that."""
    return PREFIX + DELIMITER.join(part.upper() for part in path)


def _set_field(fields: dict[str, object], path: list[str], value: object) -> None:
    for name in path[:-1]:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(
                f"{name_variable(*path)}: another variable gives all of {name}; give either that or its fields"
            )
        fields = inner
    fields[path[-1]] = value


def _decode(value: str) -> object:
    """Decode a list or an object, which is written as JSON; pydantic converts every other text."""
    if value[:1] in ("[", "{"):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value
