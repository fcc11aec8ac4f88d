"""Asking an address that somebody else chose, without becoming their way into the network."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import httpx

from drivetrain.core.addresses import Address, is_loopback, is_public, read_address
from drivetrain.core.endpoints import Endpoint

_MOST_ADDRESSES = 3

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

TakePart = Callable[[int, bytes], bool]
"""Gets the parts of an answer's body with its status, as they come; False ends the reading."""


async def resolved(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host.

    Raises:
        OSError: the name cannot be resolved.
    """
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = (read_address(str(info[4][0])) for info in infos)
    return list(dict.fromkeys(address for address in addresses if address is not None))


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """What is asked.

    Attributes:
        headers: beside those that every request has.
    """

    method: str
    endpoint: Endpoint
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """What came back.

    Attributes:
        status: HTTP status; 0 where there was no answer.
        failure: why there was none, a sentence for people; empty where there was one.
    """

    status: int
    failure: str = ""


class PublicHttp:
    """Resolves a name once, checks every address of it, and connects to one of those it has checked.

    A name may have another address at each look (DNS rebinding); nothing looks a second time. Redirects are not
    followed, proxies of the environment are not used, and the answer is not decoded.

    Args:
        allow_loopback: whether this machine itself may be asked; for development.
        trust: certificates to trust; those of the system when None.
        total_s: longest time for one request, resolving included, seconds.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolved,
        total_s: float,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._trust = trust or _system_trust()
        self._resolve = resolve
        self._total_s = total_s

    def ask(self, request: OutgoingRequest, take: TakePart) -> OutgoingAnswer:
        """Ask once. Blocking; not for a thread that runs an event loop. Raises what ``take`` raises."""
        return asyncio.run(self._ask(request, take))

    async def _ask(self, request: OutgoingRequest, take: TakePart) -> OutgoingAnswer:
        endpoint = request.endpoint
        try:
            async with asyncio.timeout(self._total_s):
                try:
                    addresses = await self._resolve(endpoint.host, endpoint.port)
                except (OSError, UnicodeError):
                    return OutgoingAnswer(0, "The host cannot be resolved.")
                if not addresses or not all(map(self._is_open, addresses)):
                    return OutgoingAnswer(0, "The host has an address that is not on the public internet.")
                return await self._ask_one_of(addresses[:_MOST_ADDRESSES], request, take)
        except TimeoutError:
            return OutgoingAnswer(0, f"There was no answer within {self._total_s:g} s.")

    def _is_open(self, address: Address) -> bool:
        return is_public(address) or (self._allow_loopback and is_loopback(address))

    async def _ask_one_of(
        self, addresses: Sequence[Address], request: OutgoingRequest, take: TakePart
    ) -> OutgoingAnswer:
        answer = OutgoingAnswer(0, "The host cannot be reached.")
        async with httpx.AsyncClient(
            verify=self._trust, trust_env=False, timeout=self._total_s, follow_redirects=False
        ) as client:
            for address in addresses:
                try:
                    return await _answered(client, _built(client, address, request), take)
                except httpx.ConnectError as error:  # nothing was sent: the next address may be reached
                    answer = OutgoingAnswer(0, _unreachable(error))
                except httpx.HTTPError:
                    return OutgoingAnswer(0, "The connection was lost, or the answer is no HTTP.")
        return answer


def _built(client: httpx.AsyncClient, address: Address, request: OutgoingRequest) -> httpx.Request:
    """To the checked address; name and certificate stay those of the host."""
    endpoint = request.endpoint
    url = httpx.URL(
        scheme=endpoint.scheme,
        host=str(address),
        port=endpoint.port,
        raw_path=endpoint.target.encode("ascii"),
    )
    return client.build_request(
        request.method,
        url,
        content=request.body or None,
        headers={
            **request.headers,
            "Host": endpoint.authority,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        },
        extensions={"sni_hostname": endpoint.host},
    )


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once: it takes tens of milliseconds of CPU, and a client is made for every task."""
    return ssl.create_default_context()


async def _answered(client: httpx.AsyncClient, request: httpx.Request, take: TakePart) -> OutgoingAnswer:
    response = await client.send(request, stream=True)
    try:
        async for part in response.aiter_raw():
            if not take(response.status_code, part):
                break
    finally:
        await response.aclose()
    return OutgoingAnswer(response.status_code)


def _unreachable(error: httpx.ConnectError) -> str:
    causes = (error.__cause__, error.__context__)
    is_tls = "CERTIFICATE" in str(error) or any(isinstance(cause, ssl.SSLError) for cause in causes)
    return "The certificate of the host cannot be trusted." if is_tls else "The host cannot be reached."
