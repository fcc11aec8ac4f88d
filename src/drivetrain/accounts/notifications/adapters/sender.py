"""Sending a webhook to an address that somebody else chose, without becoming their way into the network."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache

import httpx

from drivetrain.accounts.notifications.application.ports import WebhookAnswer
from drivetrain.accounts.notifications.domain.addresses import Address, is_loopback, is_public, read_address
from drivetrain.accounts.notifications.domain.webhooks import Endpoint

TOTAL_S = 15.0
_ANSWER_BYTES = 64 * 1024
_MOST_ADDRESSES = 3
_USER_AGENT = "drivetrain-webhooks"

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


async def resolved(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host.

    Raises:
        OSError: the name cannot be resolved.
    """
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (read_address(str(info[4][0])) for info in infos)
    return list(dict.fromkeys(address for address in addresses if address is not None))


class HttpWebhookSender:
    """Resolves a name once, checks every address of it, and connects to one of those it has checked.

    A name may have another address at each look (DNS rebinding); nothing looks a second time. Redirects are not
    followed, proxies of the environment are not used, and the answer is neither decoded nor read to its end when
    it is long.

    Args:
        allow_loopback: whether this machine itself may be a receiver; for development.
        trust: certificates to trust; those of the system when None.
        total_s: longest time for one attempt, resolving included, seconds.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolved,
        total_s: float = TOTAL_S,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._trust = trust or _system_trust()
        self._resolve = resolve
        self._total_s = total_s

    def post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """Send a body once. Blocking; not for a thread that runs an event loop."""
        return asyncio.run(self._post(endpoint, headers, body))

    async def _post(self, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        try:
            async with asyncio.timeout(self._total_s):
                addresses = await self._resolve(endpoint.host, endpoint.port)
                if not addresses or not all(map(self._is_open, addresses)):
                    return WebhookAnswer(0, "The host has an address that is not on the public internet.")
                return await self._ask(addresses[:_MOST_ADDRESSES], endpoint, headers, body)
        except TimeoutError:
            return WebhookAnswer(0, f"There was no answer within {self._total_s:g} s.")
        except (OSError, UnicodeError):
            return WebhookAnswer(0, "The host cannot be resolved.")

    def _is_open(self, address: Address) -> bool:
        return is_public(address) or (self._allow_loopback and is_loopback(address))

    async def _ask(
        self, addresses: Sequence[Address], endpoint: Endpoint, headers: Mapping[str, str], body: bytes
    ) -> WebhookAnswer:
        answer = WebhookAnswer(0, "The host cannot be reached.")
        async with httpx.AsyncClient(
            verify=self._trust, trust_env=False, timeout=self._total_s, follow_redirects=False
        ) as client:
            for address in addresses:
                request = self._request(client, address, endpoint, headers, body)
                try:
                    return await _answered(client, request)
                except httpx.ConnectError as error:  # nothing was sent: the next address may be reached
                    answer = WebhookAnswer(0, _unreachable(error))
                except httpx.HTTPError:
                    return WebhookAnswer(0, "The connection was lost, or the answer is no HTTP.")
        return answer

    def _request(
        self,
        client: httpx.AsyncClient,
        address: Address,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        body: bytes,
    ) -> httpx.Request:
        """To the checked address; name and certificate stay those of the host."""
        url = httpx.URL(
            scheme=endpoint.scheme,
            host=str(address),
            port=endpoint.port,
            raw_path=endpoint.target.encode("ascii"),
        )
        return client.build_request(
            "POST",
            url,
            content=body,
            headers={
                **headers,
                "Host": endpoint.authority,
                "Content-Type": "application/json",
                "User-Agent": _USER_AGENT,
                "Accept": "*/*",
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            extensions={"sni_hostname": endpoint.host},
        )


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once: it takes tens of milliseconds of CPU, and a sender is made for every task."""
    return ssl.create_default_context()


async def _answered(client: httpx.AsyncClient, request: httpx.Request) -> WebhookAnswer:
    response = await client.send(request, stream=True)
    try:
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > _ANSWER_BYTES:
                break
    finally:
        await response.aclose()
    status = response.status_code
    if 200 <= status < 300:
        return WebhookAnswer(status, "")
    what = "; redirects are not followed" if 300 <= status < 400 else ""
    return WebhookAnswer(status, f"The receiver answered {status}{what}.")


def _unreachable(error: httpx.ConnectError) -> str:
    causes = (error.__cause__, error.__context__)
    is_tls = "CERTIFICATE" in str(error) or any(isinstance(cause, ssl.SSLError) for cause in causes)
    return "The certificate of the host cannot be trusted." if is_tls else "The host cannot be reached."
