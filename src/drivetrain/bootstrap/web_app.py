"""The web app as an API worker serves it: where its bundle lies, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from drivetrain.adapters.http.web_app import Absence
from drivetrain.adapters.node.build_report import BuildReport, Failure
from drivetrain.bootstrap.web_build import BUNDLE, BUNDLES, clone
from drivetrain.core.health import Condition
from drivetrain.settings import Settings

RELOAD_AFTER_S = 3

_REASONS: Mapping[Failure, str] = {
    "npm_unreachable": "Its packages could not be fetched, because the npm registry did not answer. "
    "Run `make web` where it can be reached, or configure npm for a mirror.",
    "node_missing": "Node, which builds it, could not be installed, because the package index did not answer. "
    "Run `make web` where it can be reached.",
    "failed": "Its build failed; `.builder/build.log` in the clone says why. Run `make web` to build it again.",
}


def bundle_folder(settings: Settings) -> Path:
    """Where the built web app is looked for; it need not be there."""
    return settings.web_app or BUNDLE


def absence(settings: Settings) -> Absence:
    """Why there is no web app; for people, without a path of this machine."""
    if settings.web_app is not None:
        return Absence(
            "The folder that DRIVETRAIN_WEB_APP names holds no built web app: it has no index.html."
        )
    if clone() is None:
        return Absence(
            "This installation was packaged without it. Install a release of drivetrain that has it."
        )
    report = BuildReport(BUNDLES)
    if report.is_building():
        return Absence(
            "It is being built, which takes about a minute; this page loads again by itself.", RELOAD_AFTER_S
        )
    failure = report.failure()
    return Absence(
        "It has not been built in this clone. Run `make web`; `make up` does it as well."
        if failure is None
        else _REASONS[failure]
    )


def condition(settings: Settings) -> Condition:
    """The web app as one part of the platform; decisions are made without it."""
    if (bundle_folder(settings) / "index.html").is_file():
        return Condition("web app", "ok")
    return Condition("web app", "degraded", absence(settings).reason)
