"""The tables of notifications as SQLAlchemy sees them. The migrations make them; a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.tables import metadata

_INSTANT = DateTime(timezone=True)


def _person(*, nullable: bool = False, is_key: bool = False) -> Column[object]:
    return Column(
        "person_id",
        Uuid,
        ForeignKey(people.c.person_id, ondelete="CASCADE"),
        nullable=nullable,
        primary_key=is_key,
    )


mails = Table(
    "mails",
    metadata,
    Column("mail_id", Uuid, primary_key=True),
    _person(),
    Column("kind", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("next_attempt_at", _INSTANT),
    Column("ended_at", _INSTANT),
    Column("why", Text, nullable=False),
    CheckConstraint("state IN ('waiting', 'sent', 'refused', 'dropped')", name="mails_state"),
    CheckConstraint("(state = 'waiting') = (next_attempt_at IS NOT NULL)", name="mails_wait_for_an_attempt"),
    Index("mails_due", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
    Index("mails_by_person", "person_id"),
    comment="Written in the transaction that causes the mail. Links and addresses are looked up when it is sent.",
)

notification_positions = Table(
    "notification_positions",
    metadata,
    _person(is_key=True),
    Column("last_position", BigInteger, nullable=False),
    comment="The row is locked by whoever notifies the person, so that positions appear in their order.",
)

notifications = Table(
    "notifications",
    metadata,
    _person(is_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("notification_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("read_at", _INSTANT),
    UniqueConstraint("notification_id", name="notifications_id"),
    Index("notifications_unread", "person_id", "position", postgresql_where=text("read_at IS NULL")),
)

notification_opt_outs = Table(
    "notification_opt_outs",
    metadata,
    _person(is_key=True),
    Column("topic", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    comment="What a person does not want on a channel.",
)

webhook_subscriptions = Table(
    "webhook_subscriptions",
    metadata,
    Column("subscription_id", Uuid, primary_key=True),
    _person(nullable=True),
    Column("company_id", Uuid),
    Column("url", Text, nullable=False),
    Column("topics", ARRAY(Text), nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("sealed_former_secret", LargeBinary),
    Column("former_secret_until", _INSTANT),
    Column("state", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", _INSTANT),
    Column("next_attempt_at", _INSTANT),
    Column("why", Text, nullable=False),
    CheckConstraint("state IN ('enabled', 'disabled')", name="webhook_subscriptions_state"),
    CheckConstraint("person_id IS NULL OR company_id IS NULL", name="webhook_subscriptions_have_one_owner"),
    Index("webhook_subscriptions_by_person", "person_id"),
    Index("webhook_subscriptions_by_company", "company_id"),
    comment="Of a person, of a company, or of the installation itself (neither). "
    "Secrets are sealed with a key of the installation.",
)

webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column(
        "subscription_id",
        Uuid,
        ForeignKey(webhook_subscriptions.c.subscription_id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("sequence", BigInteger, primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("delivered_at", _INSTANT),
    UniqueConstraint("message_id", name="webhook_messages_id"),
    Index(
        "webhook_messages_waiting",
        "subscription_id",
        "sequence",
        postgresql_where=text("delivered_at IS NULL"),
    ),
    comment="The next one is sent when the one before it was accepted.",
)
