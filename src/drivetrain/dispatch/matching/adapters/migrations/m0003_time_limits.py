"""What ends by time alone: since when a request waits, rides of which nobody was heard, and where the sweeper looks."""

from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None

_STATES = (
    "'requested', 'offered', 'accepted', 'picked_up', 'completed', 'cancelled_by_rider', 'cancelled_by_driver', "
    "'unserved'"
)

LIMITS = f"""
ALTER TABLE drivetrain.rides ADD COLUMN requested_at timestamptz NOT NULL DEFAULT now();
UPDATE drivetrain.rides SET requested_at = changed_at;
ALTER TABLE drivetrain.rides
    DROP CONSTRAINT rides_state,
    ADD CONSTRAINT rides_state CHECK (state IN ({_STATES}, 'abandoned'));
CREATE INDEX rides_by_change ON drivetrain.rides (changed_at);
CREATE INDEX rides_by_state ON drivetrain.rides (state, changed_at, request_id);
CREATE INDEX rides_offered ON drivetrain.rides (expires_at) WHERE state = 'offered';
CREATE INDEX rides_waiting ON drivetrain.rides (requested_at) WHERE state = 'requested';
CREATE INDEX ride_steps_by_time ON drivetrain.ride_steps (at);
CREATE INDEX driver_holds_by_end ON drivetrain.driver_holds (until);
"""  # constants


def upgrade() -> None:
    """Add them."""
    op.execute(LIMITS)


def downgrade() -> None:
    """Take them away; abandoned rides count as unserved."""
    op.execute("DROP INDEX drivetrain.driver_holds_by_end")
    op.execute("DROP INDEX drivetrain.ride_steps_by_time")
    op.execute("DROP INDEX drivetrain.rides_by_state")
    op.execute("DROP INDEX drivetrain.rides_by_change")
    op.execute("UPDATE drivetrain.rides SET state = 'unserved' WHERE state = 'abandoned'")
    op.execute(
        "ALTER TABLE drivetrain.rides DROP CONSTRAINT rides_state, DROP COLUMN requested_at, "  # its index goes, too
        f"ADD CONSTRAINT rides_state CHECK (state IN ({_STATES}))"
    )
    op.execute("DROP INDEX drivetrain.rides_offered")
