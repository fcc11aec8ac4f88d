"""Writes the OpenAPI document to a file, for the generated clients: ``python -m drivetrain.entrypoints.document FILE``."""

from __future__ import annotations

import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Write the document."""
    from drivetrain.bootstrap.document import document_text

    (file,) = arguments
    Path(file).write_text(document_text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
