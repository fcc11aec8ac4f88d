"""Who holds which driver, and which request has which offer."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

HOLDS = """
CREATE SEQUENCE drivetrain.hold_fences;

CREATE TABLE drivetrain.driver_holds (
    driver_id text PRIMARY KEY,
    request_id text NOT NULL,
    offer_id uuid NOT NULL,
    fence bigint NOT NULL,
    until timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE drivetrain.driver_holds IS
    'Who holds which driver: the primary key is why nobody is ever held twice. A row whose time is over holds nobody.';

CREATE TABLE drivetrain.ride_offers (
    request_id text PRIMARY KEY,
    offer_id uuid NOT NULL,
    driver_id text NOT NULL,
    rider_id text NOT NULL,
    fence bigint NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);
COMMENT ON TABLE drivetrain.ride_offers IS
    'The last offer of each request. While it has not expired there is no other one.';
"""


def upgrade() -> None:
    """Make the tables and the sequence."""
    op.execute(HOLDS)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE drivetrain.ride_offers")
    op.execute("DROP TABLE drivetrain.driver_holds")
    op.execute("DROP SEQUENCE drivetrain.hold_fences")
