"""Published cells become the contract's: unknown is empty, numbers come out of their text, wrong cells stay wrong."""

from __future__ import annotations

import polars as pl
import pytest
from tests.support.used_cars import published_file

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.datasets import USED_CARS
from drivetrain.resale.used.model.names import MODELS
from drivetrain.resale.used.model.prepare import prepare_au, prepare_in, prepare_uk

FIESTA = {
    "make": "ford", "model": "Fiesta", "year": "2017", "price": "9500", "transmission": "Semi-Auto", "mileage": "20000",
    "fuelType": "Petrol", "tax": "145", "mpg": "60.1", "engineSize": "1.0",
}  # fmt: skip
COROLLA = {
    "Brand": "Toyota", "Year": "2018", "Model": "Corolla", "Title": "2018 Toyota Corolla Ascent Sport", "UsedOrNew": "USED",
    "Transmission": "Automatic", "Engine": "4 cyl, 2.2 L", "DriveType": "Front", "FuelType": "Unleaded",
    "FuelConsumption": "8.7 L / 100 km", "Kilometres": "60000", "CylindersinEngine": "4 cyl", "BodyType": "Hatchback",
    "Doors": " 4 Doors", "Seats": " 5 Seats", "Price": "23990",
}  # fmt: skip
SWIFT = {
    "Make": "Maruti Suzuki", "Model": "Swift VXi [2014-2017]", "Price": "425000", "Year": "2015", "Kilometer": "50000",
    "Fuel Type": "Petrol", "Transmission": "Manual", "Owner": "First", "Engine": "1197 cc", "Max Power": "82 bhp @ 6000 rpm",
    "Max Torque": "113 Nm @ 4200 rpm", "Drivetrain": "FWD", "Length": "3850.0", "Width": "1695.0",
    "Seating Capacity": "5.0", "Fuel Tank Capacity": "42.0",
}  # fmt: skip


def british(**changed):
    return {
        name: cells[0]
        for name, cells in prepare_uk({name: [cell] for name, cell in {**FIESTA, **changed}.items()}).items()
    }


def australian(**changed):
    return {
        name: cells[0]
        for name, cells in prepare_au({name: [cell] for name, cell in {**COROLLA, **changed}.items()}).items()
    }


def indian(**changed):
    return {
        name: cells[0]
        for name, cells in prepare_in({name: [cell] for name, cell in {**SWIFT, **changed}.items()}).items()
    }


def test_a_new_australian_car_without_a_distance_has_none_behind_it():
    assert australian(UsedOrNew="NEW", Kilometres="- / -")["mileage_km"] == "0"
    assert australian(UsedOrNew="NEW", Kilometres="12")["mileage_km"] == "12"
    assert australian(UsedOrNew="USED", Kilometres="-")["mileage_km"] is None
    assert australian(UsedOrNew="DEMO", Kilometres="-")["mileage_km"] is None


@pytest.mark.parametrize(
    ("changed", "name", "cell"),
    [
        ({"engineSize": "0.0"}, "engine_size_l", None),  # 216 rows, most of them petrol
        ({"engineSize": "0"}, "engine_size_l", None),
        ({"mpg": "1.1"}, "mpg", None),  # a plug-in hybrid in liters per 100 km
        ({"mpg": "470.8"}, "mpg", "470.8"),  # a plug-in hybrid as the test cycle has it
        ({"tax": "0"}, "tax_gbp", "0"),  # may be true
        ({"year": "2060"}, "year", "2060"),  # for the contract to refuse
        ({"mpg": "lots"}, "mpg", "lots"),  # for the contract to refuse
        ({"mpg": None}, "mpg", None),
    ],
)
def test_british_cells(changed, name, cell):
    assert british(**changed)[name] == cell


@pytest.mark.parametrize(
    ("changed", "name", "cell"),
    [
        ({}, "engine_size_l", "2.2"),
        ({}, "fuel_l_per_100km", "8.7"),
        ({}, "doors", "4"),
        ({}, "variant", "Ascent Sport"),
        ({"Engine": "-"}, "engine_size_l", None),
        ({"Engine": "0 L"}, "engine_size_l", None),  # electric
        ({"CylindersinEngine": "0 L"}, "cylinders", None),
        ({"FuelConsumption": "0 L / 100 km"}, "fuel_l_per_100km", None),
        ({"Kilometres": "- / -"}, "mileage_km", None),
        ({"Transmission": "-"}, "transmission", None),
        ({"Doors": " 5 Seats"}, "doors", None),  # 59 cells hold a seat count
        ({"Doors": "NA"}, "doors", None),
        ({"DriveType": "Other"}, "drive", None),
        ({"Price": "POA"}, "price", "POA"),  # for the contract to refuse
        ({"Price": "nan"}, "price", None),
        ({"Title": None}, "variant", None),
        ({"Title": "2018 Toyota Corolla"}, "variant", None),
    ],
)
def test_australian_cells(changed, name, cell):
    assert australian(**changed)[name] == cell


