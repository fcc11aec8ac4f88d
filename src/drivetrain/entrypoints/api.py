"""``python -m drivetrain.entrypoints.api``: one API worker; `drivetrain up` starts as many as the settings say."""

from __future__ import annotations

from drivetrain.bootstrap.serving import serve

if __name__ == "__main__":
    serve()
