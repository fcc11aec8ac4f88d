"""The mailer that the settings ask for."""

from __future__ import annotations

from pathlib import Path

from drivetrain.accounts.notifications.adapters.settings import SmtpSettings
from drivetrain.accounts.notifications.application.ports import Mailer
from drivetrain.accounts.notifications.application.write_mail import Sender
from drivetrain.adapters.mail.files import MailFiles
from drivetrain.adapters.mail.smtp import PORTS, Security, SmtpMailer, SmtpServer
from drivetrain.core.addresses import is_loopback, read_address
from drivetrain.core.errors import InvalidInputError

OUTBOX = "outbox"


def open_mailer(settings: SmtpSettings, home: Path) -> Mailer:
    """By SMTP where there is a server; else into ``outbox`` of the home.

    Raises:
        InvalidInputError: ``settings.invalid``; a password would cross the network in clear.
    """
    if settings.host is None:
        return MailFiles(home / OUTBOX)
    security = Security(settings.security)
    if security is Security.NONE and settings.username and not _is_here(settings.host):
        raise InvalidInputError(
            "DRIVETRAIN_SMTP_SECURITY=none would send the password of the mail server in clear; "
            "use tls or starttls.",
            code="settings.invalid",
        )
    return SmtpMailer(
        SmtpServer(
            settings.host,
            settings.port or PORTS[security],
            security,
            settings.username or "",
            settings.password.get_secret_value() if settings.password is not None else "",
            settings.timeout_s,
        )
    )


def sender_of(settings: SmtpSettings) -> Sender:
    """Whom mails come from."""
    return Sender(settings.sender_name, settings.sender)


def _is_here(host: str) -> bool:
    address = read_address(host)
    return host == "localhost" or (address is not None and is_loopback(address))
