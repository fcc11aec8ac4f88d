"""Python reads this at its start where the bench puts the folder on its path: see bench/live/stand_ins.py."""

import os
import sys

from bench.live.stand_ins import SWITCH_INTERVAL_S, TREES_FILE

if interval_s := os.environ.get(SWITCH_INTERVAL_S):
    sys.setswitchinterval(float(interval_s))
if TREES_FILE in os.environ:
    from bench.live.trees import rank_by_trees

    rank_by_trees()
