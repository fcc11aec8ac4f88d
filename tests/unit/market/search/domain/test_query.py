"""A cursor is read as it was written, and nothing else is one."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.market.search.domain.query import Cursor, Sort


@pytest.mark.parametrize("key", [None, 0.0, -14_990.0, 0.1, 1e300])
@pytest.mark.parametrize("sort", list(Sort))
def test_a_cursor_goes_through_an_address(sort, key):
    cursor = Cursor(sort, key, f"{7:032x}")
    assert Cursor.parse(str(cursor), sort) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "price~~",
        f"-price~~{7:032x}",
        f"price~nan~{7:032x}",
        f"price~inf~{7:032x}",
        f"price~zz~{7:032x}",
        f"price~0x1p99999~{7:032x}",
        f"price~~{7:031x}",
        f"price~~{7:032x}\n",
    ],
)
def test_what_is_no_cursor_of_this_order_is_refused(text):
    with pytest.raises(ContractError) as refused:
        Cursor.parse(text, Sort.PRICE_UP)
    assert [error.code for error in refused.value.errors] == ["market.bad_cursor"]
