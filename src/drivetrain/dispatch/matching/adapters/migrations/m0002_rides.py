"""The life of a request beyond its offer: states, history, and who declined."""

from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None

RIDES = """
ALTER TABLE drivetrain.ride_offers RENAME TO rides;
ALTER TABLE drivetrain.rides RENAME CONSTRAINT ride_offers_pkey TO rides_pkey;
ALTER TABLE drivetrain.rides
    ALTER COLUMN offer_id DROP NOT NULL,
    ALTER COLUMN driver_id DROP NOT NULL,
    ALTER COLUMN fence DROP NOT NULL,
    ALTER COLUMN expires_at DROP NOT NULL,
    ADD COLUMN state text NOT NULL DEFAULT 'offered',
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT rides_state CHECK (state IN (
        'requested', 'offered', 'accepted', 'picked_up', 'completed', 'cancelled_by_rider', 'cancelled_by_driver',
        'unserved'
    ));
ALTER TABLE drivetrain.rides
    ALTER COLUMN state DROP DEFAULT, ALTER COLUMN version DROP DEFAULT, ALTER COLUMN changed_at DROP DEFAULT;
COMMENT ON TABLE drivetrain.rides IS
    'Where each request stands, and its last offer. While an offer has not expired there is no other one.';
CREATE UNIQUE INDEX rides_one_of_a_driver ON drivetrain.rides (driver_id) WHERE state IN ('accepted', 'picked_up');

CREATE TABLE drivetrain.ride_steps (
    request_id text NOT NULL REFERENCES drivetrain.rides ON DELETE CASCADE,
    version integer NOT NULL,
    state text NOT NULL,
    driver_id text,
    fence bigint,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (request_id, version)
);
COMMENT ON TABLE drivetrain.ride_steps IS 'The states that a request came to, in their order.';

CREATE TABLE drivetrain.ride_refusals (
    request_id text NOT NULL REFERENCES drivetrain.rides ON DELETE CASCADE,
    driver_id text NOT NULL,
    PRIMARY KEY (request_id, driver_id)
);
COMMENT ON TABLE drivetrain.ride_refusals IS 'Who declined a ride, and is not offered it again.';
"""


def upgrade() -> None:
    """Add them."""
    op.execute(RIDES)


def downgrade() -> None:
    """Take them away; requests that never had an offer go with them."""
    op.execute("DROP TABLE drivetrain.ride_refusals")
    op.execute("DROP TABLE drivetrain.ride_steps")
    op.execute("DROP INDEX drivetrain.rides_one_of_a_driver")
    op.execute("DELETE FROM drivetrain.rides WHERE offer_id IS NULL")
    op.execute("""
        ALTER TABLE drivetrain.rides
            DROP COLUMN state, DROP COLUMN version, DROP COLUMN changed_at,
            ALTER COLUMN offer_id SET NOT NULL, ALTER COLUMN driver_id SET NOT NULL,
            ALTER COLUMN fence SET NOT NULL, ALTER COLUMN expires_at SET NOT NULL
    """)
    op.execute("ALTER TABLE drivetrain.rides RENAME CONSTRAINT rides_pkey TO ride_offers_pkey")
    op.execute("ALTER TABLE drivetrain.rides RENAME TO ride_offers")
