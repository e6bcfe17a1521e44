"""TLS and SASL: from settings to what aiokafka's clients take; the same for every client."""

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
"""Seconds before its end at which a token is replaced: longer than a connection takes to be made with it."""

TOKEN_TIMEOUT: Final = 10.0
"""Seconds that the token endpoint has to answer in."""

DEFAULT_LIFETIME: Final = 300.0
"""Seconds that a token is used for when the endpoint does not say how long it lives (RFC 6749, section 5.1)."""


@dataclass(frozen=True, slots=True)
class Security:
    """How a client proves who it is and whom it talks to; `tls` None is plain text."""

    tls: ssl.SSLContext | None
    sasl: SaslSettings | None
    tokens: AbstractTokenProvider | None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of an aiokafka client."""
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
    """Read the certificates that the settings name. Raises ConfigurationError where one cannot be used.

    All clients of a process share what the first one read, and its tokens.
    """
    sasl = settings.sasl
    tokens = OAuthTokens(sasl.oauth) if sasl is not None and sasl.oauth is not None else None
    return Security(build_tls(settings.tls) if settings.tls.enabled else None, sasl, tokens)


def build_tls(settings: TlsSettings) -> ssl.SSLContext:
    """A context that checks the broker's certificate and, unless told otherwise, that it is the host's.

    Raises ConfigurationError when a file is missing or is no PEM, without its content.
    """
    try:
        context = ssl.create_default_context(cafile=settings.authority)
        context.check_hostname = settings.check_hostname
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None:
            password = settings.key_password.get_secret_value() if settings.key_password else None
            context.load_cert_chain(settings.certificate, settings.key, password)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"cannot use the TLS files: {error.strerror or error}") from error
    return context


class OAuthTokens(AbstractTokenProvider):  # type: ignore[misc]
    """Tokens by the client credentials grant (RFC 6749, section 4.4) for SASL OAUTHBEARER (RFC 7628, KIP-255)."""

    def __init__(self, settings: OAuthSettings) -> None:
        self._settings = settings
        self._token = ""
        self._replace_at = 0.0

    async def token(self) -> str:
        """A token that lives for a while yet; asked for before each connection.

        Raises TransientError when the endpoint gives none: the client tries to connect again.
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
            # Neither the answer nor the request: both may hold secrets.
            raise TransientError(f"no token from {settings.token_url}: {type(error).__name__}") from None
        self._token = token
        self._replace_at = time.monotonic() + max(0.0, lifetime - TOKEN_MARGIN)
