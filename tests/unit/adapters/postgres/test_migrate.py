"""The migrations that the package carries."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from drivetrain.adapters.postgres.migrate import MIGRATIONS, known_migrations


def test_file_names_tell_the_same_order_as_the_migrations_themselves() -> None:
    """``migrate`` trusts the names, to be fast when there is nothing to do."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    chain = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions("base", "head")]
    assert known_migrations() == chain[::-1]
