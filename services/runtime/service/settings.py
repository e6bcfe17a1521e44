"""Settings: read once, from the environment, into frozen classes; an unknown variable is an error.

A variable is `COPYDESK_<SECTION>__<FIELD>`. A service's class has one attribute a section; containers that share
one environment may carry the sections of other services, which are passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model, model_validator
from pydantic_core import from_json

from services.errors import ConfigurationError

PREFIX = "COPYDESK_"
DELIMITER = "__"
SECTIONS = frozenset({"kafka", "telemetry", "lifecycle", "ingest", "annotate", "match", "sink", "embedded", "client"})
"""All sections of all services."""


class Section(BaseModel):
    """A group of settings. Durations are in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class TlsSettings(Section):
    """Encryption of the connections to Kafka."""

    enabled: bool = False
    """Whether to speak TLS, 1.2 or newer."""
    authority: Path | None = None
    """PEM file of the authorities that the broker's certificate may come from; the system's when absent."""
    certificate: Path | None = None
    """PEM file of the client's own certificate with its chain, where the broker asks for one (mutual TLS)."""
    key: Path | None = None
    """PEM file of the certificate's key; absent when it stands in the certificate's file."""
    key_password: SecretStr | None = None
    """Of the key's file, where it is encrypted."""
    check_hostname: bool = True
    """Whether the certificate must name the host that was connected to."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.enabled and (self.authority or self.certificate or self.key):
            raise ValueError("the TLS files are of no use unless enabled is true")
        if self.key and not self.certificate:
            raise ValueError("a key needs its certificate")
        return self


class OAuthSettings(Section):
    """Tokens for SASL OAUTHBEARER, by the client credentials grant (RFC 6749, section 4.4)."""

    token_url: str = Field(pattern=r"^https?://")
    """The token endpoint."""
    client_id: str
    """Of this client."""
    client_secret: SecretStr | None = None
    """Of this client."""
    client_secret_file: Path | None = None
    """A file with it instead, read anew for each token, so that it can be rotated."""
    scope: str | None = None
    """What the token is for, where the endpoint wants to know."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.client_secret is None) == (self.client_secret_file is None):
            raise ValueError("give client_secret or client_secret_file, one of them")
        return self

    def read_secret(self) -> str:
        """The client's secret. Raises ConfigurationError when its file cannot be read."""
        return _read_secret(self.client_secret, self.client_secret_file)


class SaslSettings(Section):
    """Who this client is."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"]
    """PLAIN (without TLS everybody can read the password), SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER."""
    username: str | None = None
    """For PLAIN and SCRAM."""
    password: SecretStr | None = None
    """For PLAIN and SCRAM."""
    password_file: Path | None = None
    """A file with the password instead, such as a mounted secret; read at the start."""
    oauth: OAuthSettings | None = None
    """For OAUTHBEARER."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.mechanism == "OAUTHBEARER":
            if self.oauth is None or self.username or self.password or self.password_file:
                raise ValueError("OAUTHBEARER needs oauth, and neither username nor password")
        elif self.username is None or (self.password is None) == (self.password_file is None) or self.oauth:
            raise ValueError(f"{self.mechanism} needs username and either password or password_file")
        return self

    def read_password(self) -> str:
        """The password. Raises ConfigurationError when its file cannot be read."""
        return _read_secret(self.password, self.password_file)


def _read_secret(value: SecretStr | None, path: Path | None) -> str:
    if path is None:
        return value.get_secret_value() if value is not None else ""
    try:
        # Editors and shells end a file with a line break, which is no part of a secret.
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the secret in {path}: {type(error).__name__}") from error


class KafkaSettings(Section):
    """How to reach Kafka; the same for every client."""

    bootstrap_servers: str
    """Comma-separated host:port."""
    request_timeout: float = Field(default=20.0, gt=0)
    """Seconds that one request may take, an awaited delivery included."""
    session_timeout: float = Field(default=10.0, ge=6)
    """Seconds without a heartbeat after which a member is thrown out of its group; 6 is the brokers' minimum."""
    instance: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,120}$")
    """Static membership (KIP-345): a name that survives a restart, such as a StatefulSet's pod name."""
    replication_factor: int = -1
    """Of topics that are created here; -1 takes the broker's default."""
    tls: TlsSettings = TlsSettings()
    """Encryption."""
    sasl: SaslSettings | None = None
    """Who this client is; nobody in particular when absent."""


class TelemetrySettings(Section):
    """Logs, metrics and health."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """debug, info, warning or error; one line an article a stage is info."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """auto: console on a terminal, JSON elsewhere."""
    host: str = "127.0.0.1"
    """Interface of /metrics, /live and /ready; 0.0.0.0 in a container."""
    port: int = Field(default=0, ge=0, le=65_535)
    """Port of /metrics, /live and /ready; 0 takes a free one, which the log names."""
    lag_interval: float = Field(default=2.0, gt=0)
    """Seconds between two polls of the end offsets."""
    stall_after: float = Field(default=60.0, gt=0)
    """Seconds without progress, while records wait, after which /live fails."""


class LifecycleSettings(Section):
    """Start and stop."""

    shutdown_deadline: float = Field(default=20.0, gt=0)
    """Seconds from SIGTERM until the process ends whatever happens; nothing is lost by it, only repeated."""


class ServiceSettings(Section):
    """What every service has; a service's own class adds its section."""

    kafka: KafkaSettings
    telemetry: TelemetrySettings = TelemetrySettings()
    lifecycle: LifecycleSettings = LifecycleSettings()


S = TypeVar("S", bound=BaseModel)


def load_settings(cls: type[S], environ: Mapping[str, str]) -> S:
    """Build a settings class from the environment. Raises ConfigurationError naming each wrong variable."""
    sections: dict[str, object] = {}
    for variable, value in environ.items():
        if not variable.startswith(PREFIX):
            continue
        section, _, name = variable.removeprefix(PREFIX).lower().partition(DELIMITER)
        if section not in SECTIONS or not name:
            raise ConfigurationError(f"{variable}: no such setting; the sections are {', '.join(sorted(SECTIONS))}")
        if section in cls.model_fields:
            _place(sections, [section, *name.split(DELIMITER)], _decode(value))
    try:
        return cls.model_validate({name: sections.get(name, {}) for name in cls.model_fields})
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None


def load_section(cls: type[S], name: str, environ: Mapping[str, str]) -> S:
    """Build one section's class from the environment, for whom the others do not concern. Raises as load_settings."""
    alone: Any = {name: (cls, ...)}
    section: S = getattr(load_settings(create_model(cls.__name__, **alone), environ), name)
    return section


def name_variable(*path: str) -> str:
    """The environment variable of a setting: section, field, and field of a field where it has some."""
    return PREFIX + DELIMITER.join(part.upper() for part in path)


def _place(fields: dict[str, object], path: list[str], value: object) -> None:
    for name in path[:-1]:
        inner = fields.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigurationError(f"{name_variable(*path)}: {name} is given as a whole already")
        fields = inner
    fields[path[-1]] = value


def _decode(value: str) -> object:
    """Lists and objects are given as JSON; everything else is text that pydantic converts."""
    if value[:1] in ("[", "{"):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        path = [part for part in problem["loc"] if isinstance(part, str)]
        lines.append(f"{name_variable(*path)}: {problem['msg']}")
    return "wrong settings: " + "; ".join(lines)
