"""A route that calls its endpoint directly, for the few that must be fast."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs


class DirectRoute(APIRoute):
    """Calls ``endpoint(request, caller)`` without solving dependencies at every request.

    Documentation and the declared scope come from the endpoint's signature, as everywhere. Solving it anew
    for each request was measured to cost a third of a price. The endpoint takes exactly a request and, by
    ``Depends``, a caller.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler that the framework calls."""
        (needs,) = [dependency.call for dependency in self.dependant.dependencies]
        if not isinstance(needs, Needs):
            raise TypeError(f"{self.path} does not declare its scope")
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            answer: Response = await endpoint(request, await needs(request))
            return answer

        return handle
