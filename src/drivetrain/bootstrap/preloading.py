"""Imports ahead of time what the routes of the products need, so that a copied worker has it already."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Sequence
from importlib import import_module

import drivetrain
from drivetrain.lifecycle.kit.products import ProductCard

_OF_ROUTES = frozenset(
    {"http", "provider_http", "webhook_http", "routes", "pages", "use_cases", "reader", "hashing"}
)
"""Names of modules that routers are built from, in the folder of adapters of a capability."""


def preload(products: Sequence[ProductCard]) -> None:
    """Import the modules that build routers. A card imports them when its routes are asked for, to keep commands light."""
    for module in route_modules([product.name for product in products]):
        import_module(module)


def route_modules(products: Sequence[str]) -> Iterator[str]:
    """Full names of the modules that routers of some products are built from."""
    for product in products:
        package = import_module(f"{drivetrain.__name__}.{product}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            *folders, name = module.name.split(".")
            if "adapters" in folders and name in _OF_ROUTES:
                yield module.name
