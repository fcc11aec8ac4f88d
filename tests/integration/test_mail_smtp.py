"""Mail over SMTP, against a real server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.support.certificates import Certificates, certificates_for
from tests.support.smtp_server import SmtpReceiver, smtp_receiver

from drivetrain.adapters.mail.smtp import Security, SmtpMailer, SmtpServer
from drivetrain.core.errors import InvalidInputError, UnavailableError

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_for("localhost", tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver() -> Iterator[SmtpReceiver]:
    with smtp_receiver() as receiver:
        yield receiver


def message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@cars.example", "ann@example.com", "Grüße"
    message["Message-ID"] = "<1@cars.example>"
    message.set_content("مرحبًا\n.\nafter a line with a dot\n")
    return message


def mailer(
    receiver: SmtpReceiver,
    security: Security = Security.NONE,
    trust: Certificates | None = None,
    **others: object,
) -> SmtpMailer:
    server = SmtpServer("localhost", receiver.port, security, **others)  # type: ignore[arg-type]
    return SmtpMailer(server, trust=trust.client if trust is not None else None)


def test_a_mail_arrives_as_it_was_written(receiver: SmtpReceiver) -> None:
    mailer(receiver).send(message())
    (arrived,) = receiver.messages
    assert arrived["Subject"] == "Grüße"
    assert arrived["Message-ID"] == "<1@cars.example>"
    assert arrived.get_content().splitlines() == ["مرحبًا", ".", "after a line with a dot"]
    assert receiver.credentials == []


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_it_is_encrypted_as_the_settings_ask(security: Security, certificates: Certificates) -> None:
    with smtp_receiver(certificates.server, tls_from_start=security is Security.TLS) as receiver:
        mailer(receiver, security, certificates, username="u", password=PASSWORD).send(message())
    assert receiver.encrypted == [True]
    assert receiver.credentials == [("u", PASSWORD)]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_gets_no_password(
    security: Security, certificates: Certificates
) -> None:
    with (
        smtp_receiver(certificates.server, tls_from_start=security is Security.TLS) as receiver,
        pytest.raises(UnavailableError) as raised,
    ):
        mailer(receiver, security, username="u", password=PASSWORD).send(message())
    assert raised.value.code == "mail.unavailable"
    assert receiver.credentials == []
    assert receiver.messages == []


def test_a_server_that_offers_no_encryption_gets_no_password(receiver: SmtpReceiver) -> None:
    """Somebody between us and the server may take the offer out of its greeting."""
    with pytest.raises(UnavailableError, match="STARTTLS"):
        mailer(receiver, Security.STARTTLS, username="u", password=PASSWORD).send(message())
    assert receiver.credentials == []


def test_a_refused_password_is_not_repeated(receiver: SmtpReceiver) -> None:
    receiver.accepts = ("u", "another")
    with pytest.raises(UnavailableError) as raised:
        mailer(receiver, username="u", password=PASSWORD).send(message())
    assert "password" in raised.value.detail
    assert PASSWORD not in raised.value.detail


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_server_that_asks_to_come_again_is_asked_again(command: str, receiver: SmtpReceiver) -> None:
    receiver.answers[command] = ["451 4.7.1 Greylisted"]
    with pytest.raises(UnavailableError) as raised:
        mailer(receiver).send(message())
    assert raised.value.code == "mail.unavailable"
    mailer(receiver).send(message())
    assert len(receiver.messages) == 1


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_server_that_refuses_is_believed(command: str, receiver: SmtpReceiver) -> None:
    receiver.answers[command] = ["550 5.1.1 No such user"]
    with pytest.raises(InvalidInputError) as raised:
        mailer(receiver).send(message())
    assert raised.value.code == "mail.refused"
    assert "550" in raised.value.detail


def test_a_server_that_says_nothing_is_left(receiver: SmtpReceiver) -> None:
    receiver.is_silent = True
    with pytest.raises(UnavailableError, match="in time"):
        mailer(receiver, timeout_s=0.3).send(message())


def test_a_server_that_is_away_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnavailableError, match="cannot be reached"):
        mailer(SmtpReceiver(port)).send(message())


def test_a_name_that_cannot_be_resolved_is_waited_for(tmp_path: Path) -> None:
    server = SmtpServer("mail.invalid", 25, Security.NONE, timeout_s=20)
    with pytest.raises(UnavailableError):
        SmtpMailer(server).send(message())
