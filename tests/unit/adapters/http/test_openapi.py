"""The document made of what handlers declare: names, problems, security, schemas each once."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Depends, FastAPI
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import ANY_CALLER, SIGNED_IN, Needs, public
from drivetrain.adapters.http.openapi import (
    Component,
    Merged,
    answer,
    body,
    document,
    documented,
    upload_of,
)
from drivetrain.core.access import PlatformScope


class Wheel(TypedDict):
    """A wheel."""

    inches: int


class Car(TypedDict):
    """A car."""

    wheels: list[Wheel]
    name: str | None


class Doors(TypedDict):
    """Doors."""

    doors: int


def app_with(*declarations: Any, path: str = "/cars", needs: Any = public) -> FastAPI:
    """An application with one route that carries the declarations."""
    app = FastAPI(title="t", openapi_url=None)

    async def list_cars(page: int = 1) -> None:
        """List cars."""

    handler = list_cars
    for declare in declarations:
        handler = declare(handler)
    app.add_api_route(path, handler, methods=["GET"], dependencies=[Depends(needs)])
    return app


def operation_of(app: FastAPI) -> dict[str, Any]:
    (methods,) = document(app)["paths"].values()
    (operation,) = methods.values()
    assert isinstance(operation, dict)
    return operation


def test_an_operation_is_called_as_its_handler_and_refers_to_its_schema() -> None:
    app = app_with(documented(answer(Car, "A car.", example={"wheels": [], "name": None})))
    operation = operation_of(app)
    assert operation["operationId"] == "list_cars" and operation["summary"] == "List cars"
    shown = operation["responses"]["200"]["content"]["application/json"]
    assert shown == {"schema": {"$ref": "#/components/schemas/Car"}, "example": {"wheels": [], "name": None}}
    schemas = document(app)["components"]["schemas"]
    assert schemas.keys() == {"Car", "Wheel", "Problem", "FieldErrorRecord", "SetUpProgress"}
    assert schemas["Car"]["required"] == ["wheels", "name"]
    assert schemas["Car"]["properties"]["name"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("needs", "security", "refused"),
    [
        (public, [], set()),
        (ANY_CALLER, [{"ApiKey": []}, {"Bearer": []}, {"Session": []}], {"401", "403", "503"}),
        (SIGNED_IN, [{"Session": []}], {"401", "403", "503"}),
        (
            Needs(PlatformScope.PREDICT),
            [{"ApiKey": ["predict"]}, {"Bearer": ["predict"]}, {"Session": ["predict"]}],
            {"401", "403", "503"},
        ),
    ],
)
def test_security_and_its_problems_follow_from_the_declared_scope(
    needs: Any, security: list[Any], refused: set[str]
) -> None:
    operation = operation_of(app_with(documented(answer(Car, "A car.")), needs=needs))
    assert operation["security"] == security
    assert operation["responses"].keys() - {"200", "422"} == refused


def test_problems_of_a_body_follow_from_there_being_one() -> None:
    declared = documented(answer(Car, "A car."), body=body(Wheel, example={"inches": 15}), problems=[409])
    operation = operation_of(app_with(declared))
    assert operation["responses"].keys() == {"200", "400", "408", "409", "413", "415", "422"}
    assert operation["responses"]["409"] == {"$ref": "#/components/responses/Conflict"}
    assert operation["requestBody"]["required"] is True


def test_an_upload_is_a_form_or_the_table_itself() -> None:
    operation = operation_of(app_with(documented(answer(Car, "A car."), body=upload_of(["make"]))))
    assert operation["requestBody"]["content"].keys() == {"multipart/form-data", "text/csv"}
    assert {"408", "507"} <= operation["responses"].keys()


def test_a_merged_schema_has_the_fields_of_all_and_requires_those_always_there() -> None:
    merged = Merged("Vehicle", (Car,), (Doors,))
    app = app_with(documented(answer(merged, "A vehicle.")))
    schemas = document(app)["components"]["schemas"]
    assert schemas["Vehicle"]["required"] == ["wheels", "name"]
    assert list(schemas["Vehicle"]["properties"]) == ["wheels", "name", "doors"]
    assert schemas.keys() == {
        "Vehicle",
        "Wheel",
        "Problem",
        "FieldErrorRecord",
        "SetUpProgress",
    }  # the parts keep no name


def test_a_component_may_hold_classes() -> None:
    fleet = Component("Fleet", {"type": "object", "properties": {"cars": {"type": "array", "items": Car}}})
    schemas = document(app_with(documented(answer(fleet, "A fleet."))))["components"]["schemas"]
    assert schemas["Fleet"]["properties"]["cars"]["items"] == {"$ref": "#/components/schemas/Car"}


def test_two_schemas_of_one_name_are_refused() -> None:
    one, other = Component("Car", {"type": "object"}), Component("Car", {"type": "string"})
    with pytest.raises(LookupError, match="two different schemas are called Car"):
        document(app_with(documented(answer(one, "One."), answer(other, "Other.", status=202))))


def test_two_operations_of_one_name_are_refused() -> None:
    app = app_with(documented(answer(Car, "A car.")))
    (route,) = (route for route in app.routes if getattr(route, "name", "") == "list_cars")
    app.add_api_route("/more", route.endpoint, methods=["GET"], dependencies=[Depends(public)])  # type: ignore[attr-defined]
    with pytest.raises(LookupError, match="two operations are called list_cars"):
        document(app)


def test_a_handler_that_declares_nothing_is_refused() -> None:
    with pytest.raises(LookupError, match="/cars does not declare what it answers"):
        document(app_with())
