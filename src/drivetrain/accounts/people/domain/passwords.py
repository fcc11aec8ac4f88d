"""Which passwords are refused: short ones, and those that are common words, runs on a keyboard, or about their owner."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from drivetrain.accounts.people.domain.common_words import COMMON_WORDS
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.text import is_plain

SHORTEST, LONGEST = 12, 128
"""Characters. The lower bound is above the 8 of NIST SP 800-63B because most people have no second factor; the upper one
bounds the work of hashing."""

LEAST_UNCOMMON = 5
"""Characters that must be left when common words, runs and the owner's own words are taken away: five of 26 letters are
more than a list of rules tries for everybody."""

LEAST_DISTINCT = 5

_RUN = 4
_SHORTEST_OWN_WORD = 3
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
)
_RUNS = frozenset(
    row[start : start + _RUN]
    for line in _ROWS
    for row in (line, line[::-1])
    for start in range(len(row) - _RUN + 1)
)
_LOOKALIKES = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_YEAR = re.compile(r"(19|20)\d\d")
_COMMON = re.compile("|".join(sorted(COMMON_WORDS, key=len, reverse=True)))


def normal_form(password: str) -> str:
    """One form for what keyboards of different systems make of the same letters (NFC)."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, own_words: Iterable[str] = (), *, field: str = "/password") -> str:
    """The password in its normal form, if it is not easily guessed.

    Args:
        own_words: what others know of its owner: name and address.
        field: JSON pointer of the password, for the refusal.

    Raises:
        ContractError: ``people.weak_password``; the password is not repeated.
    """
    normal = normal_form(password)
    why = _weakness(normal, own_words)
    if why:
        raise ContractError([FieldError("people.weak_password", why, pointer=field)], subject="The password")
    return normal


def _weakness(password: str, own_words: Iterable[str]) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    if not is_plain(password, longest=LONGEST):
        return "A password has no control characters."
    folded = password.casefold()
    if len(set(folded)) < LEAST_DISTINCT or _is_repeated(folded):
        return "The password repeats itself; use several words that do not belong together."
    if _uncommon(folded, own_words) < LEAST_UNCOMMON:
        return (
            "The password is a common word, a run on the keyboard, or made of your name or address; "
            "use several words that do not belong together."
        )
    return ""


def _is_repeated(text: str) -> bool:
    """True for one short text written several times, such as ``blueblueblue``."""
    return text in (text + text)[1:-1]


def _uncommon(folded: str, own_words: Iterable[str]) -> int:
    """How many letters and digits are left without what everybody tries."""
    without_runs = _without_runs(_YEAR.sub(" ", folded))
    own = sorted({part for word in own_words for part in _parts(word)}, key=len, reverse=True)
    rest = [_without_words(text, own) for text in (without_runs, without_runs.translate(_LOOKALIKES))]
    return min(sum(map(str.isalnum, text)) for text in rest)


def _without_words(text: str, own: Iterable[str]) -> str:
    for word in own:
        text = text.replace(word, " ")
    return _COMMON.sub(" ", text)


def _without_runs(text: str) -> str:
    kept = [True] * len(text)
    for start in range(len(text) - _RUN + 1):
        if text[start : start + _RUN] in _RUNS:
            kept[start : start + _RUN] = [False] * _RUN
    return "".join(letter if stays else " " for letter, stays in zip(text, kept, strict=True))


def _parts(word: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", word.casefold()) if len(part) >= _SHORTEST_OWN_WORD]
