"""Conversations with their messages, photos, blocks and reports."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

CONVERSATIONS = """
CREATE TABLE drivetrain.conversations (
    conversation_id uuid PRIMARY KEY,
    buyer_id uuid NOT NULL,
    company_id uuid,
    branch_id uuid,
    listing_id uuid,
    created_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    messages integer NOT NULL,
    buyer_read integer NOT NULL,
    answering_read integer NOT NULL,
    closed_at timestamptz,
    CONSTRAINT conversations_about CHECK ((company_id IS NULL) = (listing_id IS NULL)),
    CONSTRAINT conversations_read CHECK (
        buyer_read BETWEEN 0 AND messages AND answering_read BETWEEN 0 AND messages
    )
);
CREATE UNIQUE INDEX conversations_of_listing ON drivetrain.conversations (buyer_id, listing_id)
    WHERE listing_id IS NOT NULL;
CREATE UNIQUE INDEX conversations_with_support ON drivetrain.conversations (buyer_id) WHERE listing_id IS NULL;
CREATE INDEX conversations_by_buyer ON drivetrain.conversations (buyer_id, last_at);
CREATE INDEX conversations_by_company ON drivetrain.conversations (company_id, last_at);
CREATE INDEX conversations_by_age ON drivetrain.conversations (last_at);
COMMENT ON TABLE drivetrain.conversations IS
    'Who talks with whom about which listing; no company: with the support of the platform.';

CREATE TABLE drivetrain.conversation_messages (
    conversation_id uuid NOT NULL REFERENCES drivetrain.conversations ON DELETE CASCADE,
    position integer NOT NULL,
    side text NOT NULL,
    author text,
    text text NOT NULL,
    photos text[] NOT NULL,
    facts jsonb,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, position),
    CONSTRAINT conversation_messages_side CHECK (side IN ('buyer', 'dealer', 'support')),
    CONSTRAINT conversation_messages_automatic CHECK ((author IS NULL) = (facts IS NOT NULL))
);
COMMENT ON TABLE drivetrain.conversation_messages IS
    'What was written; a message without an author was written by itself.';

CREATE TABLE drivetrain.conversation_photos (
    conversation_id uuid NOT NULL REFERENCES drivetrain.conversations ON DELETE CASCADE,
    side text NOT NULL,
    photo_id text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    position integer,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, side, photo_id)
);
COMMENT ON TABLE drivetrain.conversation_photos IS
    'Photos of conversations, with the message that shows them; none yet where it is null.';

CREATE TABLE drivetrain.conversation_blocks (
    company_id uuid NOT NULL,
    person_id uuid NOT NULL,
    side text NOT NULL,
    blocked_by text NOT NULL,
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (company_id, person_id, side)
);
COMMENT ON TABLE drivetrain.conversation_blocks IS
    'Who takes no messages from whom; the side is that which has blocked the other one.';

CREATE TABLE drivetrain.conversation_presence (
    company_id uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE drivetrain.conversation_presence IS
    'When somebody of a dealer read or wrote last, to the minute.';

CREATE TABLE drivetrain.conversation_reports (
    report_id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES drivetrain.conversations ON DELETE CASCADE,
    reporter text NOT NULL,
    side text NOT NULL,
    reason text NOT NULL,
    remark text,
    created_at timestamptz NOT NULL,
    state text NOT NULL,
    decided_by text,
    decided_at timestamptz,
    decision_remark text,
    CONSTRAINT conversation_reports_state CHECK (state IN ('open', 'upheld', 'dismissed')),
    CONSTRAINT conversation_reports_decided CHECK ((state = 'open') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX conversation_reports_once ON drivetrain.conversation_reports (conversation_id, reporter);
CREATE INDEX conversation_reports_open ON drivetrain.conversation_reports (report_id) WHERE state = 'open';
COMMENT ON TABLE drivetrain.conversation_reports IS
    'What people say is wrong with a conversation, and what a moderator made of it.';

CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.conversations
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('conversations', 'buyer_id');
CREATE TRIGGER noted_company AFTER INSERT OR UPDATE OR DELETE ON drivetrain.conversations
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('company_conversations', 'company_id');
CREATE TRIGGER noted_support AFTER INSERT OR UPDATE ON drivetrain.conversations
    FOR EACH ROW WHEN (NEW.company_id IS NULL)
    EXECUTE FUNCTION drivetrain.note_change('support_conversations');
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON drivetrain.conversation_reports
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('support_conversations');
"""

TABLES = (
    *("conversation_reports", "conversation_presence", "conversation_blocks", "conversation_photos"),
    *("conversation_messages", "conversations"),
)


def upgrade() -> None:
    """Make the tables, and have changes noted."""
    op.execute(CONVERSATIONS)


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE drivetrain.{table}")
