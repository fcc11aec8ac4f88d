"""Cars on offer, and what was asked for them."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

LISTINGS = """
CREATE TABLE drivetrain.listings (
    listing_id uuid PRIMARY KEY,
    company_id uuid NOT NULL,
    branch_id uuid,
    state text NOT NULL,
    version integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    make text NOT NULL,
    model text NOT NULL,
    variant text,
    year integer NOT NULL,
    distance integer NOT NULL,
    distance_unit text NOT NULL,
    fuel text,
    gearbox text,
    engine_size_l double precision,
    power_kw double precision,
    drive text,
    body text,
    color text,
    doors integer,
    seats integer,
    owners integer,
    equipment text,
    place text,
    country text,
    latitude double precision,
    longitude double precision,
    description text,
    vin text,
    reference text,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    live_at timestamptz,
    CONSTRAINT listings_state CHECK (state IN ('draft', 'live', 'reserved', 'sold', 'withdrawn')),
    CONSTRAINT listings_went_live CHECK (state NOT IN ('live', 'reserved', 'sold') OR live_at IS NOT NULL),
    CONSTRAINT listings_price CHECK (price_minor >= 0 AND version >= 1)
);
CREATE INDEX listings_by_company ON drivetrain.listings (company_id, listing_id);
CREATE INDEX listings_live ON drivetrain.listings (listing_id) WHERE state = 'live';
COMMENT ON TABLE drivetrain.listings IS
    'Cars on offer. The company is part of every query for what not everybody may see.';

CREATE TABLE drivetrain.listing_prices (
    listing_id uuid NOT NULL REFERENCES drivetrain.listings ON DELETE CASCADE,
    version integer NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (listing_id, version)
);
COMMENT ON TABLE drivetrain.listing_prices IS
    'What was asked for a car, each price with the version of its listing that began to ask it.';
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(LISTINGS)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE drivetrain.listing_prices")
    op.execute("DROP TABLE drivetrain.listings")
