"""The rights over companies."""

from __future__ import annotations

from drivetrain.core.access import Scope

COMPANIES_READ = Scope("companies:read", frozenset({"dealer", "company_admin"}))
"""To see one's own company, its branches and its members."""

COMPANIES_WRITE = Scope("companies:write", frozenset({"company_admin"}))
"""To change one's own company: branches, members, invitations."""

COMPANIES_ADMIN = Scope("companies:admin")
"""To do that with every company, and to make new ones."""

COMPANY_SCOPES = (COMPANIES_READ, COMPANIES_WRITE, COMPANIES_ADMIN)
