"""The rules of companies: who sees which, which posts there are, and who may give them."""

from __future__ import annotations

from uuid import UUID

import pytest

from drivetrain.accounts.companies.domain.company import (
    Post,
    Reach,
    check_name,
    check_post,
    keep_a_company_admin,
    reach_of,
)
from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, ContractError, DrivetrainError
from drivetrain.products import SCOPES

FIRM, BRANCH, ANN, BEN = (UUID(int=number) for number in range(1, 5))


def caller(*roles: str, company: UUID | None = None) -> Caller:
    return Caller("somebody", "credential", SCOPES.of_roles(roles), company=company)


def test_who_administers_companies_sees_all_and_others_their_own() -> None:
    assert reach_of(caller("admin", company=FIRM)) == Reach(True, FIRM)
    assert reach_of(caller("company_admin", company=FIRM)) == Reach(False, FIRM)
    assert reach_of(caller("company_admin")) == Reach(False, None)


REFUSED = [
    # roles that see what belongs to all companies
    (Post("admin"), "admin", "companies.unknown_role"),
    (Post("operator"), "admin", "companies.unknown_role"),
    (Post("buyer"), "admin", "companies.unknown_role"),
    (Post(""), "admin", "companies.unknown_role"),
    (Post("company_admin", BRANCH), "admin", "companies.role_of_company"),
    (Post("company_admin"), "dealer", "companies.beyond_own_scopes"),
    (Post("dealer"), "buyer", "companies.beyond_own_scopes"),
]


@pytest.mark.parametrize(("post", "giver", "code"), REFUSED, ids=str)
def test_a_post_that_cannot_be_or_is_not_the_givers_to_give_is_refused(
    post: Post, giver: str, code: str
) -> None:
    with pytest.raises(DrivetrainError) as refused:
        check_post(post, SCOPES.of_roles([post.role]), SCOPES.of_roles([giver]))
    assert refused.value.code == code


@pytest.mark.parametrize("giver", ["company_admin", "admin"])
@pytest.mark.parametrize("post", [Post("dealer"), Post("dealer", BRANCH), Post("company_admin")], ids=str)
def test_administrators_give_every_post(post: Post, giver: str) -> None:
    check_post(post, SCOPES.of_roles([post.role]), SCOPES.of_roles([giver]))


def test_the_last_administrator_of_a_company_stays() -> None:
    with pytest.raises(ConflictError) as refused:
        keep_a_company_admin([ANN], ANN)
    assert refused.value.code == "companies.last_administrator"
    for administrators in ([ANN, BEN], [BEN], []):
        keep_a_company_admin(administrators, ANN)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(ContractError):
        check_name(name)


def test_spaces_around_a_name_are_left_out() -> None:
    assert check_name("  Cars & Sons ") == "Cars & Sons"
