"""Fixtures that every folder of tests may use."""

from hypothesis import settings

pytest_plugins = ["tests.support.postgres", "tests.support.migrated", "tests.support.platform"]

# How long an example takes depends on what else the machine does; speed is measured by bench.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
