"""Generated logs: marked, repeatable, overlapping, and the taste stands apart from what can be learned from."""

from __future__ import annotations

import polars as pl
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, INTERACTION
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE
from drivetrain.resale.segments.model.generate import TASTES, generate, write_synthetic


@pytest.fixture(scope="module")
def log() -> pl.DataFrame:
    return generate(20_000, 3)


def test_the_header_is_the_known_tables_and_every_row_carries_the_mark(log):
    assert tuple(log.columns) == BUYER_INTERACTIONS_TABLE.header
    assert log.get_column("").to_list() == list(range(-1, -20_001, -1))


def test_the_same_seed_draws_the_same_table_and_another_seed_another(log):
    assert generate(20_000, 3).equals(log)
    assert not generate(20_000, 4).equals(log)


def test_every_interaction_passes_its_contract(log):
    for row in log.head(500).iter_rows(named=True):
        raw = {name: row[name] for name in INTERACTION.names}
        for name in ("price_eur", "age_years", "power_kw"):
            raw[name] = None if raw[name] is None else float(raw[name])
        INTERACTION.check_row(raw)


def test_there_are_buyers_with_few_interactions_and_buyers_without_a_taste(log):
    buyers = log.group_by("buyer_id").agg(
        pl.len(), pl.col("taste").first(), tastes=pl.col("taste").n_unique()
    )
    assert buyers.get_column("tastes").max() == 1
    assert 0.04 < (buyers.get_column("taste") == 0).mean() < 0.13
    assert (buyers.get_column("len") < 5).mean() > 0.1
    assert set(buyers.get_column("taste").to_list()) == set(range(len(TASTES) + 1))


def test_tastes_overlap(log):
    """No single field tells them apart: families and fleets both look at wagons, first cars and fun cars at petrol."""
    shares = log.group_by("taste").agg((pl.col("body") == "wagon").mean().alias("wagon")).sort("taste")
    by_taste = dict(zip(shares.get_column("taste"), shares.get_column("wagon"), strict=True))
    assert by_taste[2] > 0.2 and by_taste[3] > 0.15


def test_the_taste_is_no_feature():
    assert "taste" not in BUYER_PROFILE.names
    assert "taste" not in INTERACTION.names


def test_a_file_has_exactly_the_rows_asked_for(tmp_path):
    for rows in (1, 7, 120_000):
        write_synthetic(tmp_path / "log.csv", rows, 1, SilentProgress())
        assert pl.scan_csv(tmp_path / "log.csv").select(pl.len()).collect().item() == rows


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (10, -1)])
def test_no_rows_or_a_negative_seed_are_refused(rows, seed):
    with pytest.raises(InvalidInputError):
        generate(rows, seed)
