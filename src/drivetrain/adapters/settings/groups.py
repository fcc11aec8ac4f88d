"""A group of settings, read from the environment: the platform's, and one for each part of a product that has any."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from drivetrain.adapters.settings.refusals import refusal
from drivetrain.core.errors import FieldError, InvalidInputError


class SettingsGroup(BaseSettings):
    """Typed settings whose environment variables begin with the group's ``env_prefix``.

    A variable that is set but empty, as compose files write it, counts as unset.

    Attributes:
        former_names: full names of variables that were renamed, each with the field that it sets now. They are
            read where the new name is not set, until release 1.0.

    Raises:
        InvalidInputError: a value cannot be used; its errors name the variables.
    """

    model_config = SettingsConfigDict(
        env_prefix="DRIVETRAIN_", env_file=None, env_ignore_empty=True, frozen=True
    )
    former_names: ClassVar[Mapping[str, str]] = {}

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidInputError(
                "A setting cannot be used; docs/runbooks/start-and-stop.md lists them all.",
                code="settings.invalid",
                errors=[
                    FieldError(
                        "settings.invalid",
                        refusal(type(self).model_fields[name], item),
                        pointer=self._variable_in_use(name),
                    )
                    for item in error.errors()
                    if (name := str(item["loc"][0]))
                ],
            ) from None

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable of a field."""
        return f"{cls.model_config['env_prefix']}{name}".upper()

    @classmethod
    def _variable_in_use(cls, name: str) -> str:
        """The variable that sets a field now, which may be a former name."""
        former = [old for old, new in cls.former_names.items() if new == name and os.environ.get(old)]
        return cls.variable(name) if os.environ.get(cls.variable(name)) or not former else former[0]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what a caller gives, then the environment, then the former names in it."""
        return init_settings, env_settings, _FormerNames(settings_cls, cls.former_names)


class _FormerNames(PydanticBaseSettingsSource):
    """The values of variables that were renamed."""

    def __init__(self, settings_cls: type[BaseSettings], former_names: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._former_names = former_names

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """The value of one field."""
        former = (old for old, name in self._former_names.items() if name == field_name)
        return next((os.environ[old] for old in former if os.environ.get(old)), None), field_name, False

    def __call__(self) -> dict[str, object]:
        """The values that are there."""
        values = {name: self.get_field_value(None, name)[0] for name in self._former_names.values()}
        return {name: value for name, value in values.items() if value is not None}
