"""Prefect's own server; the scoring process or `drivetrain prefect` starts it."""

from __future__ import annotations

from drivetrain.bootstrap.prefect_server import serve_prefect

if __name__ == "__main__":
    serve_prefect()
