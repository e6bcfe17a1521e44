"""TLS and SASL: which settings belong together, and which options of a client they become."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.errors import ConfigurationError
from services.runtime.kafka.security import build_security
from services.runtime.service.settings import ServiceSettings, load_settings, name_variable

SERVERS = {name_variable("kafka", "bootstrap_servers"): "broker:9092"}


def load(**values: str) -> ServiceSettings:
    """Load the settings of a service from keywords such as `tls__enabled="true"`."""
    return load_settings(
        ServiceSettings, SERVERS | {name_variable("kafka", *k.split("__")): v for k, v in values.items()}
    )


def test_the_default_is_plain_text() -> None:
    """Without settings, a client connects in plain text and without an identity."""
    assert build_security(load().kafka).options == {"security_protocol": "PLAINTEXT", "ssl_context": None}


def test_a_password_file_is_read_without_its_line_break(tmp_path: Path) -> None:
    """The line break at the end of a mounted secret is not part of the password."""
    (tmp_path / "password").write_text("s3cret\n")
    kafka = load(
        tls__enabled="true", sasl__mechanism="SCRAM-SHA-512", sasl__username="desk",
        sasl__password_file=str(tmp_path / "password"),
    ).kafka  # fmt: skip
    options = build_security(kafka).options
    assert options["security_protocol"] == "SASL_SSL"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("desk", "s3cret")
    assert options["ssl_context"].check_hostname


def test_clients_share_certificates_and_tokens() -> None:
    """Clients with equal settings share the certificates and the tokens, and others do not."""
    values = {
        "tls__enabled": "true", "sasl__mechanism": "OAUTHBEARER", "sasl__oauth__token_url": "https://login/token",
        "sasl__oauth__client_id": "desk", "sasl__oauth__client_secret": "s3cret",
    }  # fmt: skip
    one, same = build_security(load(**values).kafka), build_security(load(**values).kafka)
    other = build_security(load(**values | {"sasl__oauth__client_secret": "another"}).kafka)
    assert one.tls is not None and one.tokens is not None
    assert (one.tls, one.tokens) == (same.tls, same.tokens)
    assert one.tokens is not other.tokens


@pytest.mark.parametrize(
    "values",
    [
        {"sasl__mechanism": "PLAIN"},
        {"sasl__mechanism": "PLAIN", "sasl__username": "desk"},
        {"sasl__mechanism": "PLAIN", "sasl__username": "desk", "sasl__password": "a", "sasl__password_file": "b"},
        {"sasl__mechanism": "OAUTHBEARER"},
        {"sasl__mechanism": "GSSAPI", "sasl__username": "desk", "sasl__password": "a"},
        {"tls__authority": "ca.pem"},
        {"tls__enabled": "true", "tls__key": "key.pem"},
    ],
    ids=" ".join,
)
def test_settings_that_do_not_belong_together_are_refused(values: dict[str, str]) -> None:
    """A missing half of a pair, or two ways at once, is an error at the start that names the variable."""
    with pytest.raises(ConfigurationError, match="COPYDESK_KAFKA__"):
        load(**values)


def test_no_secret_is_in_an_error_or_a_representation(tmp_path: Path) -> None:
    """No error and no representation contains the password or the content of a file."""
    settings = load(sasl__mechanism="PLAIN", sasl__username="desk", sasl__password="hunter2")
    assert "hunter2" not in repr(settings)
    with pytest.raises(ConfigurationError) as caught:
        load(sasl__mechanism="NONE", sasl__username="desk", sasl__password="hunter2")
    assert "hunter2" not in str(caught.value)
    (tmp_path / "no.pem").write_text("hunter2")
    kafka = load(tls__enabled="true", tls__authority=str(tmp_path / "no.pem")).kafka
    with pytest.raises(ConfigurationError) as caught:
        build_security(kafka)
    assert "hunter2" not in str(caught.value)
