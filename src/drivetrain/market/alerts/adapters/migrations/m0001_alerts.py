"""Saved searches, and the alerts that changes of listings cause for them."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE drivetrain.saved_searches (
    search_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    name text NOT NULL,
    filters text,
    listing_id uuid REFERENCES drivetrain.listings ON DELETE CASCADE,
    notices text[] NOT NULL,
    drop_amount double precision,
    drop_share double precision,
    frequency text NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT saved_searches_filters CHECK ((filters IS NULL) <> (listing_id IS NULL)),
    CONSTRAINT saved_searches_frequency CHECK (frequency IN ('instant', 'daily', 'weekly'))
);
CREATE INDEX saved_searches_by_person ON drivetrain.saved_searches (person_id);
CREATE INDEX saved_searches_by_listing ON drivetrain.saved_searches (listing_id) WHERE listing_id IS NOT NULL;
COMMENT ON TABLE drivetrain.saved_searches IS
    'Searches that people keep, or listings that they watch, with what they want to be told of them.';
CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.saved_searches
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('saved_searches', 'person_id');

CREATE TABLE drivetrain.alerts (
    alert_id uuid PRIMARY KEY,
    search_id uuid NOT NULL REFERENCES drivetrain.saved_searches ON DELETE CASCADE,
    person_id uuid NOT NULL,
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    kind text NOT NULL,
    revision integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    former_price_minor bigint,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    told_at timestamptz,
    seen_at timestamptz,
    CONSTRAINT alerts_kind CHECK (kind IN ('new_match', 'price_drop', 'back_on_sale', 'under_range'))
);
CREATE UNIQUE INDEX alerts_once ON drivetrain.alerts (search_id, listing_id, kind, revision);
CREATE INDEX alerts_by_person ON drivetrain.alerts (person_id, alert_id);
CREATE INDEX alerts_by_listing ON drivetrain.alerts (listing_id);
CREATE INDEX alerts_due ON drivetrain.alerts (due_at) WHERE told_at IS NULL;
COMMENT ON TABLE drivetrain.alerts IS
    'What people want to be told of listings, each once. An alert is told in the transaction that writes its message.';

CREATE TABLE drivetrain.alert_listings (
    listing_id uuid PRIMARY KEY REFERENCES drivetrain.listings ON DELETE CASCADE,
    is_live boolean NOT NULL,
    car jsonb NOT NULL
);
COMMENT ON TABLE drivetrain.alert_listings IS
    'Listings as the matcher of saved searches last saw them on sale: what a change is a change from.';

CREATE TABLE drivetrain.alert_offsets (
    part smallint PRIMARY KEY,
    next bigint NOT NULL
);
COMMENT ON TABLE drivetrain.alert_offsets IS
    'How far the matcher has read the log of listings; written together with what it found.';
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    for table in ("alert_offsets", "alert_listings", "alerts", "saved_searches"):
        op.execute(f"DROP TABLE drivetrain.{table}")
