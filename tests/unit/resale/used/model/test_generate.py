"""Generated used-car tables: the published header, a mark, the same oddities, and the same table for the same seed."""

from __future__ import annotations

import pytest
from tests.support.used_cars import prepared

from drivetrain.adapters.disk.synthetic_mark import has_synthetic_mark
from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.resale.used.model.datasets import USED_CARS
from drivetrain.resale.used.model.generate import generate

CODES = list(COUNTRIES)


@pytest.mark.parametrize("code", CODES)
def test_the_columns_are_the_published_ones_after_the_mark(code):
    assert tuple(generate(COUNTRIES[code], 3, 1).columns) == ("", *USED_CARS[code].header)


@pytest.mark.parametrize("code", CODES)
def test_a_written_table_carries_the_mark_and_every_row(code, tmp_path):
    path = tmp_path / "table.csv"
    USED_CARS[code].write_synthetic(path, 50, 1, SilentProgress())
    assert has_synthetic_mark(path)
    assert len(path.read_text("utf-8").splitlines()) == 51


@pytest.mark.parametrize("code", CODES)
def test_nearly_all_rows_pass_the_contract_and_the_oddities_do_not(code):
    checked = check_table(
        prepared(code, generate(COUNTRIES[code], 2_000, 5)), CONTRACTS[code], with_target=True
    )
    assert 0 < checked.bad_rows <= 0.04 * 2_000


def test_the_same_seed_draws_the_same_table_and_another_one_another():
    one, same, other = (generate(COUNTRIES["au"], 200, seed) for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one.equals(other)


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (1, -1)])
def test_impossible_sizes_and_seeds_are_refused(rows, seed):
    with pytest.raises(InvalidInputError):
        generate(COUNTRIES["uk"], rows, seed)
