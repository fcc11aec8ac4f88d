"""Mails that wait and were sent, notifications in the application, and webhooks."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

MAILS = """
CREATE TABLE drivetrain.mails (
    mail_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL CONSTRAINT mails_state CHECK (state IN ('waiting', 'sent', 'refused', 'dropped')),
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz,
    ended_at timestamptz,
    why text NOT NULL,
    CONSTRAINT mails_wait_for_an_attempt CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL))
);
CREATE INDEX mails_due ON drivetrain.mails (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX mails_by_person ON drivetrain.mails (person_id);
COMMENT ON TABLE drivetrain.mails IS
    'Written in the transaction that causes the mail. Links and addresses are looked up when it is sent.';
"""

NOTIFICATIONS = """
CREATE TABLE drivetrain.notification_positions (
    person_id uuid PRIMARY KEY REFERENCES drivetrain.people ON DELETE CASCADE,
    last_position bigint NOT NULL
);
COMMENT ON TABLE drivetrain.notification_positions IS
    'The row is locked by whoever notifies the person, so that positions appear in their order.';

CREATE TABLE drivetrain.notifications (
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    position bigint NOT NULL,
    notification_id uuid NOT NULL CONSTRAINT notifications_id UNIQUE,
    topic text NOT NULL,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (person_id, position)
);
CREATE INDEX notifications_unread ON drivetrain.notifications (person_id, position) WHERE read_at IS NULL;

CREATE TABLE drivetrain.notification_opt_outs (
    person_id uuid NOT NULL REFERENCES drivetrain.people ON DELETE CASCADE,
    topic text NOT NULL,
    channel text NOT NULL,
    PRIMARY KEY (person_id, topic, channel)
);
COMMENT ON TABLE drivetrain.notification_opt_outs IS 'What a person does not want on a channel.';
"""

WEBHOOKS = """
CREATE TABLE drivetrain.webhook_subscriptions (
    subscription_id uuid PRIMARY KEY,
    person_id uuid REFERENCES drivetrain.people ON DELETE CASCADE,
    company_id uuid,
    url text NOT NULL,
    topics text[] NOT NULL,
    sealed_secret bytea NOT NULL,
    sealed_former_secret bytea,
    former_secret_until timestamptz,
    state text NOT NULL CONSTRAINT webhook_subscriptions_state CHECK (state IN ('enabled', 'disabled')),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    last_sequence bigint NOT NULL,
    failures integer NOT NULL,
    failing_since timestamptz,
    next_attempt_at timestamptz,
    why text NOT NULL,
    CONSTRAINT webhook_subscriptions_have_one_owner CHECK (person_id IS NULL OR company_id IS NULL)
);
CREATE INDEX webhook_subscriptions_by_person ON drivetrain.webhook_subscriptions (person_id);
CREATE INDEX webhook_subscriptions_by_company ON drivetrain.webhook_subscriptions (company_id);
COMMENT ON TABLE drivetrain.webhook_subscriptions IS
    'Of a person, of a company, or of the installation itself (neither). Secrets are sealed with a key of the installation.';

CREATE TABLE drivetrain.webhook_messages (
    subscription_id uuid NOT NULL REFERENCES drivetrain.webhook_subscriptions ON DELETE CASCADE,
    sequence bigint NOT NULL,
    message_id uuid NOT NULL CONSTRAINT webhook_messages_id UNIQUE,
    kind text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (subscription_id, sequence)
);
CREATE INDEX webhook_messages_waiting ON drivetrain.webhook_messages (subscription_id, sequence)
    WHERE delivered_at IS NULL;
COMMENT ON TABLE drivetrain.webhook_messages IS 'The next one is sent when the one before it was accepted.';
"""


def upgrade() -> None:
    """Make the tables."""
    for statements in (MAILS, NOTIFICATIONS, WEBHOOKS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    for table in (
        "webhook_messages",
        "webhook_subscriptions",
        "notification_opt_outs",
        "notifications",
        "notification_positions",
        "mails",
    ):
        op.execute(f"DROP TABLE drivetrain.{table}")
