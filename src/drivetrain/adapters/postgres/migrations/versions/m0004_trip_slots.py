"""The slots of the scheduled scoring, the scored rides, and who scores."""

from alembic import op

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None

SLOTS = """
CREATE TABLE drivetrain.trip_slots (
    slot_at timestamptz PRIMARY KEY,
    length_min integer NOT NULL CONSTRAINT length_divides_an_hour CHECK (length_min > 0 AND 60 % length_min = 0),
    origin text NOT NULL CONSTRAINT origin_is_known CHECK (origin IN ('schedule', 'request')),
    state text NOT NULL
        CONSTRAINT state_is_known CHECK (state IN ('due', 'running', 'done', 'late', 'caught_up', 'missed')),
    attempts integer NOT NULL DEFAULT 0,
    owner text NOT NULL DEFAULT '',
    held_until timestamptz,
    rows integer,
    model_version text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    done_at timestamptz,
    error text NOT NULL DEFAULT '',
    remark text NOT NULL DEFAULT ''
);
COMMENT ON TABLE drivetrain.trip_slots IS 'One row per slot; written together with the rides of the slot, or not at all.';
COMMENT ON COLUMN drivetrain.trip_slots.slot_at IS 'Begin of the slot; it is due length_min later.';
COMMENT ON COLUMN drivetrain.trip_slots.origin IS 'Whether the schedule owes it, or somebody asked for it.';
COMMENT ON COLUMN drivetrain.trip_slots.attempts IS
    'How often it was claimed; the number of a claim is its fencing token.';
COMMENT ON COLUMN drivetrain.trip_slots.held_until IS
    'End of the lease, or of the pause after a failure; by the clock of the database.';
COMMENT ON COLUMN drivetrain.trip_slots.rows IS 'Rides written; NULL until they are.';
COMMENT ON COLUMN drivetrain.trip_slots.error IS 'Code of what ended the last attempt; empty when it went well.';
"""

# No partitions: ids begin with the slot's instant, so new rows come to the right end of the one big index and
# a window of time is a range of it. BRIN costs some kilobytes, for those who ask by slot.
RIDES = """
CREATE TABLE drivetrain.ride_predictions (
    trip_id uuid PRIMARY KEY,
    pickup_community_area smallint NOT NULL,
    dropoff_community_area smallint NOT NULL,
    trip_start_timestamp timestamptz NOT NULL,
    fare double precision,
    trip_total double precision,
    trip_miles double precision,
    predicted_duration double precision NOT NULL,
    predicted_low double precision NOT NULL,
    predicted_high double precision NOT NULL,
    model_version text NOT NULL,
    slot_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ride_predictions_by_slot ON drivetrain.ride_predictions USING brin (slot_at);
COMMENT ON TABLE drivetrain.ride_predictions IS 'Rides scored on the schedule, once each.';
COMMENT ON COLUMN drivetrain.ride_predictions.trip_id IS
    'UUID version 8: instant of the slot, and number of the ride in it.';
COMMENT ON COLUMN drivetrain.ride_predictions.pickup_community_area IS '1 to 77; 0 outside the city, or unknown.';
COMMENT ON COLUMN drivetrain.ride_predictions.dropoff_community_area IS '1 to 77; 0 outside the city, or unknown.';
COMMENT ON COLUMN drivetrain.ride_predictions.fare IS 'USD.';
COMMENT ON COLUMN drivetrain.ride_predictions.trip_total IS 'USD.';
COMMENT ON COLUMN drivetrain.ride_predictions.trip_miles IS 'Driven, miles.';
COMMENT ON COLUMN drivetrain.ride_predictions.predicted_duration IS 'Minutes.';
COMMENT ON COLUMN drivetrain.ride_predictions.predicted_low IS 'Lower end of the range, minutes.';
COMMENT ON COLUMN drivetrain.ride_predictions.predicted_high IS 'Upper end of the range, minutes.';
"""

SCORERS = """
CREATE TABLE drivetrain.trip_scorers (
    owner text PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    scheduler text NOT NULL,
    why text NOT NULL
);
COMMENT ON TABLE drivetrain.trip_scorers IS 'Processes that score on the schedule; rows of those that ended are removed.';
COMMENT ON COLUMN drivetrain.trip_scorers.why IS 'Why the scheduler is not the one that was asked for; empty when it is.';
"""


def upgrade() -> None:
    """Add the tables of the scheduled scoring."""
    for statements in (SLOTS, RIDES, SCORERS):
        op.execute(statements)


def downgrade() -> None:
    """Drop them."""
    for table in ("trip_scorers", "ride_predictions", "trip_slots"):
        op.execute(f"DROP TABLE drivetrain.{table}")
