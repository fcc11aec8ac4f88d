"""Which mailer the settings ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from drivetrain.accounts.notifications.adapters.mailers import open_mailer, sender_of
from drivetrain.accounts.notifications.adapters.settings import SmtpSettings
from drivetrain.adapters.mail.files import MailFiles
from drivetrain.adapters.mail.smtp import Security, SmtpMailer, SmtpServer
from drivetrain.core.errors import InvalidInputError

PASSWORD = "opensesame"


def settings(**values: object) -> SmtpSettings:
    return SmtpSettings(**values)


def test_without_a_server_mails_are_files(tmp_path: Path) -> None:
    assert isinstance(open_mailer(settings(), tmp_path), MailFiles)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_with_a_server_they_are_sent(security: str, tmp_path: Path) -> None:
    assert isinstance(open_mailer(settings(host="mail.example", security=security), tmp_path), SmtpMailer)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_password_may_go_in_clear_to_this_machine(host: str, tmp_path: Path) -> None:
    open_mailer(settings(host=host, security="none", username="u", password=SecretStr(PASSWORD)), tmp_path)


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.1"])
def test_and_to_no_other(host: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as raised:
        open_mailer(
            settings(host=host, security="none", username="u", password=SecretStr(PASSWORD)), tmp_path
        )
    assert PASSWORD not in raised.value.detail


def test_the_password_is_not_shown() -> None:
    server = SmtpServer("mail.example", 465, Security.TLS, "u", PASSWORD)
    assert PASSWORD not in repr(server)
    assert PASSWORD not in repr(settings(password=SecretStr(PASSWORD)))


@pytest.mark.parametrize("sender", ["", "x", "a@b@c", "a b@c", "x@y\r\nBcc: z@z"])
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(InvalidInputError):
        settings(sender=sender or "@")


def test_the_sender_is_that_of_the_settings() -> None:
    assert sender_of(settings(sender="a@b.example")).domain == "b.example"
