"""``python -m bench --only campaign``: a million matches while everything is killed, then the same with faulty traffic."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bench.campaign.campaign import LONG, SETTINGS, Outcome, Plan, Target, fight, new_run
from bench.campaign.kills import Parts
from bench.campaign.traffic import CLEAN, FAULTY, Mix
from bench.installation import HOST, Installation, Platform
from bench.report import Figure, at_most, shown

MATCHES, QUICK_MATCHES = LONG.matches, 5_000
_FEWEST_KILLS = 10
MIXES: Mapping[str, Mix] = {"clean": CLEAN, "10 % twice, 10 % late, 1 % poison": FAULTY}


def measure(installation: Installation, *, matches: int) -> list[Figure]:
    """Run both campaigns, each on the platform newly started."""
    figures = []
    for name, mix in MIXES.items():
        kills = max(_FEWEST_KILLS, LONG.kills * matches // LONG.matches)
        plan = replace(LONG, matches=matches, kills=kills, mix=mix, run=new_run())
        with installation.running(**SETTINGS) as platform:
            platform.settle()
            figures += figures_of(name, plan, asyncio.run(fight(target_of(platform), plan)))
    return figures


def target_of(platform: Platform) -> Target:
    """The platform as a campaign sees it."""
    return Target(
        HOST,
        platform.port,
        platform.headers["x-api-key"],
        platform.home.folder,
        Parts(platform.pid, platform.home.folder),
        lambda: platform.database_url,
        len(platform.workers()),
    )


def figures_of(name: str, plan: Plan, outcome: Outcome) -> list[Figure]:
    """Each thing that must hold, with how often it did not."""
    rides, account = outcome.rides, outcome.account
    return [
        shown(
            f"{name}: matches, of which {rides.watch.count:,} held a driver; events {account.events:,}",
            [rides.matches],
            "matches",
            took_s=outcome.took_s,
            statuses=dict(account.statuses),
            run=plan.run,
        ),
        shown("  killed", [sum(outcome.killed.values())], "times", **outcome.killed),
        shown(
            f"  poison refused, and put into the log by another program: {outcome.dead:,}",
            [account.poison.total()],
            "rows",
            codes=dict(account.poison),
        ),
        shown("  matches", [rides.matches / outcome.took_s], "/s"),
        *(
            at_most(f"  {what}", [len(words)], 0, "", first=words[:20])
            for what, words in outcome.findings.items()
        ),
    ]
