"""The requests of riders, one row each."""

from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None

REQUESTS = """
CREATE TABLE drivetrain.ride_requests (
    request_id text PRIMARY KEY,
    rider_id text NOT NULL,
    origin_latitude double precision NOT NULL,
    origin_longitude double precision NOT NULL,
    destination_latitude double precision,
    destination_longitude double precision,
    preferred_vehicle text NOT NULL,
    occurred_us bigint NOT NULL,
    received_us bigint NOT NULL,
    CONSTRAINT ride_requests_destination CHECK ((destination_latitude IS NULL) = (destination_longitude IS NULL))
);
CREATE INDEX ride_requests_by_time ON drivetrain.ride_requests (received_us);
COMMENT ON TABLE drivetrain.ride_requests IS
    'As riders made them; where they are is personal, and rows are removed with the events of their day.';
"""


def upgrade() -> None:
    """Make the table."""
    op.execute(REQUESTS)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE drivetrain.ride_requests")
