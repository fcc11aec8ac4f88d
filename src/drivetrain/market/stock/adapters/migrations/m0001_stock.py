"""Stock of dealers: sources, mappings, feeds, and what they change."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

STOCK = """
CREATE TABLE drivetrain.stock_sources (
    source_id uuid PRIMARY KEY,
    company_id uuid NOT NULL,
    branch_id uuid,
    name text NOT NULL,
    mapping_version integer NOT NULL DEFAULT 0,
    digest text,
    digest_mapping integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stock_sources_by_owner ON drivetrain.stock_sources (company_id, branch_id, name)
    NULLS NOT DISTINCT;
COMMENT ON TABLE drivetrain.stock_sources IS
    'Where tables of dealers come from, the mapping they are read by, and the file that was taken last.';

CREATE TABLE drivetrain.stock_mappings (
    source_id uuid NOT NULL REFERENCES drivetrain.stock_sources ON DELETE CASCADE,
    version integer NOT NULL,
    mapping jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (source_id, version)
);
COMMENT ON TABLE drivetrain.stock_mappings IS 'How the tables of a source were and are read.';

CREATE TABLE drivetrain.stock_feeds (
    feed_id uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES drivetrain.stock_sources ON DELETE CASCADE,
    digest text NOT NULL,
    file_name text NOT NULL,
    mapping_version integer NOT NULL,
    is_preview boolean NOT NULL,
    accepted_removals integer NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    ended_at timestamptz,
    code text,
    detail text,
    task_id uuid,
    report jsonb,
    CONSTRAINT stock_feeds_state
        CHECK (state IN ('waiting', 'held', 'taken', 'unchanged', 'previewed', 'refused'))
);
CREATE INDEX stock_feeds_by_source ON drivetrain.stock_feeds (source_id, feed_id);
COMMENT ON TABLE drivetrain.stock_feeds IS 'Tables that dealers sent, and what came of each.';

CREATE TABLE drivetrain.stock_items (
    listing_id uuid PRIMARY KEY,
    source_id uuid NOT NULL REFERENCES drivetrain.stock_sources ON DELETE CASCADE,
    vin text,
    reference text,
    likeness text NOT NULL,
    odometer_km double precision NOT NULL,
    digest bytea NOT NULL,
    is_gone boolean NOT NULL
);
CREATE INDEX stock_items_by_source ON drivetrain.stock_items (source_id);
COMMENT ON TABLE drivetrain.stock_items IS
    'Which listing a car of a dealer''s tables is, and a digest of what the last table with it said.';

CREATE TABLE drivetrain.stock_changes (
    feed_id uuid NOT NULL REFERENCES drivetrain.stock_feeds ON DELETE CASCADE,
    listing_id uuid NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (feed_id, listing_id),
    CONSTRAINT stock_changes_kind CHECK (kind IN ('new', 'changed', 'back', 'gone'))
);
COMMENT ON TABLE drivetrain.stock_changes IS 'What each feed changed.';
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(STOCK)


def downgrade() -> None:
    """Drop them."""
    for name in ("changes", "items", "feeds", "mappings", "sources"):
        op.execute(f"DROP TABLE drivetrain.stock_{name}")
