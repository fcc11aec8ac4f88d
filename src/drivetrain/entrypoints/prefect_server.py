"""Prefect's own server, as small as it gets; the scoring process starts it."""

from __future__ import annotations

from drivetrain.bootstrap.prefect_runs import serve_prefect

if __name__ == "__main__":
    serve_prefect()
