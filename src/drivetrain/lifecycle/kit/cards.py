"""The model card: what a version is for, what it learned from, how good it is, all from its own figures (Markdown)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.kit.products import ModelSpec

_SYNTHETIC = (
    "> **Synthetic data.** This model learned from generated rows. Its figures say nothing about real cars."
)

_COLUMNS = {
    "rmse_error": ("RMSE", 2),
    "mae_error": ("MAE", 2),
    "r2_score": ("R²", 3),
    "stability_score": ("stability", 3),
    "silhouette_score": ("silhouette", 3),
    "recovery_score": ("recovery of the truth", 3),
}
"""Figures that a card shows where the candidate has them: title and digits."""


def card_markdown(spec: ModelSpec, dataset: DatasetReference, report: Mapping[str, Any]) -> str:
    """Write the card of a version.

    Args:
        report: as the training measured it; every figure of the card comes from here.
    """
    return "\n".join([*_head(spec, dataset, report), "", spec.card().strip(), "", *_figures(report), ""])


def _head(spec: ModelSpec, dataset: DatasetReference, report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {spec.name}"
    yield ""
    if dataset.is_synthetic:
        yield _SYNTHETIC
        yield ""
    yield spec.summary
    yield ""
    yield f"Learned from `{dataset.name}` version `{dataset.version}`: {report['rows']:,} rows, "
    yield f"{report['broken_rows']:,} set aside. Source: {dataset.source} Licence: {dataset.licence}."
    if "held_back" in report:
        yield from _held_back(report["held_back"])


def _figures(report: Mapping[str, Any]) -> Iterator[str]:
    yield "## Figures"
    yield ""
    yield f"{report['validation']}. The same folds for every line."
    yield ""
    columns = {metric: about for metric, about in _COLUMNS.items() if metric in report["models"]["candidate"]}
    yield f"| model | {' | '.join(title for title, _ in columns.values())} |"
    yield f"|---{'|---' * len(columns)}|"
    for name, metrics in report["models"].items():
        cells = (_cell(metrics.get(metric), digits) for metric, (_, digits) in columns.items())
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    for remark in report["remarks"]:
        yield remark
        yield ""
    if "range" in report:
        yield from _range(report["range"])
    if report.get("comparison", {}).get("errors"):
        yield from _comparison(report["comparison"])
    yield "## Gate"
    yield ""
    for check in report["gate"]["checks"]:
        yield f"- {'passed' if check['passed'] else 'NOT PASSED'}: {check['question']} ({check['figures']})"


def _range(ranges: Mapping[str, Any]) -> Iterator[str]:
    coverage = ranges["coverage"]
    yield (
        f"The 90 % range covers {coverage['mean']:.1%} ({coverage['low']:.1%} to {coverage['high']:.1%}) of held-out rows "
        f"at a mean width of {ranges['mean_width']:,.1f} {ranges['unit']}."
    )
    yield ""
    yield "| least covered segments | rows | coverage |"
    yield "|---|---|---|"
    for name, segment in sorted(ranges["segments"].items(), key=lambda item: float(item[1]["coverage"]))[:5]:
        yield f"| {name} | {segment['rows']:,} | {segment['coverage']:.1%} |"
    yield ""


def _held_back(held_back: Mapping[str, Any]) -> Iterator[str]:
    if not held_back["rows"]:
        return
    whole = "" if held_back["unit"] == "row" else f", whole {held_back['unit']}s"
    yield (
        f"Of these, {held_back['rows']:,} rows{whole} are held back: no version learns from them. "
        f"MAE on them {held_back['mae_error']:,.4g}."
    )


def _comparison(compared: Mapping[str, Any]) -> Iterator[str]:
    yield "## Beside the live version"
    yield ""
    yield f"Mean absolute errors on rows that neither this version nor live version {compared['live_version']} learned from."
    yield ""
    yield "| rows of | rows | this version | live version | difference | allowed up to |"
    yield "|---|---|---|---|---|---|"
    for errors in compared["errors"]:
        if not errors["rows"]:
            yield f"| {errors['table']} | too few | – | – | – | – |"
            continue
        pooled = ", pooled by refits" if errors["is_pooled"] else ""
        yield (
            f"| {errors['table']}{pooled} | {errors['rows']:,} | {errors['new_mae_error']:,.4g} {errors['unit']} "
            f"| {errors['live_mae_error']:,.4g} {errors['unit']} | {_cell(errors['difference'], 2)} "
            f"| {errors['allowed']:.2f} |"
        )
    yield ""


def _cell(value: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{value['mean']:.{digits}f} ({value['low']:.{digits}f} to {value['high']:.{digits}f})"
