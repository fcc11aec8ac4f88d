"""The least that frameworks do for an answer: what prices are measured against. Served by uvicorn."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

fastapi_constant = FastAPI(openapi_url=None)

_BODY = b'{"state":"ok"}'
_HEADERS = [(b"content-length", str(len(_BODY)).encode()), (b"content-type", b"application/json")]


@fastapi_constant.get("/")
async def answer() -> dict[str, str]:
    """Answer a constant."""
    return {"state": "ok"}


async def asgi_constant(scope: Scope, receive: Receive, send: Send) -> None:
    """The same without a framework."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BODY})
