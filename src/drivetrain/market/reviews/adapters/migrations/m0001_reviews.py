"""Reviews with their versions and reports."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

REVIEWS = """
CREATE TABLE drivetrain.reviews (
    review_id uuid PRIMARY KEY,
    author_id uuid NOT NULL,
    company_id uuid NOT NULL,
    listing_id uuid,
    state text NOT NULL,
    version integer NOT NULL,
    stars integer NOT NULL,
    ruled_at timestamptz,
    ruled_by text,
    rejection text,
    ruling_remark text,
    answer text,
    answered_at timestamptz,
    answered_by text,
    CONSTRAINT reviews_state CHECK (state IN ('pending', 'published', 'rejected')),
    CONSTRAINT reviews_ruled CHECK ((state = 'pending') = (ruled_at IS NULL)),
    CONSTRAINT reviews_rejected CHECK ((state = 'rejected') = (rejection IS NOT NULL)),
    CONSTRAINT reviews_stars CHECK (stars BETWEEN 1 AND 5 AND version >= 1),
    CONSTRAINT reviews_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX reviews_of_dealer_once ON drivetrain.reviews (author_id, company_id) WHERE listing_id IS NULL;
CREATE UNIQUE INDEX reviews_of_car_once ON drivetrain.reviews (author_id, listing_id) WHERE listing_id IS NOT NULL;
CREATE INDEX reviews_by_company ON drivetrain.reviews (company_id, review_id);
CREATE INDEX reviews_by_listing ON drivetrain.reviews (listing_id, review_id);
CREATE INDEX reviews_pending ON drivetrain.reviews (review_id) WHERE state = 'pending';
COMMENT ON TABLE drivetrain.reviews IS 'What people say of dealers and cars; no listing: of the dealer.';

CREATE TABLE drivetrain.review_versions (
    review_id uuid NOT NULL REFERENCES drivetrain.reviews ON DELETE CASCADE,
    version integer NOT NULL,
    author_id uuid NOT NULL,
    stars integer NOT NULL,
    text text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (review_id, version)
);
CREATE INDEX review_versions_by_author ON drivetrain.review_versions (author_id);
COMMENT ON TABLE drivetrain.review_versions IS
    'All that the author of a review wrote; the last version counts.';

CREATE TABLE drivetrain.review_reports (
    report_id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES drivetrain.reviews ON DELETE CASCADE,
    reporter text NOT NULL,
    reason text NOT NULL,
    remark text,
    created_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE UNIQUE INDEX review_reports_once ON drivetrain.review_reports (review_id, reporter);
CREATE INDEX review_reports_open ON drivetrain.review_reports (review_id) WHERE closed_at IS NULL;
COMMENT ON TABLE drivetrain.review_reports IS
    'What people say is wrong with a published review; closed when a moderator rules on it.';

CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON drivetrain.reviews
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('reviews');
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON drivetrain.review_reports
    FOR EACH ROW EXECUTE FUNCTION drivetrain.note_change('reviews');
"""


def upgrade() -> None:
    """Make the tables, and have changes noted."""
    op.execute(REVIEWS)


def downgrade() -> None:
    """Drop them."""
    for table in ("review_reports", "review_versions", "reviews"):
        op.execute(f"DROP TABLE drivetrain.{table}")
