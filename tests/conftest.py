"""Fixtures that every folder of tests may use."""

pytest_plugins = ["tests.support.postgres", "tests.support.migrated", "tests.support.platform"]
