"""Routes that call their endpoint directly, and the short way to them, for the few that must be fast."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.errors import answer_to_error
from drivetrain.adapters.http.route_table import RouteTable
from drivetrain.core.errors import DrivetrainError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """Calls ``endpoint(request, caller)`` without solving dependencies at every request.

    Documentation and the declared scope come from the endpoint's signature, as everywhere. Solving it anew
    for each request was measured to cost a third of a price. The endpoint takes exactly a request, a caller by
    ``Depends``, and parameters of the query.

    Attributes:
        answer: what the route answers a request; raises what the application turns into problems.
    """

    answer: Handler

    def get_route_handler(self) -> Handler:
        """The handler that the framework calls."""
        self.answer = _parametrized(self) if self.dependant.query_params else _plain(self)
        return self.answer


def _plain(route: DirectRoute) -> Handler:
    needs, endpoint = _needs(route), route.endpoint

    async def answer(request: Request) -> Response:
        response: Response = await endpoint(request, await needs(request))
        return response

    return answer


def _parametrized(route: DirectRoute) -> Handler:
    needs, endpoint = _needs(route), route.endpoint
    parameters = route.dependant.query_params

    async def answer(request: Request) -> Response:
        caller = await needs(request)
        values, errors = request_params_to_args(parameters, request.query_params)
        if errors:
            raise RequestValidationError(errors)
        response: Response = await endpoint(request, caller=caller, **values)
        return response

    return answer


def _needs(route: DirectRoute) -> Needs:
    dependant = route.dependant
    (dependency,) = dependant.dependencies
    if not isinstance(dependency.call, Needs):
        raise TypeError(f"{route.path} does not declare its scope")
    others = (
        *dependant.path_params,
        *dependant.header_params,
        *dependant.cookie_params,
        *dependant.body_params,
    )
    if others or dependency.name != "caller":
        raise TypeError(f"{route.path} takes more than a request, its caller and a query")
    return dependency.call


class ShortWay:
    """In front of an application: a request for a direct route goes straight there.

    It passes over the layers that do nothing for such a route. Errors become the same problems; what is none of ours goes
    up to the edge, as it does through the application.
    """

    def __init__(self, app: FastAPI, table: RouteTable) -> None:
        self._app = app
        self._answers = {
            place: (route, route.answer)
            for place, (route, _) in table.exact.items()
            if isinstance(route, DirectRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        direct = None
        if scope["type"] == "http" and not scope.get("root_path"):
            direct = self._answers.get((scope["path"], scope["method"]))
        if direct is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        scope["route"], answer = direct
        request = Request(scope, receive, send)
        try:
            response = await answer(request)
        except (DrivetrainError, HTTPException, RequestValidationError) as error:
            response = answer_to_error(request, error)
        await response(scope, receive, send)
