"""The list of products: a name stands for one thing, and what is asked for by a wrong name is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.access import Scope
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.products import (
    MODELS,
    PRODUCTS,
    job_named,
    joined_scopes,
    model_named,
    process_named,
    refuse_repeated,
)


class ParkingSettings(SettingsGroup):
    """A group with one variable."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_PARKING_")

    rate: float = 1.0


class OtherParkingSettings(SettingsGroup):
    """Another group that ends up with the same variable."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_")

    parking_rate: float = 2.0


def card(name: str, **parts: Any) -> ProductCard:
    return ProductCard(name=name, summary="", **parts)


def do_nothing(*_: object) -> None:
    """A job that is done at once."""


PROCESS = Process("count", "The counting", run=lambda _: 0, is_enabled=lambda _: True)
TASK = Task("parking.count", "Count cars.", run=lambda ports, arguments, progress: None)

TAKEN_TWICE: list[tuple[str, ProductCard, ProductCard]] = [
    ("product 'parking'", card("parking"), card("parking")),
    # the same model under two products would be trained and served twice
    ("model 'rental-price'", card("a", models=(model_named("rental-price"),)), PRODUCTS[0]),
    ("job 'count'", card("a", jobs={"count": do_nothing}), card("b", jobs={"count": do_nothing})),
    (
        "command 'park'",
        card("a", commands=(CommandGroup("park", "", do_nothing),)),
        card("b", commands=(CommandGroup("park", "", do_nothing),)),
    ),
    ("process 'count'", card("a", processes=(PROCESS,)), card("b", processes=(replace(PROCESS),))),
    ("task 'parking.count'", card("a", tasks=(TASK,)), card("b", tasks=(replace(TASK, retries=0),))),
    # by their whole names: two prefixes and two fields can spell one variable
    (
        "setting 'DRIVETRAIN_PARKING_RATE'",
        card("a", settings=(ParkingSettings,)),
        card("b", settings=(OtherParkingSettings,)),
    ),
]


@pytest.mark.parametrize(("name", "one", "other"), TAKEN_TWICE, ids=[name for name, *_ in TAKEN_TWICE])
def test_a_name_that_is_used_twice_is_refused(name: str, one: ProductCard, other: ProductCard) -> None:
    with pytest.raises(ConflictError) as refused:
        refuse_repeated([one, other])
    assert (
        refused.value.code == "platform.name_taken"
        and f"The {name} is declared twice" in refused.value.detail
    )


def test_one_card_cannot_use_a_name_twice_either() -> None:
    with pytest.raises(ConflictError):
        refuse_repeated([card("a", processes=(PROCESS, replace(PROCESS)))])


def test_the_same_name_for_things_of_two_kinds_is_fine() -> None:
    refuse_repeated(
        [card("count", jobs={"count": do_nothing}, processes=(PROCESS,)), card("other"), *PRODUCTS]
    )


def test_a_scope_of_two_products_is_refused() -> None:
    scope = Scope("parking:read")
    assert scope.name in joined_scopes([card("a", scopes=(scope,))]).names
    with pytest.raises(ConflictError):
        joined_scopes([card("a", scopes=(scope,)), card("b", scopes=(scope,))])


@pytest.mark.parametrize(
    ("find", "code"),
    [
        (model_named, "model.not_found"),
        (job_named, "platform.unknown_job"),
        (process_named, "platform.unknown_process"),
    ],
)
def test_a_name_nobody_knows_is_refused(find: Any, code: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        find("make-coffee")
    assert refused.value.code == code and "make-coffee" in refused.value.detail


def test_everything_on_a_card_is_found_by_its_name() -> None:
    assert [model_named(model.name) for model in MODELS] == list(MODELS)
    for product in PRODUCTS:
        assert [job_named(name) for name in product.jobs] == list(product.jobs.values())
        assert [process_named(each.name) for each in product.processes] == list(product.processes)


def test_what_constrains_every_field_is_a_setting_of_the_recipe():
    monotone = {model.name for model in MODELS if model.recipe.MONOTONE}
    assert {"rental-price", "used-car-price", "used-car-price-au", "used-car-price-in"} <= monotone
    for model in MODELS:
        assert model.recipe.from_settings(model.recipe.MONOTONE, model.recipe)
