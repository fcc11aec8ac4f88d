"""The right to read the trail."""

from __future__ import annotations

from drivetrain.core.access import Scope

AUDIT_READ = Scope("audit:read", frozenset({"company_admin"}))
"""Whoever acts for a company reads the lines of that company alone."""
