"""The generated table imitates the published one coarsely, and says of itself that it is generated."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from drivetrain.adapters.disk.synthetic_mark import has_synthetic_mark
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.resale.price.model.contract import CAR_PRICE, MAKES, MARK_COLUMN, PUBLISHED_HEADER
from drivetrain.resale.price.model.dataset import CAR_PRICE_TABLE
from drivetrain.resale.price.model.generate import generate, write_synthetic


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return generate(4_000, seed=7)


class TestFile:
    def test_every_row_passes_the_contract_and_every_make_is_repaired(self, tmp_path):
        write_synthetic(tmp_path / "cars.csv", 600, 3, SilentProgress())
        read = read_training_table(
            tmp_path / "cars.csv", CAR_PRICE, tmp_path / "broken.csv", CAR_PRICE_TABLE.preparation
        )
        assert (len(read.table.target), read.broken) == (600, 0)
        assert set(read.table.rows["CompanyName"]) <= set(MAKES)

    def test_the_file_itself_says_that_it_is_generated(self, tmp_path):
        write_synthetic(tmp_path / "cars.csv", 5, 3, SilentProgress())
        assert has_synthetic_mark(tmp_path / "cars.csv", MARK_COLUMN)
        assert tuple((tmp_path / "cars.csv").read_text().splitlines()[0].split(",")) == PUBLISHED_HEADER

    def test_rows_are_numbered_downward_across_the_pieces_of_a_long_table(self):
        assert generate(100_002, seed=1)[MARK_COLUMN].equals(pl.Series(MARK_COLUMN, -np.arange(1, 100_003)))


class TestSeed:
    def test_the_same_rows_and_seed_give_the_same_table(self, table):
        assert generate(4_000, seed=7).equals(table)

    def test_another_seed_gives_another_table(self, table):
        assert generate(4_000, seed=8)["price"].to_list() != table["price"].to_list()

    @pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-5, 1), (10, -1)])
    def test_impossible_requests_are_refused(self, rows, seed):
        with pytest.raises(InvalidInputError, match="at least 1 row"):
            generate(rows, seed)


class TestStructure:
    """Coarse facts of the published table."""

    def test_prices_have_about_the_published_level_and_spread(self, table):
        assert table["price"].mean() == pytest.approx(13_200, abs=1_200)
        assert table["price"].log().std() == pytest.approx(0.50, abs=0.06)

    @pytest.mark.parametrize(
        ("one", "other", "correlation"),
        [
            ("curbweight", "price", 0.88),
            ("horsepower", "price", 0.84),
            ("citympg", "price", -0.82),
            ("carlength", "curbweight", 0.87),
        ],
    )
    def test_fields_go_together_as_published(self, table, one, other, correlation):
        logs = table.select(pl.col(one).log(), pl.col(other).log())
        assert logs.select(pl.corr(one, other)).item() == pytest.approx(correlation, abs=0.09)

    def test_diesels_have_their_own_injection_and_no_other_car_has_it(self, table):
        assert set(table.filter(pl.col("fueltype") == "diesel")["fuelsystem"]) == {"idi"}
        assert "idi" not in set(table.filter(pl.col("fueltype") == "gas")["fuelsystem"])

    def test_more_cylinders_go_with_larger_engines(self, table):
        means = dict(table.group_by("cylindernumber").agg(pl.col("enginesize").mean()).rows())
        assert means["four"] < means["five"] < means["six"] < means["eight"]

    def test_some_makes_are_misspelled_as_in_the_published_table(self, table):
        first_words = {name.split()[0] for name in table["CarName"]}
        assert {"maxda", "vw", "toyouta"} <= first_words
