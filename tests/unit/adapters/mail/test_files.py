"""Mail as files."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from drivetrain.adapters.mail.files import MailFiles
from drivetrain.core.errors import InvalidInputError, UnavailableError


def message(message_id: str = "<0189-a@cars.example>", text: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = message_id
    message.set_content(text)
    return message


def test_a_mail_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    MailFiles(folder).send(message())
    (file,) = folder.iterdir()
    assert file.name == "0189-a.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert message_from_bytes(file.read_bytes(), policy=policy.default).get_content().strip() == "Hello"


def test_a_repeat_replaces_its_file(tmp_path: Path) -> None:
    MailFiles(tmp_path).send(message())
    MailFiles(tmp_path).send(message(text="Again"))
    (file,) = tmp_path.iterdir()
    assert b"Again" in file.read_bytes()


@pytest.mark.parametrize("message_id", ["<../../etc/passwd@x>", "<a/b@x>", "", f"<{'a' * 65}@x>"])
def test_an_id_that_is_no_name_is_refused(message_id: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError):
        MailFiles(tmp_path / "outbox").send(message(message_id))
    assert not (tmp_path / "outbox").exists()


def test_a_disk_that_refuses_is_worth_another_attempt(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError) as raised:
        MailFiles(tmp_path / "outbox").send(message())
    assert raised.value.code == "mail.not_written"
