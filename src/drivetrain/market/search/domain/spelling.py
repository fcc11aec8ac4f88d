"""Nearest known word to a misspelt one, found among deletions of both instead of by comparing all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

_PREFIX = 7
_SHORTEST, _LONG = 4, 7
"""Words are corrected from 4 letters on by one edit, from 7 on by two: a shorter one is near to everything."""


def most_edits(key: str) -> int:
    """How many edits a word may be away from what was meant."""
    return 0 if len(key) < _SHORTEST else 1 if len(key) < _LONG else 2


class Spelling:
    """Known words, and the nearest of them.

    Two words that are at most two edits apart share a word that is left of either after at most two deletions; each
    known word is kept under those of its first letters (W. Garbe, SymSpell).

    Args:
        weights: by word, how often it is meant; of several nearest ones the most frequent is taken.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        self._by_deletion: dict[str, list[str]] = {}
        for word in sorted(weights):
            for rest in set(_deletions(word[:_PREFIX], most_edits(word))):
                self._by_deletion.setdefault(rest, []).append(word)

    def nearest(self, key: str) -> str | None:
        """The word that was meant; None where none is near. Digits are never corrected: 208 is no 308."""
        most = most_edits(key)
        if not most:
            return None
        near: dict[str, int] = {}
        for rest in _deletions(key[:_PREFIX], most):
            for word in self._by_deletion.get(rest, ()):
                if word not in near and _digits(word) == _digits(key) and abs(len(word) - len(key)) <= most:
                    near[word] = edits(key, word)
        able = [(count, -self._weights[word], word) for word, count in near.items() if count <= most]
        able = [each for each in able if each[0] < 2 or each[2][0] == key[0]]
        return min(able)[2] if able else None


def _deletions(word: str, most: int) -> Iterator[str]:
    for count in range(most + 1):
        for kept in combinations(word, max(len(word) - count, 0)):
            yield "".join(kept)


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def edits(first: str, second: str) -> int:
    """Letters inserted, left out, replaced, or exchanged with their neighbor (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, start=1):
        following = [place]
        for column, other in enumerate(second, start=1):
            best = min(row[column] + 1, following[-1] + 1, row[column - 1] + (letter != other))
            is_exchanged = (
                place > 1 and column > 1 and letter == second[column - 2] and first[place - 2] == other
            )
            following.append(min(best, before[column - 2] + 1) if is_exchanged else best)
        before, row = row, following
    return row[-1]
