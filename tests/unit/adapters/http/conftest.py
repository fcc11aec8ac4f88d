"""The small application that these tests ask."""

from tests.support.small_app import app, client, log_lines, registry, sample

__all__ = ["app", "client", "log_lines", "registry", "sample"]
