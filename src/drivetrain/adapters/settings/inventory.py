"""Every setting with its value and where that comes from, without anything that is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.adapters.settings.refusals import accepted, is_secret, types_of
from drivetrain.core.shown_settings import Origin, ShownSetting

_UNITS: Mapping[str, str] = {
    "per_s": "1/s",
    "s": "s",
    "min": "min",
    "hours": "h",
    "mib": "MiB",
    "kib": "KiB",
    "rows": "rows",
}
"""By the end of a setting's name, the longest end first."""
_LOGIN = re.compile(r"(:/{1,2})\S*@")
"""User and password in a URL, up to the last ``@``: a password that is not escaped may hold any mark. A path
has one slash where it was written with two."""
_QUERY = re.compile(r"(?<=[?#]).+", re.DOTALL)
_HIDDEN = "***"


def inventory(
    group: SettingsGroup, environment: Mapping[str, str], given: frozenset[str]
) -> Iterator[ShownSetting]:
    """The settings of one group, in the order of their declaration.

    Args:
        group: as this process read it from ``environment``.
        given: variables that ``up`` has set for this process, and not whoever started it.
    """
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        hidden = is_secret(field) or isinstance(value, SecretStr)
        yield ShownSetting(
            variable=group.variable(name),
            value=_state(value) if hidden else _shown(value),
            is_secret=hidden,
            origin=_origin(group, name, environment, given),
            unit=_unit(name, field),
            description=field.description or "",
            accepts=accepted(field),
        )


def _origin(group: SettingsGroup, name: str, environment: Mapping[str, str], given: frozenset[str]) -> Origin:
    former = [old for old, new in group.former_names.items() if new == name]
    variable = group.variable(name)
    if variable in given:
        return "platform"
    upper = {key.upper() for key, value in environment.items() if value}
    return "environment" if upper & {variable, *former} else "default"


def _unit(name: str, field: FieldInfo) -> str:
    if not {int, float} & set(types_of(field)):
        return ""
    return next((unit for end, unit in _UNITS.items() if f"_{name}".endswith(f"_{end}")), "")


def _state(value: object) -> str:
    return "not set" if value is None else "set"


def _shown(value: object) -> str | float | bool | None:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return without_credentials(str(value))


def without_credentials(text: str) -> str:
    """The text with what may be a credential in a URL replaced: user and password, query and fragment."""
    return _QUERY.sub(_HIDDEN, _LOGIN.sub(rf"\1{_HIDDEN}@", text)) if ":/" in text else text
