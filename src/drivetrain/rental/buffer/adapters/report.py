"""The report on the rental buffer: one page for a screen, a printer and a screen reader, all figures from the analysis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drivetrain.adapters.pages.page import heading, page, paragraph, section, table
from drivetrain.core.time import minute_utc
from drivetrain.rental.buffer.adapters.figures import (
    break_even_figure,
    cancellations_figure,
    delays_figure,
    frontier_figure,
)
from drivetrain.rental.buffer.application.answer_questions import answers_of
from drivetrain.rental.buffer.application.records import AnalysisRecord
from drivetrain.rental.buffer.application.wording import interval, precise

TITLE = "The rental buffer: how much time to leave between two rentals"


def report(record: AnalysisRecord, made_at: datetime) -> str:
    """The whole page.

    Args:
        made_at: printed at its end, aware.
    """
    return page(
        TITLE,
        [
            *_provenance(record),
            _answers(record),
            section(
                "frontier",
                "What a gap costs and what it saves",
                [frontier_figure(record), break_even_figure(record)],
            ),
            section(
                "lateness",
                "How late cars come back, and what it does",
                [delays_figure(record), cancellations_figure(record)],
            ),
            section("scopes", "One threshold for all, or one per check-in type", list(_scopes(record))),
            section("cars", "Does a car's own history tell its lateness?", list(_history(record))),
            section("rows", "Rows that were set aside", list(_refused(record))),
            section("method", "How the figures were found", list(_method(record, made_at))),
        ],
    )


def _provenance(record: AnalysisRecord) -> Iterator[str]:
    table = record["table"]
    if table["is_synthetic"]:
        yield paragraph(
            "SYNTHETIC DATA: these rentals were generated. Nothing here says anything about real rentals.",
            kind="warning",
        )
    yield paragraph(
        f"Table: {table['source']} ({table['used']:,} of {table['rows']:,} rows used; SHA-256 {table['sha256'][:12]}…).",
        kind="note",
    )


def _answers(record: AnalysisRecord) -> str:
    parts = []
    for answer in answers_of(record):
        parts += [heading(answer.question), paragraph(answer.words), paragraph(answer.method, kind="note")]
    return section("answers", "Five questions, answered", parts)


def _scopes(record: AnalysisRecord) -> Iterator[str]:
    yield paragraph(answers_of(record)[-1].words)
    rows = []
    for name, verdict in record["scopes"].items():
        for part in ("reachable", "below"):
            verdict_part = verdict["reachable"] if part == "reachable" else verdict["below"]
            range_text = f"{'from' if part == 'reachable' else 'below'} {verdict['reachable_from']:,} touched"
            rows.append(
                (
                    f"{name}, {range_text}",
                    f"{verdict_part['rules']:,}",
                    interval(verdict_part["mean_difference"]),
                    f"{verdict_part['p_value']:.3g}",
                )
            )
    columns = ("family", "rules", "conflicts avoided more than uniform, on average", "p of none being better")
    yield table("Rules by check-in type against a uniform threshold at equal bookings touched", columns, rows)


def _history(record: AnalysisRecord) -> Iterator[str]:
    if not record["lateness"]:
        yield paragraph(record["lateness_refused"])
        return
    worth = [order for order in record["lateness"] if order["is_worth_it"]]
    yield paragraph(
        "Yes, and a gap per car would avoid more conflicts at equal bookings touched."
        if worth
        else "Not enough to be worth a gap per car: at equal bookings touched it avoids no more conflicts than a uniform one."
    )
    rows = [
        (
            f"{order['order']} order",
            f"{order['rentals']:,}",
            precise(order["auc"]),
            precise(order["auc_checkin_type"]),
            precise(order["gain"]),
        )
        for order in record["lateness"]
    ]
    yield table(
        "Telling late returns apart (AUC, cross-validated by car; 0.5 is a coin)",
        ("what counts as earlier", "rentals", "by history and type", "by type alone", "difference"),
        rows,
    )
    gaps = [
        (
            f"{order['order']} order, {gap['threshold_min']} min",
            interval(gap["touched"]),
            interval(gap["avoided_by_uniform"]),
            interval(gap["gain"]),
        )
        for order in record["lateness"]
        for gap in order["per_car_gap"]
    ]
    yield table(
        "A gap per car against a uniform one",
        ("rule", "touched", "avoided by the uniform gap", "more by a gap per car"),
        gaps,
    )


def _refused(record: AnalysisRecord) -> Iterator[str]:
    source = record["table"]
    if not source["refused"]:
        yield paragraph(f"None of the {source['rows']:,} rows.")
        return
    yield paragraph(f"{source['refused']:,} of {source['rows']:,} rows were set aside; the others are used.")
    yield table(
        "Why",
        ("reason", "cells"),
        [(code, f"{count:,}") for code, count in sorted(source["reasons"].items())],
    )
    described = [(f"row {error['row']}, {error['column']}", error["detail"]) for error in source["errors"]]
    yield table(f"The first {len(described)} of them", ("where", "what"), described)


def _method(record: AnalysisRecord, made_at: datetime) -> Iterator[str]:
    yield paragraph(
        "A rule touches the bookings whose planned gap to the previous rental of the car lies below the threshold. "
        "A conflict is a rental whose car came back after its planned start. "
        "Unknown delays are unknown, not on time: ratios are over known ones."
    )
    yield paragraph(
        f"95 % intervals are percentiles over {record['draws']:,} resamplings of cars with replacement, each with all its "
        f"rentals (seed {record['seed']}). Shares of conflicts are given intervals "
        "at least as wide as Wilson's for as many independent rentals, shares of wait classes Wilson's own."
    )
    yield paragraph(f"Made on {minute_utc(made_at)} by drivetrain, method {record['method']}.", kind="note")
