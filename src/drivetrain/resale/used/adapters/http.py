"""The HTTP routes of used cars, the same under each country: value, deal, curve, outlook."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.direct import DirectRoute
from drivetrain.adapters.http.openapi import Component, Merged, answer, body, documented
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes, read_row
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.prices import PriceExplanation
from drivetrain.lifecycle.data.contracts import Row, RowContract
from drivetrain.resale.used.adapters import schemas as shown
from drivetrain.resale.used.application.draw_value_curves import DrawValueCurves, ValueCurves
from drivetrain.resale.used.application.forecast_value import ForecastValue, Outlook
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR, UsedCarDecision
from drivetrain.resale.used.domain.deal import Deal
from drivetrain.resale.used.domain.value import LONGEST_OUTLOOK_YEARS
from drivetrain.resale.used.model.contract import (
    CONTRACTS,
    DEAL_CONTRACTS,
    OUTLOOK_CONTRACTS,
    YEARS,
    distance_per_year,
)
from drivetrain.resale.used.model.countries import COUNTRIES, Country
from drivetrain.resale.valuation.adapters.schemas import explained

_predicts = Needs(PlatformScope.PREDICT)


def used_car_routes(ports: ServingPorts) -> list[APIRouter]:
    """Routes under ``/resale/used/<country>``, for every country."""
    return [router for country in COUNTRIES.values() for router in _country_routes(country, ports)]


def _country_routes(country: Country, ports: ServingPorts) -> list[APIRouter]:
    code, worth = country.code, shown.example_worth(country)
    place_text = f"in {country.name} at the prices of {country.reference_year}, {country.currency}"
    deal = Deal(worth, round(worth.value * 1.1, 2))
    values = _presentation(
        country, "value", "values", "value_{}_used_car", f"Say what a used car is worth {place_text}", worth
    )
    deals = _presentation(
        country,
        "deal",
        "deals",
        "rate_{}_used_car_deal",
        f"Rate what is asked for a used car {place_text}",
        deal,
    )
    return [
        prediction_routes(country.model_name, CONTRACTS[code], ports, VALUE_USED_CAR, values),
        prediction_routes(country.model_name, DEAL_CONTRACTS[code], ports, VALUE_USED_CAR, deals),
        _views(country, ports),
    ]


def _presentation(
    country: Country, one: str, many: str, operation: str, task: str, example: UsedCarDecision
) -> Presentation[UsedCarDecision, PriceExplanation]:
    return Presentation(
        prefix=_prefix(country),
        one=one,
        many=many,
        operation=operation.format(country.code),
        task=task,
        fields=shown.fields_of(country, is_deal=isinstance(example, Deal)),
        explained=explained,
        relative_width=lambda decision: decision.relative_width(),
        rendering=shown.DEALS if isinstance(example, Deal) else shown.VALUES,
        example=shown.one_example(country, example),
        batch_example=shown.many_example(country, example),
    )


def _views(country: Country, ports: ServingPorts) -> APIRouter:
    """What is looked at, not acted on: no decision, so nothing goes into the ledger."""
    live = ports.predictors[country.model_name]
    draw, forecast = DrawValueCurves(live), ForecastValue(live)
    router = APIRouter(prefix=_prefix(country), tags=["resale"], route_class=DirectRoute)

    def curve(car: Row, caller: str) -> tuple[ValueCurves, dict[str, object]]:
        curves = draw(car, caller)
        return curves, shown.curves_answer(curves, country)

    def outlook(row: Row, caller: str) -> tuple[Outlook, dict[str, object]]:
        car = {name: row[name] for name in CONTRACTS[country.code].names}
        years, driven = row[YEARS] or LONGEST_OUTLOOK_YEARS, row[distance_per_year(country)]
        prospect = forecast(
            car, caller, years=int(years), distance_per_year=None if driven is None else float(driven)
        )
        return prospect, shown.outlook_answer(prospect, country)

    _add_view(
        router,
        ports,
        country,
        "curve",
        CONTRACTS[country.code],
        curve,
        description="Give the value of the car at other distances and ages; it never rises along either.",
        schema=shown.curves_schema(),
        example=shown.curves_example(country),
    )
    _add_view(
        router,
        ports,
        country,
        "outlook",
        OUTLOOK_CONTRACTS[country.code],
        outlook,
        description=f"Give the value of the car in 1 to {LONGEST_OUTLOOK_YEARS} years, in a range that widens with time.",
        schema=shown.outlook_schema(country),
        example=shown.outlook_example(country),
    )
    return router


def _add_view(
    router: APIRouter,
    ports: ServingPorts,
    country: Country,
    name: str,
    contract: RowContract,
    look: Callable[[Row, str], tuple[ValueCurves | Outlook, dict[str, object]]],
    *,
    description: str,
    schema: Merged,
    example: dict[str, object],
) -> None:
    @router.post(
        f"/{name}",
        name=f"show_{country.code}_used_car_{name}",
        description=f"{description} Nothing is recorded.",
    )
    @documented(
        answer(schema, "What was asked for, beside the value of the car as it is.", example=example),
        body=body(_request(country, name, contract), example=contract.example()),
    )
    async def view(request: Request, caller: Caller = Depends(_predicts)) -> Response:
        row, warnings = await read_row(request, contract, ports, country.model_name)
        view_of_car, shown_view = look(row, caller.subject)
        remarks = [warning.as_dict() for warning in (*warnings, *view_of_car.warnings)]
        return json_answer({**shown_view, "warnings": remarks, "model": view_of_car.model.as_dict()})


def _request(country: Country, view: str, contract: RowContract) -> Component:
    """The body of a view; a curve takes the body of a value."""
    noun = "" if contract is CONTRACTS[country.code] else view.title()
    return Component(f"{country.code.title()}UsedCar{noun}Request", contract.schema())


def _prefix(country: Country) -> str:
    return f"/resale/used/{country.code}"
