"""A job survives the way to the child."""

from __future__ import annotations

from pathlib import Path

from drivetrain.adapters.tabular.job import ParseJob, ParseLimits
from drivetrain.rental.price.model.contract import RENTAL_PRICE


def test_a_job_reads_back_with_its_contract_limits_and_choices() -> None:
    job = ParseJob(
        Path("/in/x"),
        Path("/out"),
        RENTAL_PRICE,
        ParseLimits(rows=7, wall_s=1.5),
        sheet="Ünïcode",
        with_original=True,
        headings={"mileage": "Kilométrage"},
        with_xml=True,
    )
    assert ParseJob.from_json(job.as_json()) == job
    assert job.named["Kilométrage"] == "mileage"
    assert list(job.named.values()) == list(RENTAL_PRICE.names)
