"""TLS and SASL: the security options of every Kafka client, built from the settings."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx
from aiokafka.conn import AbstractTokenProvider

from services.errors import ConfigurationError, TransientError
from services.runtime.service.settings import KafkaSettings, OAuthSettings, SaslSettings, TlsSettings

TOKEN_MARGIN: Final = 30.0
"""Seconds before its expiry at which a token is replaced. Opening a connection with the token takes less."""

TOKEN_TIMEOUT: Final = 10.0
"""Seconds to wait for an answer of the token endpoint."""

DEFAULT_LIFETIME: Final = 300.0
"""Seconds for which a token is used if the endpoint does not return its lifetime (RFC 6749, section 5.1)."""


@dataclass(frozen=True, slots=True)
class Security:
    """The means by which a client checks the broker and proves its own identity."""

    tls: ssl.SSLContext | None
    """TLS context; None for a connection in plain text."""
    sasl: SaslSettings | None
    """Settings of the client's identity; None for an anonymous client or one with a TLS certificate alone."""
    tokens: AbstractTokenProvider | None
    """Provider of tokens for OAUTHBEARER; None for every other mechanism."""

    @property
    def options(self) -> dict[str, Any]:
        """Security arguments for the constructor of an aiokafka client."""
        protocol = f"{'SASL_' if self.sasl else ''}{'SSL' if self.tls else 'PLAINTEXT'}"
        options: dict[str, Any] = {"security_protocol": protocol, "ssl_context": self.tls}
        if self.sasl is None:
            return options
        options["sasl_mechanism"] = self.sasl.mechanism
        if self.tokens is not None:
            return options | {"sasl_oauth_token_provider": self.tokens}
        return options | {
            "sasl_plain_username": self.sasl.username,
            "sasl_plain_password": self.sasl.read_password(),
        }


@cache
def build_security(settings: KafkaSettings) -> Security:
    """Read the certificates that the settings name. Raises ConfigurationError if one cannot be used.

    All clients of a process that have equal settings share one result, and with it their tokens.
    """
    sasl = settings.sasl
    tokens = OAuthTokenProvider(sasl.oauth) if sasl is not None and sasl.oauth is not None else None
    return Security(build_tls_context(settings.tls) if settings.tls.enabled else None, sasl, tokens)


def build_tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a context that checks the broker's certificate and, unless the settings disable it, the host name.

    Raises ConfigurationError if a file is missing or is not PEM. The message does not contain the file's content.
    """
    try:
        context = ssl.create_default_context(cafile=settings.authority)
        context.check_hostname = settings.check_hostname
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None:
            password = settings.key_password.get_secret_value() if settings.key_password else None
            context.load_cert_chain(settings.certificate, settings.key, password)
    except (OSError, ssl.SSLError) as error:
        files = [str(file) for file in (settings.authority, settings.certificate, settings.key) if file is not None]
        raise ConfigurationError(
            f"cannot use the TLS files {', '.join(files)}: {error.strerror or error}; "
            "check that each exists, is readable and is PEM"
        ) from error
    return context


class OAuthTokenProvider(AbstractTokenProvider):  # type: ignore[misc]
    """A provider of tokens for SASL OAUTHBEARER (RFC 7628, KIP-255).

    It requests them with the client credentials grant (RFC 6749, section 4.4).
    """

    def __init__(self, settings: OAuthSettings) -> None:
        self._settings = settings
        self._token = ""
        self._replace_at = 0.0

    async def token(self) -> str:
        """Return a token that is valid for at least `TOKEN_MARGIN` seconds; aiokafka asks before each connection.

        Raises TransientError if the endpoint returns none: the client then tries to connect again.
        """
        if time.monotonic() >= self._replace_at:
            await self._fetch()
        return self._token

    async def _fetch(self) -> None:
        settings = self._settings
        form = {"grant_type": "client_credentials"} | ({"scope": settings.scope} if settings.scope else {})
        auth = httpx.BasicAuth(settings.client_id, settings.read_secret())
        try:
            async with httpx.AsyncClient(timeout=TOKEN_TIMEOUT) as client:
                response = await client.post(settings.token_url, data=form, auth=auth)
            response.raise_for_status()
            answer = response.json()
            token, lifetime = answer["access_token"], float(answer.get("expires_in", DEFAULT_LIFETIME))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            # The message names neither the answer nor the request, because both may contain secrets.
            raise TransientError(
                f"no token from {settings.token_url}: {type(error).__name__}; check the URL, the client id and the "
                "secret"
            ) from None
        self._token = token
        self._replace_at = time.monotonic() + max(0.0, lifetime - TOKEN_MARGIN)
