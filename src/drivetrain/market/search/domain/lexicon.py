"""What words of a search mean: the words of the index, and those that people use for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.listings.domain.car import EQUIPMENT, MAKE_NAMES
from drivetrain.market.search.domain.columns import Columns, word_key
from drivetrain.market.search.domain.query import EQUIPMENT_FIELD
from drivetrain.market.search.domain.spelling import Spelling

FIELDS = ("make", "model", "fuel", "gearbox", "body", "color", "drive", EQUIPMENT_FIELD, "place")
"""Fields whose words are read from a text; of a word of several fields the first one is meant."""

SYNONYMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fuel": {
        "petrol": ("gasoline", "unleaded", "benzin", "essence"),
        "electric": ("ev", "bev"),
        "plug_in_hybrid": ("phev", "plugin"),
        "lpg": ("autogas",),
    },
    "gearbox": {"automatic": ("auto",), "manual": ("stick",), "semi_automatic": ("semi auto", "semi")},
    "body": {
        "sedan": ("saloon", "limousine"),
        "wagon": ("estate", "touring", "avant", "kombi"),
        "convertible": ("cabrio", "cabriolet"),
        "pickup": ("ute", "truck"),
        "people_mover": ("mpv", "minivan"),
        "hatchback": ("hatch",),
        "suv": ("offroader",),
    },
    "color": {"gray": ("grey",), "purple": ("violet",)},
    "drive": {
        "all": ("awd", "4wd", "4x4", "all wheel drive", "four wheel drive", "quattro", "xdrive"),
        "front": ("fwd", "front wheel drive"),
        "rear": ("rwd", "rear wheel drive"),
    },
    EQUIPMENT_FIELD: {
        "navigation": ("gps", "satnav", "sat nav", "nav"),
        "air_conditioning": ("aircon", "ac", "climate control"),
        "parking_sensors": ("pdc",),
        "reversing_camera": ("rear camera", "backup camera", "reverse camera"),
        "leather_seats": ("leather",),
        "sunroof": ("panoramic roof", "moonroof"),
        "tow_bar": ("towbar", "tow hitch", "hitch"),
        "apple_carplay": ("carplay",),
        "adaptive_cruise": ("acc",),
    },
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word of a field."""

    field: str
    word: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of one index.

    Attributes:
        meanings: by ``word_key``, in the order of ``FIELDS``.
        makes_of: by the key of a model, the makes that have it, most frequent first.
    """

    meanings: Mapping[str, Sequence[Meaning]]
    makes_of: Mapping[str, Sequence[str]]
    spelling: Spelling

    @classmethod
    def of(cls, columns: Columns) -> Lexicon:
        """The words of an index with their synonyms. Words that no listing has are known too where they are few."""
        meanings: dict[str, list[Meaning]] = {}
        weights: dict[str, int] = {}

        def add(key: str, meaning: Meaning, weight: int) -> None:
            known = meanings.setdefault(key, [])
            if meaning not in known:
                known.append(meaning)
            weights[key] = max(weights.get(key, 0), weight)

        for name in FIELDS:
            counts = _counts(columns, name)
            for word, count in counts.items():
                add(word_key(word), Meaning(name, word), count)
            for word, others in (MAKE_NAMES if name == "make" else SYNONYMS.get(name, {})).items():
                if word_key(word) in {word_key(each) for each in counts}:
                    for other in others:
                        add(word_key(other), Meaning(name, word), 1)
        return cls(meanings, _makes_of(columns), Spelling(weights))

    def of_key(self, key: str, makes: frozenset[str]) -> Meaning | None:
        """What a key means; a model of digits or a single letter only beside its make.

        Args:
            makes: that the text names.
        """
        for meaning in self.meanings.get(key, ()):
            if meaning.field != "model" or self._is_meant(key, makes):
                return meaning
        return None

    def model_of(self, make: str, key: str) -> Meaning | None:
        """The model of a make that a key means; None where the make has none of it."""
        if make not in self.makes_of.get(key, ()):
            return None
        return next(each for each in self.meanings[key] if each.field == "model")

    def make_of(self, model: str) -> str | None:
        """The only make that has a model; None where several have it."""
        makes = self.makes_of.get(word_key(model), ())
        return makes[0] if len(makes) == 1 else None

    def _is_meant(self, key: str, makes: frozenset[str]) -> bool:
        if makes:
            return not makes.isdisjoint(self.makes_of.get(key, ()))
        return len(key) > 1 and not key.isdigit()


def _counts(columns: Columns, name: str) -> dict[str, int]:
    if name == EQUIPMENT_FIELD:
        return dict.fromkeys(EQUIPMENT, 1)
    column = columns.words[name]
    counts = np.bincount(column.codes, minlength=len(column.words)).tolist()
    return {word: count for word, count in zip(column.words, counts, strict=True) if word and count}


def _makes_of(columns: Columns) -> dict[str, list[str]]:
    makes, models = columns.words["make"], columns.words["model"]
    pairs = models.codes.astype(np.int64) * len(makes.words) + makes.codes
    found, counts = np.unique(pairs, return_counts=True)
    makes_of: dict[str, list[str]] = {}
    for pair in found[np.argsort(-counts, kind="stable")].tolist():
        model, make = divmod(pair, len(makes.words))
        makes_of.setdefault(word_key(models.words[model]), []).append(makes.words[make])
    return makes_of
