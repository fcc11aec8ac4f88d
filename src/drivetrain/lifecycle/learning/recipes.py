"""Recipes: the settings of one training, each with the range it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import ClassVar, Self, TypeVar

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.lifecycle.data.contracts import pointer_token

_RANGE = "range"
_TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false"}

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from ``low`` to ``high``, both included unless ``is_open`` at the lower end."""

    low: float
    high: float
    is_open: bool = False

    def accepts(self, value: float) -> bool:
        """True inside; NaN is not."""
        return self.low <= value <= self.high and not (self.is_open and value == self.low)

    def __str__(self) -> str:
        return f"{'above' if self.is_open else 'from'} {_number(self.low)} to {_number(self.high)}"


def setting(default: N, *, at_least: float | None = None, above: float = 0.0, at_most: float) -> N:
    """A numeric field of a recipe, with its accepted range.

    Args:
        at_least: the lower end, included.
        above: the lower end, not included; counts where ``at_least`` is not given.
    """
    accepted = Range(above, at_most, is_open=True) if at_least is None else Range(at_least, at_most)
    described: N = field(default=default, metadata={_RANGE: accepted})
    return described


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides how a model is fitted: booleans, and numbers declared with ``setting``.

    Attributes:
        FORMER_NAMES: settings that had another name in versions trained earlier, former name to present one.
        FORMER_VALUES: settings that versions trained earlier do not name, with the value by which these were
            fitted where it is not the present default.
        MONOTONE: what constrains every field that has a direction; empty where the model has no constraints.
    """

    FORMER_NAMES: ClassVar[Mapping[str, str]] = {}
    FORMER_VALUES: ClassVar[Mapping[str, object]] = {}
    MONOTONE: ClassVar[Mapping[str, object]] = {}

    def as_dict(self) -> dict[str, object]:
        """Plain values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, object]) -> Self:
        """The recipe that a version was trained by; what is left out has its former value, or else its default.

        Ranges are not checked: a version whose training accepted a value must stay readable when a later
        release narrows the range.

        Raises:
            InvalidInputError: a setting is not known or has the wrong type.
        """
        named = {cls.FORMER_NAMES.get(name, name): value for name, value in plain.items()}
        return cls()._with({**cls.FORMER_VALUES, **named}, {})

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, object], default: Self | None = None, *, within: str = ""
    ) -> Self:
        """The recipe that a person asks for.

        Args:
            settings: what differs from ``default``, which is ``cls()`` unless given.
            within: JSON pointer of the settings in what the person sent.

        Raises:
            InvalidInputError: a setting is not known, has the wrong type or lies outside its range.
        """
        return (cls() if default is None else default)._with(settings, cls.ranges(), within)

    @classmethod
    def ranges(cls) -> Mapping[str, Range]:
        """What each numeric setting accepts."""
        return {field.name: field.metadata[_RANGE] for field in fields(cls) if _RANGE in field.metadata}

    def _with(self, settings: Mapping[str, object], ranges: Mapping[str, Range], within: str = "") -> Self:
        types = {field.name: type(field.default) for field in fields(self)}
        errors = [
            error
            for name, value in settings.items()
            if (error := _error_of(name, value, types, ranges, within)) is not None
        ]
        if errors:
            raise InvalidInputError(
                f"The recipe has unknown or wrong settings; known: {', '.join(types)}.",
                code="train.bad_recipe",
                errors=errors,
            )
        return replace(self, **settings)


def _error_of(
    name: str, value: object, types: Mapping[str, type], ranges: Mapping[str, Range], within: str
) -> FieldError | None:
    """What is wrong with one setting; None where nothing is."""
    pointer = f"{within}/{pointer_token(name)}"
    if name not in types:
        return FieldError("train.unknown_setting", f"{name} is not a setting of this recipe.", pointer)
    if not _is_a(types[name], value):
        return FieldError("train.bad_setting", f"{name} must be {_TYPE_NAMES[types[name]]}.", pointer)
    if name in ranges and not ranges[name].accepts(value):  # type: ignore[arg-type] # a number, by its type
        return FieldError(
            "train.setting_out_of_range", f"{name} must be {ranges[name]}; it is {value}.", pointer
        )
    return None


def _is_a(expected: type, value: object) -> bool:
    """True for a value of the type; whole numbers are numbers, booleans are not."""
    if expected is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is expected


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
