"""Mail over SMTP, with what a server's refusal means to whoever wants to send again."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from functools import cache

import aiosmtplib
from aiosmtplib import errors

from drivetrain.core.errors import InvalidInputError, UnavailableError


class Security(StrEnum):
    """How the connection is encrypted: from the first byte, after a greeting in clear, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server that takes mail.

    Attributes:
        username, password: empty for a server that asks for none.
        timeout_s: longest time for one whole message, seconds.
    """

    host: str
    port: int
    security: Security
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 30.0


class SmtpMailer:
    """Sends each message over a connection of its own.

    Args:
        trust: certificates to trust; those of the system when None.
    """

    def __init__(self, server: SmtpServer, *, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._trust = trust or _system_trust()

    def send(self, message: EmailMessage) -> None:
        """Hand the message to the server. Blocking; not for a thread that runs an event loop.

        Raises:
            UnavailableError: the server is away, slow, busy or not set up for us; sending later may help.
            InvalidInputError: ``mail.refused``; the server will not take this message from us to this address.
        """
        try:
            asyncio.run(self._send(message))
        except (TimeoutError, errors.SMTPTimeoutError):
            raise self._away("did not answer in time") from None
        except (errors.SMTPRecipientRefused, errors.SMTPRecipientsRefused) as error:
            refused = error.recipients[0] if isinstance(error, errors.SMTPRecipientsRefused) else error
            raise self._by_code(refused.code) from None
        except (errors.SMTPDataError, errors.SMTPSenderRefused) as error:
            raise self._by_code(error.code) from None
        except errors.SMTPAuthenticationError:
            raise self._away("refuses the user name or the password") from None
        except ssl.SSLError:
            raise self._away("has a certificate that cannot be trusted, or speaks no TLS") from None
        except OSError:
            raise self._away("cannot be reached") from None
        except errors.SMTPException:
            raise self._away("does not offer what the settings ask for, such as STARTTLS") from None

    async def _send(self, message: EmailMessage) -> None:
        server = self._server
        async with asyncio.timeout(server.timeout_s):
            client = aiosmtplib.SMTP(
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                timeout=server.timeout_s,
                use_tls=server.security is Security.TLS,
                start_tls=server.security is Security.STARTTLS,
                tls_context=self._trust if server.security is not Security.NONE else None,
            )
            async with client:
                await client.send_message(message)

    def _by_code(self, code: int) -> UnavailableError | InvalidInputError:
        """A reply of 4xx asks to come again; one of 5xx is final (RFC 5321, section 4.2.1)."""
        if code < 500:
            return self._away(f"asks to try again later ({code})")
        return InvalidInputError(f"The mail server refuses the message ({code}).", code="mail.refused")

    def _away(self, what: str) -> UnavailableError:
        return UnavailableError(
            f"The mail server {self._server.host}:{self._server.port} {what}.", code="mail.unavailable"
        )


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once: it takes tens of milliseconds of CPU, and a mailer is made for every task."""
    return ssl.create_default_context()
