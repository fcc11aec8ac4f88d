"""``python -m drivetrain.entrypoints.cli.set_up FILE``: what `drivetrain up` does before it serves, in a process that ends."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivetrain.bootstrap.setting_up import set_up
from drivetrain.core.progress import Stage
from drivetrain.entrypoints.cli.up import say


class LateProgress:
    """Bars on standard error, whose library is imported for the first of them: a second start shows none."""

    @contextmanager
    def stage(self, name: str, *, total: int, unit: str) -> Iterator[Stage]:
        """Show a bar until the stage ends."""
        from drivetrain.adapters.console.output import BarProgress

        with BarProgress().stage(name, total=total, unit=unit) as stage:
            yield stage


if __name__ == "__main__":
    warnings.filterwarnings("ignore", module="mlflow|platformdirs")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sys.exit(set_up(Path(sys.argv[1]), say, LateProgress(), tables_only="--tables-only" in sys.argv[2:]))
