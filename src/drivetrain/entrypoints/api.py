"""``python -m drivetrain.entrypoints.api``: one API worker; `drivetrain up` starts as many as the settings say."""

from __future__ import annotations

import gc


def main() -> None:
    """Serve until SIGTERM."""
    gc.disable()  # what is imported is no garbage: looking at it is a sixth of the start. Serving turns it on again
    from drivetrain.bootstrap.serving import serve

    serve()


if __name__ == "__main__":
    main()
