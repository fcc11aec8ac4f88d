"""``python -m drivetrain.entrypoints.self_test HOME MODEL FOLDER DIGEST``: exit 0 when the candidate passes."""

from __future__ import annotations

import sys
from pathlib import Path

from drivetrain.bootstrap.self_test import self_test
from drivetrain.core.errors import DrivetrainError


def main() -> None:
    """Run the self-test; the reason of a failure is the last line on standard error."""
    home, model, folder, digest = sys.argv[1:]
    try:
        self_test(Path(home), model, Path(folder), digest)
    except DrivetrainError as error:
        sys.exit(error.detail)


if __name__ == "__main__":
    main()
