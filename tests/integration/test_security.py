"""Kafka with TLS and SASL, and ingest with API keys: they admit the right clients and refuse all others."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import json
import os
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from aiokafka.structs import TopicPartition

from services.cli.desk.processes.stack import Stack, run_stack
from services.cli.kafka.connection import BOOTSTRAP, read_kafka
from services.contracts import topics
from services.embedded import EmbeddedSettings
from services.errors import CopydeskError, TransientError
from services.runtime.kafka.clients import build_admin, build_reader, within
from services.runtime.service.settings import KafkaSettings, name_variable
from tests.integration.secure_broker import PASSWORD, SecureBroker, run_secure_broker, scram
from tests.support.builders import build_article
from tests.support.kafka_records import drain

pytestmark = [pytest.mark.kafka]

KEY = "a-key-of-many-letters"
SECRET = "client-secret-of-the-desk"
REFUSED_WITHIN = 20.0


@pytest.fixture(scope="module")
def broker(embedded_settings: EmbeddedSettings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureBroker]:
    with run_secure_broker(embedded_settings, tmp_path_factory.mktemp("certificates")) as running:
        yield running


def mutual(broker: SecureBroker, certificate: Path) -> dict[str, str]:
    """Return the environment variables of a client that connects with a certificate of its own."""
    return {
        BOOTSTRAP: broker.mutual,
        name_variable("kafka", "tls", "enabled"): "true",
        name_variable("kafka", "tls", "authority"): str(broker.authority),
        name_variable("kafka", "tls", "certificate"): str(certificate),
    }


async def list_topics(settings: KafkaSettings) -> list[str]:
    admin = build_admin(settings, client_id="test")
    try:
        await within(REFUSED_WITHIN, "connecting", admin.start())
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def expect_refusal(environ: Mapping[str, str], error: type[CopydeskError] = CopydeskError) -> str:
    """Connect as a client that must be refused, and return the message of the error."""
    with warnings.catch_warnings():
        # aiokafka leaves a refused connection to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        with pytest.raises(error) as caught:
            await list_topics(read_kafka(environ))
        message = str(caught.value)
        del caught
        gc.collect()
    return message


@pytest.fixture(scope="module")
def stack(broker: SecureBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run all services with the secure listener, and ingest with a file of API keys."""
    folder = tmp_path_factory.mktemp("secured")
    keys = folder / "keys"
    keys.write_text(f"# desk keys\n{hashlib.sha256(KEY.encode()).hexdigest()}  the wire\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    environ = {**own, **scram(broker), name_variable("ingest", "api_keys_file"): str(keys)}
    with run_stack(environ, folder) as (running, _):
        yield running


@pytest.mark.weights
async def test_an_article_is_enriched_over_tls_and_scram(stack: Stack, broker: SecureBroker) -> None:
    """Every client of every service, faust's included, connects by TLS and SCRAM-SHA-512: the article is enriched."""
    async with httpx.AsyncClient(base_url=stack.ingest, headers={"X-Api-Key": KEY}) as sender:
        answer = await sender.post("/v1/articles", json=build_article(1, seed=900))
    assert answer.status_code == 202, answer.text
    partitions = [TopicPartition(topics.ENRICHED, number) for number in range(topics.PARTITIONS)]
    reader = build_reader(read_kafka(scram(broker)), client_id="test")
    await reader.start()
    try:
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        records = await drain(reader, partitions, bool, within=60)
    finally:
        await reader.stop()
    assert json.loads(records[0].value)["id"] == answer.json()["id"]


async def test_keys_change_without_a_restart(stack: Stack) -> None:
    """A key is admitted as soon as the file has it, and refused as soon as the file no longer has it."""
    keys = Path(stack.log).parent / "keys"
    other = "another-key-of-many-letters"

    async def status(key: str) -> int:
        async with httpx.AsyncClient(base_url=stack.ingest, headers={"Authorization": f"Bearer {key}"}) as sender:
            return (await sender.post("/v1/articles", json=build_article(2, seed=900))).status_code

    async def becomes(key: str, expected: int) -> None:
        deadline = time.monotonic() + 20
        while (found := await status(key)) != expected:
            assert time.monotonic() < deadline, f"{found}, not {expected}"
            await asyncio.sleep(0.2)

    assert (await status(KEY), await status(other)) == (202, 401)
    keys.write_text(f"{hashlib.sha256(other.encode()).hexdigest()}\n")
    await becomes(other, 202)
    await becomes(KEY, 401)


def test_no_secret_is_in_the_log(stack: Stack) -> None:
    """The log of the services contains neither the password nor a key."""
    logged = stack.log.read_text(errors="replace")
    assert logged
    assert PASSWORD not in logged
    assert KEY not in logged


async def test_a_wrong_password_is_refused(broker: SecureBroker) -> None:
    """A wrong password is an error whose message does not contain it."""
    assert "wrong-password" not in await expect_refusal(scram(broker, "wrong-password"))


async def test_only_a_certificate_of_the_right_authority_is_admitted(broker: SecureBroker) -> None:
    """With mutual TLS the broker accepts only the certificates of its own authority."""
    assert isinstance(await list_topics(read_kafka(mutual(broker, broker.certificate))), list)
    assert await expect_refusal(mutual(broker, broker.stranger))


async def test_a_broker_of_another_authority_is_refused(broker: SecureBroker) -> None:
    """A client that trusts another authority refuses the broker's certificate."""
    environ = scram(broker) | {name_variable("kafka", "tls", "authority"): str(broker.stranger)}
    assert await expect_refusal(environ)


class TokenEndpoint(BaseHTTPRequestHandler):
    """A token endpoint that returns an unsigned token for the right secret (RFC 6749, section 4.4)."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        known = base64.b64encode(f"desk:{SECRET}".encode()).decode()
        is_right = self.headers["Authorization"] == f"Basic {known}" and "grant_type=client_credentials" in body
        answer = {"access_token": unsigned_token(), "expires_in": 300} if is_right else {"error": "invalid_client"}
        content = json.dumps(answer).encode()
        self.send_response(200 if is_right else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log."""


def unsigned_token() -> str:
    now = int(time.time())
    parts = ({"alg": "none"}, {"sub": "desk", "iat": now, "exp": now + 300})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return f"{encoded[0]}.{encoded[1]}."


@pytest.fixture(scope="module")
def token_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), TokenEndpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_only_a_client_with_a_token_is_admitted(broker: SecureBroker, token_url: str) -> None:
    """A client of OAUTHBEARER fetches a token with its secret; a wrong secret is an error without the secret."""
    environ = {name: value for name, value in scram(broker).items() if "__SASL__" not in name} | {
        name_variable("kafka", "sasl", "mechanism"): "OAUTHBEARER",
        name_variable("kafka", "sasl", "oauth", "token_url"): token_url,
        name_variable("kafka", "sasl", "oauth", "client_id"): "desk",
        name_variable("kafka", "sasl", "oauth", "client_secret"): SECRET,
    }
    assert isinstance(await list_topics(read_kafka(environ)), list)
    wrong = environ | {name_variable("kafka", "sasl", "oauth", "client_secret"): "not-the-secret"}
    assert "not-the-secret" not in await expect_refusal(wrong, TransientError)
