"""The card of accounts: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from drivetrain.accounts.audit.domain.scopes import AUDIT_READ
from drivetrain.lifecycle.kit.imports import imported
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.core.access import KeyStore
    from drivetrain.core.audit import AuditTrail
    from drivetrain.core.time import Clock


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.accounts.audit.adapters.head_notes import NOTE_INTERVAL_S, HeadNotes
    from drivetrain.accounts.audit.adapters.http import audit_routes  # FastAPI: only for serving
    from drivetrain.accounts.audit.adapters.trail import PostgresAuditReader
    from drivetrain.accounts.keys.adapters.http import key_routes

    audit = PostgresAuditReader(ports.engine)
    ports.repeat("audit head", HeadNotes(audit, ports.registry).note, NOTE_INTERVAL_S)
    return [audit_routes(audit), key_routes(ports.keys)]


def _audit_trail(installation: Installation) -> AuditTrail:
    from drivetrain.accounts.audit.adapters.trail import CHAIN_KEY, PostgresAuditTrail  # SQL

    return PostgresAuditTrail(lambda: installation.derived_key(CHAIN_KEY), installation.clock)


def _key_store(engine: Any, clock: Clock, audit: AuditTrail) -> KeyStore:
    from drivetrain.accounts.keys.adapters.store import PostgresKeyStore  # SQL

    return PostgresKeyStore(engine, clock, audit)


CARD = ProductCard(
    name="accounts",
    summary="Who works with the platform, what each of them may do, and who did what.",
    routes=_routes,
    scopes=(AUDIT_READ,),
    commands=(
        CommandGroup(
            "audit",
            "The audit trail: verify that it is whole, list it.",
            imported("drivetrain.accounts.audit.adapters.commands:app"),
        ),
    ),
    migrations=(
        "drivetrain.accounts.people.adapters.migrations",
        "drivetrain.accounts.sessions.adapters.migrations",
        "drivetrain.accounts.audit.adapters.migrations",
        "drivetrain.accounts.keys.adapters.migrations",
        "drivetrain.accounts.notifications.adapters.migrations",
    ),
    audit_trail=_audit_trail,
    key_store=_key_store,
)
