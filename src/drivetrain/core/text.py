"""Comparing what people write: one key for ``Citroën``, ``citroen`` and ``CITROËN``."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

UNKNOWN_WORDS = frozenset({"", "-", "n/a", "na", "nan", "null"})
"""What tables write where a value is not known, in small letters. JSON has null for it, and these stay words there."""


def is_unknown(cell: str) -> bool:
    """True for a cell, without spaces around it, that says its value is not known."""
    return cell.lower() in UNKNOWN_WORDS


def spelling_key(text: str) -> str:
    """The text without accents, case, and differences of space, hyphen and underscore."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().replace("_", " ").replace("-", " ").split())


def compact(key: str) -> str:
    """A spelling key without spaces and punctuation: one for ``RAV4``, ``RAV 4`` and ``rav-4``; may be empty."""
    return "".join(filter(str.isalnum, key))


def nearest(text: str, accepted: Iterable[str], *, most: int = 3) -> list[str]:
    """The accepted spellings closest to ``text``, best first, possibly none."""
    by_key = {spelling_key(value): value for value in accepted}
    return [by_key[key] for key in get_close_matches(spelling_key(text), list(by_key), n=most, cutoff=0.6)]


def shortened(text: str, *, longest: int) -> str:
    """The text, cut where it has more than ``longest`` characters, >= 1."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def is_plain(text: str, *, longest: int) -> bool:
    """True for a short text without control characters or lone surrogates."""
    return len(text) <= longest and not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
