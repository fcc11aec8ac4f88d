"""Where workers listen."""

from __future__ import annotations

import pytest

from drivetrain.adapters.embedded.processes import bind
from drivetrain.core.errors import InvalidInputError


def test_a_host_that_is_no_address_says_which_setting_to_change() -> None:
    with pytest.raises(InvalidInputError, match="DRIVETRAIN_HOST") as refused:
        bind("not an address", 0)
    assert refused.value.code == "host.unknown"
