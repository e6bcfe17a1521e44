"""A broker with TLS: one listener for SCRAM and OAUTHBEARER, and another for client certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from services.cli.kafka.connection import BOOTSTRAP
from services.embedded import EmbeddedKafka, EmbeddedSettings
from services.embedded.ports import find_free_port
from services.embedded.properties import Node
from services.runtime.service.settings import name_variable

USER = "desk"
PASSWORD = "correct-horse-battery"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SecureBroker:
    """The addresses of the broker's listeners, and the files that clients need."""

    plain: str
    """Address for the test itself, in plain text and without a name."""
    sasl: str
    """Address for clients with a password or a token."""
    mutual: str
    """Address for clients with a certificate."""
    authority: Path
    """PEM file of the authority that issued the broker's certificate."""
    certificate: Path
    """PEM file of a client's certificate and key."""
    stranger: Path
    """PEM file of a certificate and key of another authority."""
    log: Path
    """File of the broker's log."""


@contextmanager
def run_secure_broker(
    settings: EmbeddedSettings,
    folder: Path,
    *,
    users: tuple[str, ...] = (USER,),
    properties: Mapping[str, str] | None = None,
) -> Iterator[SecureBroker]:
    """Run a broker whose certificates are in `folder`. All `users` have the same password.

    `properties` are added to the broker's own.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    for name, issuer in (("broker", authority), ("client", authority), ("stranger", trustme.CA())):
        _write_certificate(issuer.issue_cert(HOST, "localhost"), folder / f"{name}.pem")
    plain, sasl, mutual, controller = (find_free_port(HOST) for _ in range(4))
    node = Node(
        controller_port=controller,
        scram_users=dict.fromkeys(users, PASSWORD),
        properties={**_secure(folder, plain, sasl, mutual, controller), **(properties or {})},
    )
    with EmbeddedKafka.start(settings.model_copy(update={"port": plain}), node=node) as kafka:
        yield SecureBroker(
            f"{HOST}:{plain}", f"{HOST}:{sasl}", f"{HOST}:{mutual}",
            folder / "authority.pem", folder / "client.pem", folder / "stranger.pem", kafka.log_file,
        )  # fmt: skip


def scram(broker: SecureBroker, password: str = PASSWORD, *, user: str = USER) -> dict[str, str]:
    """Return the environment variables of a client with a password."""
    return {
        BOOTSTRAP: broker.sasl,
        name_variable("kafka", "tls", "enabled"): "true",
        name_variable("kafka", "tls", "authority"): str(broker.authority),
        name_variable("kafka", "sasl", "mechanism"): "SCRAM-SHA-512",
        name_variable("kafka", "sasl", "username"): user,
        name_variable("kafka", "sasl", "password"): password,
    }


def _write_certificate(issued: trustme.LeafCert, path: Path) -> None:
    """Write certificate and key. Kafka reads keys in PKCS #8 only, and trustme writes them in the older form."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(written + b"".join(blob.bytes() for blob in issued.cert_chain_pems))


def _secure(folder: Path, plain: int, sasl: int, mutual: int, controller: int) -> dict[str, str]:
    listeners = {"PLAINTEXT": plain, "SASL_SSL": sasl, "SSL": mutual}
    addresses = ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())
    bearer = "org.apache.kafka.common.security.oauthbearer"
    return {
        "listeners": f"{addresses},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": addresses,
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "authority.pem"),
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,OAUTHBEARER",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config":
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        # Kafka's development mode, which accepts unsigned tokens.
        "listener.name.sasl_ssl.oauthbearer.sasl.jaas.config":
            f'{bearer}.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
    }  # fmt: skip
