"""Asking an identity provider over HTTP: small answers, no redirects, JSON only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import httpx
import orjson
import structlog

from drivetrain.core.errors import UnavailableError

LARGEST_ANSWER_BYTES = 256 * 1024

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "drivetrain"}
_log = structlog.get_logger("drivetrain.sessions")


class ProviderHttp:
    """Sends requests to the provider, each on a connection of its own.

    Args:
        timeout_s: longest pause in an answer, seconds; the caller bounds the whole.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._certificates = httpx.create_ssl_context()

    async def get(self, url: str) -> Mapping[str, Any]:
        """A JSON object.

        Raises:
            UnavailableError: ``sessions.provider_unavailable``.
        """
        status, answer = await self._ask("GET", url)
        if status != 200:
            raise unavailable(f"it answered {status}")
        return answer

    async def post(
        self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None
    ) -> tuple[int, Mapping[str, Any]]:
        """Status and JSON object of the answer to a form.

        Args:
            basic: name and secret for the header, each encoded as a form (RFC 6749, section 2.3.1).

        Raises:
            UnavailableError: ``sessions.provider_unavailable``.
        """
        auth = None if basic is None else httpx.BasicAuth(quote_plus(basic[0]), quote_plus(basic[1]))
        return await self._ask("POST", url, form, auth)

    async def _ask(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        try:
            async with (
                httpx.AsyncClient(
                    verify=self._certificates, timeout=self._timeout_s, follow_redirects=False
                ) as client,
                client.stream(method, url, data=form, auth=auth, headers=_HEADERS) as response,
            ):
                return response.status_code, _read(await _body(response))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unavailable(type(error).__name__) from None


async def _body(response: httpx.Response) -> bytes:
    """The body as it was sent; refused where it is large, or compressed, which may hide a large one."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise unavailable("its answer is compressed, unasked")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise unavailable("its answer is too large")
    return bytes(body)


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise unavailable("its answer is no JSON object")
    return answer


def unavailable(why: str) -> UnavailableError:
    """The refusal where the provider does not do its part; the reason goes to the log alone."""
    _log.warning("identity provider unavailable", why=why)
    return UnavailableError(
        "The provider does not answer as it should; try again later, or sign in in another way.",
        code="sessions.provider_unavailable",
        retry_after_s=5,
    )
