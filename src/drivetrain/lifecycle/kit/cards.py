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


def _cell(value: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{value['mean']:.{digits}f} ({value['low']:.{digits}f} to {value['high']:.{digits}f})"
