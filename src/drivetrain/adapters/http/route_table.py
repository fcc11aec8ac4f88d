"""Finds the route of a request in tables, at a cost that does not grow with the number of routes.

The framework tries one route after the other. Here an exact path with its method is one look-up, and a path with
parameters is followed segment by segment; only the routes at its end are tried, in the framework's order and by their own
rules. So documentation, access and the problems 404 and 405 stay what the routes themselves make of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

_PARAMETER = re.compile(r"{[a-zA-Z_][a-zA-Z0-9_]*(?::([a-zA-Z_][a-zA-Z0-9_]*))?}")
_WITHIN_A_SEGMENT = frozenset({"", "str", "int", "float", "uuid"})
"""Kinds of parameters that hold no slash."""

Found = tuple[BaseRoute, Scope]
"""A route, and what it adds to the scope of the request."""


def add_routes(router: APIRouter, *others: APIRouter) -> None:
    """Add the routes of other routers, so that each can be found by its own path; the router's tags come first.

    A router that the framework includes is one route that tries its own ones.

    Raises:
        ValueError: the router has a prefix or dependencies, which the added routes would not get.
    """
    if router.prefix or router.dependencies:
        raise ValueError("routes that are added get neither the prefix nor the dependencies of the router")
    for other in others:
        for route in other.routes:
            if isinstance(route, APIRoute):
                route.tags = [*router.tags, *route.tags]
            router.routes.append(route)


@dataclass(slots=True)
class _Node:
    """What can follow the same segments of a path; routes with their places in the order of the application.

    Attributes:
        fixed: by segment.
        any: below a segment with a parameter.
        ends: routes that end here.
        rests: routes whose last parameter takes the rest of the path, slashes included.
    """

    fixed: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    ends: list[tuple[int, BaseRoute]] = field(default_factory=list)
    rests: list[tuple[int, BaseRoute]] = field(default_factory=list)


class RouteTable:
    """The routes of an application. Made once, when all of them are there.

    Args:
        routes: in the order in which the framework would try them.

    Attributes:
        exact: what answers a path without parameters, by path and method.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._root = _Node()
        self._anywhere: list[tuple[int, BaseRoute]] = []
        for place, route in enumerate(routes):
            self._add(place, route)
        self.exact: Mapping[tuple[str, str], Found] = {}
        self.exact = dict(self._exact_routes(routes))

    def find(self, scope: Scope) -> Found | None:
        """The first route that answers the request, else the first that has its path and not its method; None for no route."""
        known = self.exact.get((scope["path"], scope["method"]))
        if known is not None:
            route, added = known
            return route, {**added, "path_params": {}}
        partial = None
        for route in self._candidates(scope["path"]):
            match, added = route.matches(scope)
            if match is Match.FULL:
                return route, added
            if match is Match.PARTIAL and partial is None:
                partial = route, added
        return partial

    def _add(self, place: int, route: BaseRoute) -> None:
        if not isinstance(route, Route):  # it says itself what it answers
            self._anywhere.append((place, route))
            return
        node = self._root
        for segment in route.path.split("/")[1:]:
            kinds = _PARAMETER.findall(segment)
            if not kinds:
                node = node.fixed.setdefault(segment, _Node())
            elif _WITHIN_A_SEGMENT.issuperset(kinds):
                node.any = node.any or _Node()
                node = node.any
            else:
                node.rests.append((place, route))
                return
        node.ends.append((place, route))

    def _exact_routes(self, routes: Iterable[BaseRoute]) -> Iterable[tuple[tuple[str, str], Found]]:
        if self._anywhere:
            return
        for route in (route for route in routes if isinstance(route, Route)):
            for method in () if route.param_convertors else route.methods or ():
                found = self.find({"type": "http", "path": route.path, "method": method})
                if (
                    found is not None and not found[1]["path_params"]
                ):  # a route before it may take it as a parameter
                    yield (route.path, method), found

    def _candidates(self, path: str) -> Iterable[BaseRoute]:
        """Every route that can match the path, in order."""
        if not path.startswith("/"):
            return [route for _, route in self._anywhere]
        candidates = [*self._anywhere]
        nodes = [self._root]
        # the routes' own patterns pass over a line break at the end
        for segment in path.removesuffix("\n").split("/")[1:]:
            below = []
            for node in nodes:
                candidates += node.rests
                if (fixed := node.fixed.get(segment)) is not None:
                    below.append(fixed)
                if node.any is not None:
                    below.append(node.any)
            nodes = below
            if not nodes:
                break
        for node in nodes:
            candidates += node.ends
        return [route for _, route in sorted(candidates, key=lambda candidate: candidate[0])]


class TableRouter:
    """Takes the place of a router's walk through its routes, inside the layers of the application.

    Args:
        walk: what the router did before; still does for what is no request.
    """

    def __init__(self, router: APIRouter, table: RouteTable, walk: ASGIApp) -> None:
        self._router = router
        self._table = table
        self._walk = walk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route answer that the table finds, or nobody, which is a 404."""
        if scope["type"] != "http" or scope.get("root_path"):
            await self._walk(scope, receive, send)
            return
        scope.setdefault("router", self._router)
        found = self._table.find(scope)
        if found is None:
            await self._router.default(scope, receive, send)
            return
        route, added = found
        scope.update(added)
        await route.handle(scope, receive, send)


def install_route_table(app: FastAPI) -> RouteTable:
    """Let an application find its routes by a table from now on; routes that are added later are not found.

    Raises:
        ValueError: the application redirects paths with another slash at the end, which a table does not know of.
    """
    router = app.router
    if router.redirect_slashes:
        raise ValueError("a route table redirects nothing: make the application with redirect_slashes=False")
    table = RouteTable(router.routes)
    router.middleware_stack = TableRouter(router, table, router.middleware_stack)
    return table
