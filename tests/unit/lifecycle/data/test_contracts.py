"""A contract refuses what cannot be true, warns of what is unusual, repairs spellings, and names every place."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.listings import FAMILY_ESTATE, LISTINGS, listing, without

from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.data.contracts import Contract, FlagColumn, ListColumn, NumberColumn, pointer_token
from drivetrain.rental.price.model.contract import RENTAL_PRICE

YEAR_BUILT = NumberColumn("year", "Year of registration.", "year", 1_980, 2_035, 1_998, 2_020, example=2_017)
MILEAGE = RENTAL_PRICE.columns[RENTAL_PRICE.names.index("mileage")]
FLAGS = [column.name for column in RENTAL_PRICE.columns if isinstance(column, FlagColumn)]
SMALL = Contract(
    "small",
    "test",
    (
        NumberColumn(
            "length",
            "How long.",
            "m",
            low=-1.5,
            high=1.5,
            usual_low=0,
            usual_high=1,
            example=0.5,
            whole=False,
        ),
    ),
    target=NumberColumn(
        "price", "What it costs.", "EUR", low=0, high=9, usual_low=1, usual_high=8, example=5
    ),
)


def refusals(raw):
    """Code and pointer of everything refused, in order."""
    with pytest.raises(ContractError) as refused:
        RENTAL_PRICE.check_row(raw)
    return [(error.code, error.pointer) for error in refused.value.errors]


class TestGoodRows:
    @pytest.mark.parametrize("row", LISTINGS)
    def test_a_canonical_row_stays_as_it_is(self, row):
        assert RENTAL_PRICE.check_row(row)[0] == row

    def test_the_order_of_the_fields_does_not_matter(self):
        row, _ = RENTAL_PRICE.check_row(dict(reversed(FAMILY_ESTATE.items())))
        assert list(row) == list(RENTAL_PRICE.names)

    def test_the_example_passes_without_a_warning(self):
        assert RENTAL_PRICE.check_row(RENTAL_PRICE.example()) == (RENTAL_PRICE.example(), ())

    def test_a_checked_row_passes_again_unchanged(self):
        row, warnings = RENTAL_PRICE.check_row(
            listing(model_key=" vw ", fuel="GASOLINE", mileage=float(MILEAGE.usual_high + 1))
        )
        assert RENTAL_PRICE.check_row(row) == (row, warnings)


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (True, "rental.mileage_not_a_number"),  # a boolean is an int in Python, not in the world
            (False, "rental.mileage_not_a_number"),
            ("150000", "rental.mileage_not_a_number"),
            (None, "rental.mileage_not_a_number"),
            ([150_000], "rental.mileage_not_a_number"),
            ({}, "rental.mileage_not_a_number"),
            (math.nan, "rental.mileage_out_of_range"),
            (math.inf, "rental.mileage_out_of_range"),
            (-math.inf, "rental.mileage_out_of_range"),
            (-1, "rental.mileage_out_of_range"),
            (-64, "rental.mileage_out_of_range"),  # stands in the published table
            (1_500_001, "rental.mileage_out_of_range"),
            (10**400, "rental.mileage_out_of_range"),  # no double holds it
            (-(10**400), "rental.mileage_out_of_range"),
            (1e300, "rental.mileage_out_of_range"),
            (150_000.5, "rental.mileage_not_whole"),
            (5e-324, "rental.mileage_not_whole"),  # the smallest number above nothing
        ],
    )
    def test_a_number_that_cannot_be_true_is_refused(self, value, code):
        assert refusals(listing(mileage=value)) == [(code, "/mileage")]

    @pytest.mark.parametrize(
        ("value", "kept"), [(0, 0), (-0.0, 0), (1_500_000, 1_500_000), (150_000.0, 150_000), (1.5e5, 150_000)]
    )
    def test_the_bounds_are_inside_and_whole_numbers_become_ints(self, value, kept):
        row, _ = RENTAL_PRICE.check_row(listing(mileage=value))
        assert row["mileage"] == kept
        assert type(row["mileage"]) is int
        assert str(row["mileage"]) == str(kept)  # no minus before a zero

    def test_an_engine_needs_power(self):
        assert refusals(listing(engine_power=0)) == [("rental.engine_power_out_of_range", "/engine_power")]

    def test_the_sentence_names_the_bounds_and_the_unit(self):
        with pytest.raises(ContractError) as refused:
            RENTAL_PRICE.check_row(listing(mileage=-1))
        assert refused.value.errors[0].detail == "mileage must lie between 0 and 1,500,000 km."

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (1_970, "year must lie between 1980 and 2035."),
            (2_017.5, "year must be a whole number."),
            ("2017", "year must be a number."),
        ],
    )
    def test_a_calendar_year_is_written_as_people_write_it(self, value, sentence):
        assert YEAR_BUILT.check(value, "resale").detail == sentence
        assert (
            YEAR_BUILT.unusual("resale").detail == "year is outside the usual 1998 to 2020; check the entry."
        )

    def test_a_unit_that_repeats_the_name_is_left_out(self):
        doors = NumberColumn("doors", "Doors.", "doors", 1, 9, 2, 5, example=5)
        assert doors.range_detail() == "doors must lie between 1 and 9."

    @pytest.mark.parametrize(
        ("value", "warned"),
        [
            (MILEAGE.usual_low, False),
            (MILEAGE.usual_high, False),
            (MILEAGE.usual_high + 1, True),
            (MILEAGE.high, True),
        ],
    )
    def test_past_the_usual_bounds_a_number_is_accepted_with_a_warning(self, value, warned):
        row, warnings = RENTAL_PRICE.check_row(listing(mileage=value))
        assert row["mileage"] == value
        assert [(warning.field, warning.code) for warning in warnings] == [
            ("mileage", "rental.mileage_unusual")
        ] * warned

    @given(st.floats(allow_nan=True, allow_infinity=True))
    def test_a_number_that_need_not_be_whole_is_kept_to_the_bit_or_refused(self, value):
        try:
            row, warnings = SMALL.check_row({"length": value})
        except ContractError:
            assert not -1.5 <= value <= 1.5
        else:
            assert row["length"].hex() == value.hex()
            assert bool(warnings) == (not 0 <= value <= 1)

    def test_a_whole_number_is_a_number(self):
        row, _ = SMALL.check_row({"length": 1})
        assert type(row["length"]) is float


class TestLists:
    @pytest.mark.parametrize(
        ("written", "make"),
        [
            ("Citroen", "Citroën"),
            ("citroën", "Citroën"),
            ("CITROËN", "Citroën"),
            ("Citroe\u0308n", "Citroën"),  # the diaeresis as a character of its own
            ("mercedes-benz", "Mercedes"),
            ("Mercedes_Benz", "Mercedes"),
            ("VW", "Volkswagen"),
            ("vw", "Volkswagen"),
            ("kia", "KIA Motors"),
            ("Alfa", "Alfa Romeo"),
            ("alfa-romeo", "Alfa Romeo"),
            ("  seat ", "SEAT"),
        ],
    )
    def test_spellings_of_a_make_are_repaired_without_a_warning(self, written, make):
        row, warnings = RENTAL_PRICE.check_row(listing(model_key=written))
        assert (row["model_key"], warnings) == (make, ())

    @pytest.mark.parametrize(
        ("field", "written", "word"),
        [
            ("fuel", "Gasoline", "petrol"),
            ("fuel", "hybrid petrol", "hybrid_petrol"),
            ("fuel", "ELECTRIC", "electro"),
            ("paint_color", "gray", "grey"),
            ("car_type", "Station-Wagon", "estate"),
        ],
    )
    def test_spellings_of_a_closed_list_are_repaired(self, field, written, word):
        assert RENTAL_PRICE.check_row(listing(**{field: written}))[0][field] == word

    def test_a_control_character_is_not_repaired_away(self):
        with pytest.raises(ContractError) as refused:
            RENTAL_PRICE.check_row(listing(model_key="Au\x07di"))
        assert [error.code for error in refused.value.errors] == ["rental.model_key_not_plain"]

    @pytest.mark.parametrize(
        "column", [c for c in RENTAL_PRICE.columns if isinstance(c, ListColumn)], ids=lambda c: c.name
    )
    def test_every_word_of_a_list_stands_for_itself(self, column):
        for word in column.values:
            for written in (word, word.upper(), word.lower(), word.replace(" ", "_")):
                assert column.canonical(written) == word

    def test_a_closed_list_names_the_nearest_words(self):
        with pytest.raises(ContractError) as refused:
            RENTAL_PRICE.check_row(listing(fuel="dissel"))
        (error,) = refused.value.errors
        assert (error.code, error.pointer) == ("rental.unknown_fuel", "/fuel")
        assert error.detail == "fuel is not accepted; use one of: diesel."

    def test_a_closed_list_names_all_words_when_none_is_near(self):
        with pytest.raises(ContractError) as refused:
            RENTAL_PRICE.check_row(listing(fuel="qqqq"))
        assert refused.value.errors[0].detail.endswith("diesel, petrol, hybrid_petrol, electro.")

    @pytest.mark.parametrize("written", ["", " ", "x" * 100_000, "diesel\u200bx"])
    def test_a_closed_list_refuses_whatever_else_comes(self, written):
        assert refusals(listing(fuel=written)) == [("rental.unknown_fuel", "/fuel")]

    @pytest.mark.parametrize("value", [None, 1, True, ["diesel"], {}])
    def test_a_word_must_be_text(self, value):
        assert refusals(listing(fuel=value)) == [("rental.fuel_not_text", "/fuel")]
        assert refusals(listing(model_key=value)) == [("rental.model_key_not_text", "/model_key")]

    def test_a_new_make_is_cleaned_and_accepted_with_a_warning(self):
        row, warnings = RENTAL_PRICE.check_row(listing(model_key="  Dacia \t Logan "))
        assert row["model_key"] == "Dacia Logan"
        assert [(warning.field, warning.code) for warning in warnings] == [
            ("model_key", "rental.new_model_key")
        ]

    @pytest.mark.parametrize("value", ["", "   ", "x" * 65, "Da\x00cia", "Da\x1b[2Jcia", "Da\x7fcia"])
    def test_a_make_that_is_not_plain_text_is_refused(self, value):
        assert refusals(listing(model_key=value)) == [("rental.model_key_not_plain", "/model_key")]

    def test_the_longest_make_is_accepted(self):
        assert RENTAL_PRICE.check_row(listing(model_key="x" * 64))[0]["model_key"] == "x" * 64


class TestFlags:
    @pytest.mark.parametrize("value", [0, 1, "true", "yes", None, 1.0, []])
    def test_in_json_only_a_boolean_is_a_flag(self, value):
        assert refusals(listing(has_gps=value)) == [("rental.has_gps_not_a_boolean", "/has_gps")]

    @pytest.mark.parametrize("name", FLAGS)
    @pytest.mark.parametrize("value", [True, False])
    def test_both_values_are_accepted_everywhere(self, name, value):
        assert RENTAL_PRICE.check_row(listing(**{name: value}))[0][name] is value


class TestFields:
    @pytest.mark.parametrize("name", RENTAL_PRICE.names)
    def test_a_missing_field_is_named(self, name):
        assert refusals(without(name)) == [("input.missing_field", f"/{name}")]

    def test_an_empty_object_misses_every_field(self):
        assert refusals({}) == [("input.missing_field", f"/{name}") for name in RENTAL_PRICE.names]

    def test_an_unknown_field_is_refused_with_the_nearest_known_one(self):
        with pytest.raises(ContractError) as refused:
            RENTAL_PRICE.check_row(listing(milage=1))
        (error,) = refused.value.errors
        assert (error.code, error.pointer) == ("input.unknown_field", "/milage")
        assert error.detail.endswith("Did you mean mileage?")

    def test_a_misspelled_field_is_named_beside_the_one_it_leaves_missing(self):
        assert refusals({**without("mileage"), "milage": 1}) == [
            ("input.missing_field", "/mileage"),
            ("input.unknown_field", "/milage"),
        ]

    def test_the_target_is_no_input(self):
        assert refusals(listing(rental_price_per_day=115)) == [
            ("input.unknown_field", "/rental_price_per_day")
        ]

    def test_everything_wrong_is_named_at_once(self):
        raw = {**without("winter_tires"), "mileage": -1, "fuel": "x", "has_gps": 1, "a": 1, "b": 2}
        assert len(refusals(raw)) == 6

    def test_thousands_of_unknown_fields_are_all_refused(self):
        found = refusals(listing(**{f"field_{number}_of_the_parking": 0 for number in range(3_000)}))
        assert len(found) == 3_000

    @pytest.mark.parametrize(
        ("name", "pointer"),
        [
            ("a/b", "/a~1b"),
            ("a~b", "/a~0b"),
            ("prix_été", "/prix_\\xe9t\\xe9"),
            ("x" * 1_000, "/" + "x" * 64),
            ("", "/"),
        ],
    )
    def test_the_pointer_to_an_unknown_field_is_escaped_and_printable(self, name, pointer):
        assert refusals(listing(**{name: 1})) == [("input.unknown_field", pointer)]

    @given(st.text(max_size=80))
    def test_a_pointer_token_is_ascii_without_a_bare_slash(self, name):
        token = pointer_token(name)
        assert token.isascii()
        assert "/" not in token
        assert re.sub("~[01]", "", token).count("~") == 0


class TestPlainValues:
    def test_a_contract_survives_json(self):
        assert Contract.from_dict(json.loads(json.dumps(RENTAL_PRICE.as_dict()))) == RENTAL_PRICE

    def test_a_contract_read_back_repairs_the_same_spellings(self):
        again = Contract.from_dict(json.loads(json.dumps(RENTAL_PRICE.as_dict())))
        assert again.check_row(listing(model_key="vw", fuel="gas"))[0]["model_key"] == "Volkswagen"
        assert again.columns[0].spellings == RENTAL_PRICE.columns[0].spellings

    def test_a_contract_is_not_read_with_a_word_as_target(self):
        plain = RENTAL_PRICE.as_dict()
        with pytest.raises(TypeError):
            Contract.from_dict({**plain, "target": plain["columns"][0]})


class TestSchema:
    def test_every_field_is_required_and_nothing_else_is_allowed(self):
        schema = json.loads(json.dumps(RENTAL_PRICE.schema()))
        assert schema["type"] == "object"
        assert schema["required"] == list(schema["properties"]) == list(RENTAL_PRICE.names)
        assert schema["additionalProperties"] is False

    def test_the_keywords_are_those_of_json_schema(self):
        known = {
            "type",
            "description",
            "examples",
            "minimum",
            "maximum",
            "enum",
            "maxLength",
            "x-known-values",
            "x-unit",
            "x-usual",
        }
        for name, schema in RENTAL_PRICE.schema()["properties"].items():
            assert set(schema) <= known, name
            assert schema["type"] in {"integer", "number", "string", "boolean"}
            assert schema["description"].endswith(".")

    def test_a_number_names_its_unit_and_what_is_usual_apart_from_the_prose(self):
        mileage = RENTAL_PRICE.schema()["properties"]["mileage"]
        assert mileage["x-unit"] == "km"
        assert mileage["x-usual"] == [0, 400_000]

    def test_a_closed_list_is_an_enumeration_and_an_open_one_is_not(self):
        properties = RENTAL_PRICE.schema()["properties"]
        assert properties["fuel"]["enum"] == ["diesel", "petrol", "hybrid_petrol", "electro"]
        assert "enum" not in properties["model_key"]
        assert "Citroën" in properties["model_key"]["x-known-values"]

    def test_bounds_and_examples_of_the_schema_are_those_of_the_check(self):
        for column in RENTAL_PRICE.columns:
            schema = column.schema()
            for value in (
                *schema["examples"],
                *(schema[key] for key in ("minimum", "maximum") if key in schema),
            ):
                RENTAL_PRICE.check_row(listing(**{column.name: value}))
