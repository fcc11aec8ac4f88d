"""The generated table imitates the published one coarsely, and says of itself that it is generated."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from lightgbm import LGBMRegressor

from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.generate import generate, write_synthetic

PRICE = RENTAL_PRICE.target.name
FLAGS = [name for name, kind in generate(1, 0).schema.items() if kind == pl.Boolean]
ODD_EVERY = 4_000


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return generate(20_000, seed=7)


def broken_fields(row: dict[str, object]) -> tuple[str, ...]:
    """Names of the fields that the contract refuses."""
    try:
        RENTAL_PRICE.check_row({name: row[name] for name in RENTAL_PRICE.names})
    except ContractError as error:
        return tuple(broken.pointer.removeprefix("/") for broken in error.errors)
    return ()


class TestFile:
    def test_the_header_is_the_published_one(self, tmp_path):
        write_synthetic(tmp_path / "table.csv", 3, 1, SilentProgress())
        header = (tmp_path / "table.csv").read_text().splitlines()[0]
        assert header == (
            ",model_key,mileage,engine_power,fuel,paint_color,car_type,private_parking_available,has_gps,"
            "has_air_conditioning,automatic_car,has_getaround_connect,has_speed_regulator,winter_tires,rental_price_per_day"
        )

    def test_booleans_are_written_as_in_the_published_file(self, tmp_path):
        write_synthetic(tmp_path / "table.csv", 200, 1, SilentProgress())
        cells = pl.read_csv(tmp_path / "table.csv", infer_schema=False)
        assert set(cells["has_gps"]) == {"True", "False"}

    def test_the_file_holds_the_table_and_progress_counts_its_rows(self, tmp_path, table):
        watched = CountingProgress()
        write_synthetic(tmp_path / "table.csv", table.height, 7, watched)
        read = pl.read_csv(tmp_path / "table.csv", schema_overrides=dict.fromkeys(FLAGS, pl.String))
        assert read.with_columns(pl.col(FLAGS) == "True").equals(table)
        assert watched.done == watched.total == table.height

    def test_rows_are_numbered_downward_across_the_pieces_of_a_long_table(self):
        numbers = generate(250_003, seed=1)[""]
        assert numbers.equals(pl.Series("", -np.arange(1, 250_004)))


class TestSeed:
    def test_the_same_rows_and_seed_give_the_same_table(self, table):
        assert generate(20_000, seed=7).equals(table)

    def test_another_seed_gives_another_table(self, table):
        assert generate(20_000, seed=8)["mileage"].to_list() != table["mileage"].to_list()

    @pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-5, 1), (10, -1)])
    def test_impossible_requests_are_refused(self, rows, seed):
        with pytest.raises(InvalidInputError, match="at least 1 row"):
            generate(rows, seed)


class TestStructure:
    """Coarse facts of the published table."""

    def test_prices_have_the_published_mean_and_spread(self, table):
        assert table[PRICE].mean() == pytest.approx(120, abs=4)
        assert table[PRICE].std() == pytest.approx(34, abs=4)

    def test_distance_lowers_and_power_raises_the_price(self, table):
        assert -0.60 < table.select(pl.corr("mileage", PRICE)).item() < -0.35
        assert 0.55 < table.select(pl.corr("engine_power", PRICE)).item() < 0.75

    def test_every_piece_of_paid_equipment_goes_with_a_higher_price(self, table):
        paid = [flag for flag in FLAGS if flag != "winter_tires"]
        effects = table.select(
            pl.corr(pl.col(flag).cast(pl.Float64), PRICE).alias(flag) for flag in paid
        ).row(0)
        assert min(effects) > 0.1

    @pytest.mark.parametrize(
        ("make", "share"), [("Citroën", 0.20), ("Renault", 0.19), ("BMW", 0.17), ("Peugeot", 0.13)]
    )
    def test_common_makes_have_their_shares(self, table, make, share):
        assert (table["model_key"] == make).mean() == pytest.approx(share, abs=0.02)

    def test_rare_makes_have_a_handful_of_rows(self):
        counts = dict(generate(4_843, seed=3)["model_key"].value_counts().rows())
        rare = [counts.get(make, 0) for make in ("Honda", "Lexus", "Mini", "Mazda", "Yamaha", "Fiat")]
        assert sum(rare) > 0
        assert max(rare) < 15

    def test_the_body_depends_on_the_make_and_the_gearbox_on_the_body(self, table):
        assert set(table.filter(pl.col("model_key") == "Nissan")["car_type"]) == {"suv"}
        automatic = dict(
            table.group_by(pl.col("car_type") == "suv").agg(pl.col("automatic_car").mean()).rows()
        )
        assert automatic[True] > 3 * automatic[False]

    def test_dear_cars_scatter_by_more_euros_than_cheap_ones(self, table):
        weak = table.filter(pl.col("engine_power") == 85)[PRICE].std()
        strong = table.filter(pl.col("engine_power") == 190)[PRICE].std()
        assert strong > 1.2 * weak

    def test_a_model_explains_about_as_much_as_of_the_published_table(self, table):
        """About 0.75 there.

        A generator that is too easy would make every check of the platform meaningless.
        """
        numbers = table.select(
            pl.col(name).rank("dense") if table[name].dtype == pl.String else name
            for name in RENTAL_PRICE.names
        )
        rows, prices = numbers.cast(pl.Float64).to_numpy(), table[PRICE].to_numpy()
        model = LGBMRegressor(n_estimators=150, learning_rate=0.06, random_state=0, n_jobs=1, verbosity=-1)
        model.fit(rows[:6_000], prices[:6_000])
        assert 0.70 < model.score(rows[6_000:12_000], prices[6_000:12_000]) < 0.80


class TestOddities:
    def test_gross_errors_come_once_in_four_thousand_rows(self, table):
        times = table.height // ODD_EVERY
        assert (table["mileage"] == -64).sum() == times
        assert (table["mileage"] == 1_000_376).sum() == times
        assert (table["engine_power"] == 0).sum() == times
        assert (table[PRICE] == 10).sum() == times

    def test_some_write_the_make_without_its_diaeresis(self, table):
        assert 0 < (table["model_key"] == "Citroen").sum() < 0.02 * (table["model_key"] == "Citroën").sum()

    def test_the_contract_refuses_the_intended_errors_and_nothing_else(self):
        rows = generate(ODD_EVERY, seed=5).rows(named=True)
        refused = [
            (row["mileage"], row["engine_power"], broken_fields(row)) for row in rows if broken_fields(row)
        ]
        assert sorted(fields for _, _, fields in refused) == [("engine_power",), ("mileage",)]

    def test_prices_lie_within_the_contract(self, table):
        assert table[PRICE].min() >= RENTAL_PRICE.target.low
        assert table[PRICE].max() <= RENTAL_PRICE.target.high


class CountingProgress:
    """Remembers how far one stage came."""

    def __init__(self):
        self.done = self.total = 0

    def stage(self, name, *, total, unit):
        self.total = total
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def advance(self, count=1):
        self.done += count
