"""Routes that call their endpoint directly, and the short way to them, for the few that must be fast."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import iscoroutinefunction
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.utils import request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from drivetrain.adapters.http.access import Needs, public
from drivetrain.adapters.http.errors import answer_to_error, internal_problem
from drivetrain.adapters.http.route_table import RouteTable
from drivetrain.core.errors import DrivetrainError

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class DirectRoute(APIRoute):
    """Calls its endpoint without solving dependencies at every request.

    Documentation and the declared scope come from the endpoint's signature, as everywhere. Solving it anew
    for each request was measured to cost a third of a price. The endpoint is a coroutine function that takes any of a
    request, a caller by ``Depends`` and parameters of the query.

    Attributes:
        answer: what the route answers a request; raises what the application turns into problems.

    Raises:
        TypeError: the endpoint takes something else, or declares neither its scope nor that it is public.
    """

    answer: Handler

    def get_route_handler(self) -> Handler:
        """The handler that the framework calls."""
        self.answer = _handler(self)
        return self.answer


def _handler(route: DirectRoute) -> Handler:
    dependant, endpoint = route.dependant, route.endpoint
    (declared,) = dependant.dependencies
    needs = declared.call
    if not isinstance(needs, Needs) and needs is not public:
        raise TypeError(f"{route.path} does not declare its scope")
    others = (
        *(dependant.path_params, dependant.header_params, dependant.cookie_params),
        *(dependant.body_params, declared.dependencies),
    )
    if any(others) or not iscoroutinefunction(endpoint):
        raise TypeError(f"{route.path} takes more than a request, its caller and a query")
    request_name, caller_name, parameters = (
        dependant.request_param_name,
        declared.name,
        dependant.query_params,
    )

    async def answer(request: Request) -> Response:
        arguments: dict[str, Any] = {}
        if isinstance(needs, Needs):
            caller = await needs(request)
            if caller_name is not None:
                arguments[caller_name] = caller
        if parameters:
            values, errors = request_params_to_args(parameters, request.query_params)
            if errors:
                raise RequestValidationError(errors)
            arguments.update(values)
        if request_name is not None:
            arguments[request_name] = request
        response: Response = await endpoint(**arguments)
        return response

    return answer


class ShortWay:
    """In front of an application: a request for a direct route goes straight there.

    It passes over the layers that do nothing for such a route. Errors become the same problems; what is none of ours is
    answered here and goes up to the edge, as it does through the application.
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
        except Exception:  # answered within the layers around this, and logged by the edge
            await internal_problem(scope["state"]["request_id"])(scope, receive, send)
            raise
        await response(scope, receive, send)
