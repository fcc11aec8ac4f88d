"""A mail server for tests: takes messages over a socket, as RFC 5321 says, and answers what a test asks it to."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class SmtpReceiver:
    """The server while it runs.

    Attributes:
        answers: replies to RCPT or DATA, by command, in place of 250; taken in order, then 250 again.
        is_silent: takes connections and says nothing.
    """

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    credentials: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    accepts: tuple[str, str] | None = None
    is_silent: bool = False

    def reply(self, command: str) -> str:
        """The scripted reply to a command, or 250."""
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else "250 OK"


@contextmanager
def smtp_receiver(
    context: ssl.SSLContext | None = None, *, tls_from_start: bool = False, port: int = 0
) -> Iterator[SmtpReceiver]:
    """Run a server on loopback for as long as the block runs.

    Args:
        context: offers STARTTLS, or TLS from the first byte.
    """
    receiver = SmtpReceiver()
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(
            lambda reader, writer: _converse(receiver, reader, writer, None if tls_from_start else context),
            "127.0.0.1",
            port,
            ssl=context if tls_from_start else None,
        )

    server = loop.run_until_complete(start())
    receiver.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield receiver
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _converse(
    receiver: SmtpReceiver,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext | None,
) -> None:
    try:
        if receiver.is_silent:
            await asyncio.sleep(3600)
        await _dialogue(receiver, reader, writer, context)
    except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def _dialogue(
    receiver: SmtpReceiver,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    context: ssl.SSLContext | None,
) -> None:
    def say(line: str) -> None:
        writer.write(f"{line}\r\n".encode())

    say("220 mail.test ESMTP")
    while line := (await reader.readline()).decode().rstrip("\r\n"):
        command = line.partition(" ")[0].upper()
        if command == "EHLO":
            starttls = ["250-STARTTLS"] if context is not None else []
            for reply in ["250-mail.test", *starttls, "250-AUTH PLAIN", "250-8BITMIME", "250 SMTPUTF8"]:
                say(reply)
        elif command == "STARTTLS" and context is not None:
            say("220 Go ahead")
            await writer.drain()
            await writer.start_tls(context)
            context = None
        elif command == "AUTH":
            _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            receiver.credentials.append((user, password))
            good = receiver.accepts in (None, (user, password))
            say("235 Welcome" if good else "535 5.7.8 Wrong password")
        elif command == "DATA":
            say("354 Go on")
            data = await reader.readuntil(b"\r\n.\r\n")
            reply = receiver.reply("DATA")
            if reply.startswith("250"):
                receiver.messages.append(message_from_bytes(_unstuffed(data[:-3]), policy=policy.default))
                receiver.encrypted.append(writer.get_extra_info("ssl_object") is not None)
            say(reply)
        elif command == "RCPT":
            say(receiver.reply("RCPT"))
        elif command == "QUIT":
            say("221 Bye")
            await writer.drain()
            return
        else:
            say("250 OK")
        await writer.drain()


def _unstuffed(data: bytes) -> bytes:
    """Without the dots that a client puts before lines that begin with one (RFC 5321, section 4.5.2)."""
    return (b"\r\n" + data).replace(b"\r\n.", b"\r\n")[2:]
