"""The names of rental's jobs, by which they are started, and of the stages they go through."""

from __future__ import annotations

ANALYZE_CURRENT = "analyze-rental-delays"
ANALYZE_UPLOAD = "analyze-rental-upload"

READING = "read table"
STAGES = (
    "check rows",
    "count rules",
    "trace frontiers",
    "weigh conflicts",
    "compare scopes",
    "judge lateness",
)
TOTAL = 1 + len(STAGES)