@pytest.mark.parametrize(
    ("brand", "model", "title", "named"),
    [
        ("Alfa", "Romeo", "2013 Alfa Romeo Mito", ("Alfa Romeo", "Mito", None)),
        ("Land", "Rover", "2013 Land Rover Discovery 4 3.0", ("Land Rover", "Discovery", "4 3.0")),
        (
            "Land",
            "Rover",
            "2018 Land Rover Range Rover Sport SDV6",
            ("Land Rover", "Range Rover", "Sport SDV6"),
        ),
        ("Rover", "Mini", "1994 Rover Mini Cooper", ("Rover", "Mini", "Cooper")),
        ("Mazda", "3", "2015 Mazda 3 NEO", ("Mazda", "3", "NEO")),
        ("nan", "nan", "nan", (None, None, None)),  # the empty row
    ],
)
def test_makes_of_two_words_are_put_together_again(brand, model, title, named):
    found = australian(Brand=brand, Model=model, Title=title)
    assert (found["make"], found["model"], found["variant"]) == named


@pytest.mark.parametrize(
    ("changed", "name", "cell"),
    [
        ({}, "model", "Swift"),
        ({}, "engine_size_l", "1.197"),
        ({}, "power_bhp", "82"),
        ({"Max Power": "118@6600"}, "power_bhp", "118"),  # the other writing
        ({"Max Torque": None}, "torque_nm", None),
        ({"Model": "Grand i10 Magna"}, "model", "Grand i10"),
        ({"Model": "Swift DZire VDI"}, "model", "Swift DZire"),
        ({"Model": None}, "model", None),
        ({"Owner": "4 or More"}, "owner", "4 or More"),  # a spelling the contract knows
    ],
)
def test_indian_cells(changed, name, cell):
    assert indian(**changed)[name] == cell


@pytest.mark.parametrize(("code", "row"), [("uk", british()), ("au", australian()), ("in", indian())])
def test_a_prepared_row_passes_its_contract_and_its_columns_are_the_contracts(code, row):
    contract = CONTRACTS[code]
    assert tuple(row) == tuple(name for name in row if name in {*contract.names, contract.target.name})
    assert {*contract.names, contract.target.name} == set(row)
    checked = check_table(
        pl.DataFrame({name: [cell] for name, cell in row.items()}, strict=False), contract, with_target=True
    )
    assert checked.bad_rows == 0
    assert checked.warnings == ()


@pytest.mark.parametrize("code", list(CONTRACTS))
def test_the_columns_that_are_read_are_in_the_published_header(code):
    table = USED_CARS[code]
    assert table.preparation is not None
    assert set(table.preparation.columns) <= set(table.header)


@pytest.mark.real_table
@pytest.mark.parametrize(
    ("code", "rows", "good", "reasons"),
    [
        ("uk", 79_381, 79_378, {"resale.year_out_of_range": 3}),  # 2060, and two of 1970
        (
            "au",
            13_387,
            13_331,
            {
                "input.missing_value": 19,  # 13 distances and the empty row's six required cells
                "resale.price_not_a_number": 37,  # POA
                "resale.price_out_of_range": 1,  # 88 AUD
                "resale.year_out_of_range": 6,
            },
        ),
        ("in", 1_647, 1_646, {"resale.mileage_km_out_of_range": 1}),  # 2,000,000 km
    ],
)
def test_the_real_tables_pass_but_for_what_cannot_be_true(code, rows, good, reasons, tmp_path):
    path = published_file(code)
    if path is None:
        pytest.skip("DRIVETRAIN_DATA_DIR holds no used-car tables")
    table = USED_CARS[code]
    kept = DatasetStore(tmp_path, [table]).add(table.name, path, source="", licence="", is_synthetic=False)
    cells = pl.read_csv(kept.path, infer_schema=False)
    assert (tuple(cells.columns), cells.height, kept.is_synthetic) == (table.header, rows, False)
    read = read_training_table(kept.path, CONTRACTS[code], tmp_path / "broken.csv", table.preparation)
    assert (len(read.table.target), read.reasons) == (good, reasons)
    names = pl.DataFrame({name: pl.Series(read.table.rows[name]) for name in ("make", "model")})
    known = {(make, model) for make, models in MODELS[code].items() for model in models}
    assert set(names.unique().iter_rows()) <= known
