"""Settings of an identity provider: what is refused at the start, and that the secret is shown nowhere."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from drivetrain.accounts.sessions.adapters.settings import OidcSettings
from drivetrain.core.errors import InvalidInputError

GOOD: dict[str, Any] = {"issuer": "https://login.example.org/realm", "client_id": "drivetrain"}


def test_without_an_issuer_nothing_is_needed() -> None:
    assert OidcSettings().issuer is None
    assert OidcSettings().believed_domains == frozenset()


@pytest.mark.parametrize(
    "issuer",
    [
        "https://login.example.org",
        "https://login.example.org:8443/a/b",
        "http://127.0.0.1:9000",
        "http://localhost",
    ],
)
def test_an_issuer_is_encrypted_or_on_this_machine(issuer: str) -> None:
    assert OidcSettings(**{**GOOD, "issuer": issuer}).issuer == issuer


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "http elsewhere": ({"issuer": "http://login.example.org"}, "DRIVETRAIN_OIDC_ISSUER", "https://"),
    "http of a name that begins alike": (
        {"issuer": "http://localhost.evil"},
        "DRIVETRAIN_OIDC_ISSUER",
        "https://",
    ),
    "a query": ({"issuer": "https://login.example.org?x"}, "DRIVETRAIN_OIDC_ISSUER", "https://"),
    "no client": ({"client_id": None}, "DRIVETRAIN_OIDC_CLIENT_ID", "DRIVETRAIN_OIDC_ISSUER"),
    "no openid": ({"scopes": "email profile"}, "DRIVETRAIN_OIDC_SCOPES", "openid"),
    "no domain": ({"domains": "example.org, @"}, "DRIVETRAIN_OIDC_DOMAINS", "example.org"),
    "two secrets": (
        {"client_secret": "hush", "client_secret_file": Path("x")},
        "DRIVETRAIN_OIDC_CLIENT_SECRET_FILE",
        "DRIVETRAIN_OIDC_CLIENT_SECRET",
    ),
}


@pytest.mark.parametrize("case", sorted(REFUSED))
def test_a_wrong_value_is_named(case: str) -> None:
    values, variable, word = REFUSED[case]
    with pytest.raises(InvalidInputError) as caught:
        OidcSettings(**{**GOOD, **values})
    (error,) = caught.value.errors
    assert error.pointer == variable
    assert word in error.detail
    assert "hush" not in error.detail


def test_a_missing_extra_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert OidcSettings().issuer is None
    with pytest.raises(InvalidInputError) as caught:
        OidcSettings(**GOOD)
    assert "pip install 'drivetrain[oidc]'" in str(caught.value.errors[0].detail)


def test_domains_are_read_like_addresses() -> None:
    settings = OidcSettings(**GOOD, domains="Example.org, xn--mnchen-3ya.example")
    assert settings.believed_domains == {"example.org", "münchen.example"}


def test_the_secret_comes_from_the_setting_or_a_file_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    for values in ({"client_secret": "hush"}, {"client_secret_file": file}):
        settings = OidcSettings(**GOOD, **values)  # type: ignore[arg-type]
        assert settings.secret == "hush"
        assert "hush" not in repr(settings)
    assert OidcSettings(**GOOD).secret == ""


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff"])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        OidcSettings(**GOOD, client_secret_file=file)
    assert caught.value.errors[0].pointer == "DRIVETRAIN_OIDC_CLIENT_SECRET_FILE"
