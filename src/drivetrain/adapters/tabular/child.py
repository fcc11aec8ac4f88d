"""The parsing child: ``python -m drivetrain.adapters.tabular.child PARENT``, a job on standard input, files as the answer."""

from __future__ import annotations

import signal
import sys

from drivetrain.core.orphans import die_with_parent


def main() -> None:
    """Run the job on standard input; end at once when the process that wants the answer is gone."""
    # nobody waits for what an orphan finds out, and whatever it does may take a minute
    die_with_parent(int(sys.argv[1]), signal.SIGKILL)
    # importing takes a second on a busy machine, in which the parent may end
    from drivetrain.adapters.tabular.job import ParseJob
    from drivetrain.adapters.tabular.parsing import parse

    parse(ParseJob.from_json(sys.stdin.read()))


if __name__ == "__main__":
    main()
