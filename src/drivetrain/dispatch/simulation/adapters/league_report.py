"""The page of a league: charts with intervals and tables, by market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drivetrain.adapters.pages.charts import Axes, interval_chart
from drivetrain.adapters.pages.page import figure, page, paragraph, section, table
from drivetrain.dispatch.simulation.adapters.answers import (
    LeagueAnswer,
    LeagueDifference,
    LeagueMarket,
    LeagueStanding,
)

TITLE = "Dispatch policies beside each other"


def report(league: LeagueAnswer) -> str:
    """The whole page."""
    return page(
        TITLE,
        [
            paragraph(
                "SIMULATED: drivers, their refusals and their shifts are made up"
                + (
                    ", and so are the riders."
                    if league["is_synthetic"]
                    else "; riders are drawn from a table."
                ),
                kind="warning",
            ),
            paragraph(
                f"{league['city_summary']} {len(league['seeds'])} cities (seeds {_seeds(league['seeds'])}), "
                f"{league['hours']:g} h each. Result {league['version']} of {league['made_at']}.",
                kind="note",
            ),
            *(_market(league, market) for market in league["markets"]),
            section("policies", "The policies", [_policies(league)]),
            section("assumed", "What is assumed", [paragraph(text) for text in league["assumed"]]),
            section("method", "How the figures were found", list(_method())),
        ],
    )


def _market(league: LeagueAnswer, market: LeagueMarket) -> str:
    name, reference = market["name"], league["reference"]
    others = [standing for standing in market["standings"] if standing["policy"] != reference]
    return section(
        name,
        f"{name.capitalize()} market: {market['drivers']:,} drivers",
        [
            *(
                [
                    _chart(name, "served", "riders served", "percentage points", 100.0, others, reference),
                    _chart(name, "pick_up_s", "pick-up time", "seconds", 1.0, others, reference),
                ]
                if others
                else []
            ),
            _means(market),
        ],
    )


def _chart(
    market: str,
    measure: str,
    words: str,
    unit: str,
    factor: float,
    others: Sequence[LeagueStanding],
    reference: str,
) -> str:
    differences = [standing["differences"][measure] for standing in others]
    names = [standing["policy"] for standing in others]
    axes = Axes(
        f"{market}-{measure}",
        f"{words.capitalize()} against {reference}",
        f"Difference of each policy from {reference}, with its 95 % interval; above 0 is more.",
        "policy",
        f"difference, {unit}",
    )
    points = [(factor * one["value"], factor * one["low"], factor * one["high"]) for one in differences]
    rows = [
        (name, _signed(one, factor), one["verdict"]) for name, one in zip(names, differences, strict=True)
    ]
    below = table("", ("policy", f"difference, {unit} (95 % interval)", "verdict"), rows)
    return figure(f"{market}-{measure}", axes.title, interval_chart(axes, names, points), below)


def _signed(one: LeagueDifference, factor: float) -> str:
    low, high = factor * one["low"], factor * one["high"]
    return f"{factor * one['value']:+.1f} ({low:+.1f} to {high:+.1f})"


def _means(market: LeagueMarket) -> str:
    rows = []
    for standing in market["standings"]:
        means = standing["means"]
        rows.append(
            (
                standing["policy"] + (" *" if standing["is_among_best"] else ""),
                f"{100 * means['served']:.1f} %",
                f"{means['wait_s']:.0f}",
                f"{means['wait_p50_s']:.0f}",
                f"{means['wait_p90_s']:.0f}",
                f"{means['pick_up_s']:.0f}",
                f"{means['refusals']:.2f}",
                f"{100 * means['empty_share']:.0f} %",
                f"{100 * means['utilization']:.0f} %",
                f"{means['earnings_per_h']:.2f}",
                f"{means['gini']:.3f}",
            )
        )
    columns = (
        "policy",
        "served",
        "wait, s",
        "median",
        "p90",
        "pick-up, s",
        "refusals a ride",
        "empty km",
        "with a rider",
        "earned an hour",
        "Gini",
    )
    caption = "Means over the cities. With a star: no other policy served more beyond chance."
    return table(caption, columns, rows)


def _policies(league: LeagueAnswer) -> str:
    rows = [
        (
            one["key"],
            one["summary"],
            one["assignment"].replace("_", " "),
            f"{one['weights']['served_min']:g}",
            f"{one['weights']['waited']:g}",
            f"{one['weights']['refusal_min']:g}",
            f"{one['weights']['place']:g}",
        )
        for one in league["policies"]
    ]
    columns = (
        "policy",
        "what it does",
        "drivers are shared out",
        "served, min",
        "waited",
        "refusal, min",
        "place",
    )
    return table("With their weights", columns, rows)


def _method() -> Iterator[str]:
    yield paragraph(
        "Every policy meets the same riders, the same drivers and, in each pair of rider and driver, the same luck, seed "
        "by seed. Differences are means of paired differences over the seeds, with Student's 95 % interval; a tie is a "
        "difference whose interval contains 0."
    )
    yield paragraph(
        "Riders of the half hours before and after are driven and not counted. Drivers' figures are of the "
        "counted riders and that time. Earnings are by a made-up tariff."
    )


def _seeds(seeds: Sequence[int]) -> str:
    return f"{seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else str(seeds[0])
