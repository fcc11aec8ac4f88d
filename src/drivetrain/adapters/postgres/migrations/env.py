"""Runs the migrations on the connection it is handed; ``drivetrain.adapters.postgres.migrate`` is the way in."""

from alembic import context

from drivetrain.adapters.postgres.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes.get("version_table", "alembic_version"),
    version_table_schema=SCHEMA,
)

with context.begin_transaction():
    context.run_migrations()
