"""The background task that registered a version, so that its next attempt finds it."""

from alembic import op

revision = "m0010"
down_revision = "m0009"
branch_labels = None
depends_on = None

TASK = """
ALTER TABLE drivetrain.model_versions ADD COLUMN task_id text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX model_versions_of_task ON drivetrain.model_versions (model, task_id) WHERE task_id <> '';
"""


def upgrade() -> None:
    """Add the column."""
    op.execute(TASK)


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE drivetrain.model_versions DROP COLUMN task_id")
