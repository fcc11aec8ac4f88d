"""One-time codes are those of the RFC, good once, and for a clock that is a little wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from drivetrain.accounts.people.domain.codes import (
    RECOVERY_CODES,
    STEP_S,
    base32_secret,
    code_at,
    matching_step,
    new_recovery_codes,
    otpauth_uri,
    recovery_digest,
)

SECRET = b"12345678901234567890"
"""Of the tables in RFC 6238, appendix B."""

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
STEP = int(NOW.timestamp()) // STEP_S


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(unix_s: int, code: str) -> None:
    assert code_at(SECRET, unix_s // STEP_S) == code


def test_another_implementation_gives_the_same_codes() -> None:
    other = TOTP(SECRET, 6, SHA1(), STEP_S)
    for step in range(STEP, STEP + 50):
        assert other.generate(step * STEP_S).decode() == code_at(SECRET, step)


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_clock_may_be_one_step_wrong(off: int) -> None:
    assert matching_step(SECRET, code_at(SECRET, STEP + off), NOW, last_step=-1) == STEP + off


@pytest.mark.parametrize("off", [-2, 2])
def test_and_no_more(off: int) -> None:
    assert matching_step(SECRET, code_at(SECRET, STEP + off), NOW, last_step=-1) is None


def test_no_code_is_good_twice() -> None:
    code = code_at(SECRET, STEP)
    assert matching_step(SECRET, code, NOW, last_step=STEP) is None
    assert matching_step(SECRET, code_at(SECRET, STEP + 1), NOW + timedelta(seconds=STEP_S), STEP) == STEP + 1


@pytest.mark.parametrize("code", ["", "000", "abcdef", "１２３４５６", "\ud800", "1" * 500])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert matching_step(SECRET, code, NOW, last_step=-1) is None


def test_an_app_is_told_what_it_needs() -> None:
    uri = otpauth_uri(SECRET, "ada@example.org")
    assert uri.startswith("otpauth://totp/drivetrain%3Aada%40example.org?")
    assert f"secret={base32_secret(SECRET)}" in uri


def test_recovery_codes_differ_and_are_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    key = b"k" * 32
    assert recovery_digest(codes[0], key) == recovery_digest(codes[0].upper().replace("-", " "), key)
    assert len({recovery_digest(code, key) for code in codes}) == RECOVERY_CODES
