"""A link to unsubscribe by is good for its person and its topic, and for nothing else."""

from __future__ import annotations

from uuid import UUID

import pytest

from drivetrain.accounts.notifications.domain.messages import Topic
from drivetrain.accounts.notifications.domain.unsubscribing import Unsubscription
from drivetrain.core.errors import NotFoundError

KEY = b"k" * 32
LINK = Unsubscription(UUID(int=7), Topic.SEARCHES)


@pytest.mark.parametrize("topic", Topic)
def test_what_was_written_is_read(topic: Topic) -> None:
    link = Unsubscription(UUID(int=7), topic)
    text = link.text(KEY)
    assert Unsubscription.parse(text, KEY) == link
    assert text.isascii() and "/" not in text and len(text) <= 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é" * 20,
        "=" * 40,
        LINK.text(b"another key"),
        LINK.text(KEY)[:-2],  # cut short
        LINK.text(KEY) + "A" * 40,
        "B" + LINK.text(KEY)[1:],  # another person
        LINK.text(KEY)[:43] + Unsubscription(UUID(int=7), Topic.MODELS).text(KEY)[43:],  # another topic
    ],
)
def test_anything_else_is_no_link(text: str) -> None:
    with pytest.raises(NotFoundError):
        Unsubscription.parse(text, KEY)
