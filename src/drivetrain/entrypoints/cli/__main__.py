"""``python -m drivetrain.entrypoints.cli``: the same as ``drivetrain``."""

from __future__ import annotations

from drivetrain.entrypoints.cli.main import main

if __name__ == "__main__":
    main()
