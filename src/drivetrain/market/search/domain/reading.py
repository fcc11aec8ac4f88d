"""A text that somebody types, read as filters that they can see and take back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivetrain.core.text import spelling_key
from drivetrain.market.listings.domain.car import KM_PER_MILE
from drivetrain.market.search.domain.columns import word_key
from drivetrain.market.search.domain.lexicon import Lexicon, Meaning
from drivetrain.market.search.domain.query import EQUIPMENT_FIELD, Range

MOST_TOKENS = 40
LONGEST_TEXT = 200
_WIDEST = 4
KW_PER_HP = 0.7355
"""Of a metric horsepower, the smaller of the two that people mean."""

FIRST_YEAR, LAST_YEAR = 1950, 2049

_CURRENCIES = {
    **{"£": "GBP", "€": "EUR", "$": "USD", "₹": "INR"},
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **dict.fromkeys(("pounds", "quid"), "GBP"),
    **dict.fromkeys(("dollars", "bucks"), "USD"),
    **dict.fromkeys(("rupees", "rs"), "INR"),
    **{code.lower(): code for code in ("GBP", "EUR", "USD", "AUD", "INR", "CHF", "SEK", "NOK", "DKK", "PLN")},
}
_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("km", "kms", "kilometers", "kilometres"), "km"),
    **dict.fromkeys(("mi", "mile", "miles"), "miles"),
    **dict.fromkeys(("hp", "ps", "bhp", "horsepower"), "hp"),
    "kw": "kw",
    **dict.fromkeys(("door", "doors", "dr"), "doors"),
    **dict.fromkeys(("seat", "seats", "seater", "seaters"), "seats"),
    **dict.fromkeys(("owner", "owners"), "owners"),
    **dict.fromkeys(("l", "liter", "liters", "litre", "litres"), "l"),
}
_THOUSANDS = {"k": 1_000.0, "lakh": 100_000.0, "lakhs": 100_000.0}
_UPPER = frozenset(
    {"under", "below", "max", "maximum", "until", "before", "less", "cheaper", "older", "upto", "<"}
)
_LOWER = frozenset(
    {"over", "above", "min", "minimum", "from", "since", "after", "more", "newer", "least", ">"}
)
_OF_YEARS = frozenset({"until", "before", "older", "from", "since", "after", "newer", "between"})
_JOINING = frozenset({"and", "to"})
_IDLE = frozenset(
    (
        *("a", "an", "the", "car", "cars", "used", "with", "and", "in", "for", "of", "than"),
        *("at", "up", "to", "price", "i", "want", "looking", "near", "or", "only", "very"),
        *("good", "cheap", "priced", "year", "mileage", "my"),
    )
)

_TOKEN = re.compile(r"[<>£€$₹]|\d+(?:[.,]\d+)*(?:[a-z]+|\+)?|[^\W_]+(?:[.'][^\W_]+)*")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)([a-z]*)\+?")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SPAN = re.compile(r"(?<=[\dk])\s*[-–]\s*(?=[£€$₹]?\s?\d)")


@dataclass(frozen=True, slots=True)
class Reading:
    """One filter that a text was read as.

    Attributes:
        text: the part of the text.
        word: of a field of words or of equipment; None for a range.
        bounds: of a field of numbers; None for a word.
        is_corrected: whether the spelling differs from the text.
        is_implied: whether it follows from another one, as a make from its model.
    """

    field: str
    text: str
    word: str | None = None
    bounds: Range | None = None
    is_corrected: bool = False
    is_implied: bool = False


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a text was read as.

    Attributes:
        currency: that the text names; None for none.
        unread: words that mean nothing here, and that the search leaves out.
    """

    readings: Sequence[Reading]
    currency: str | None = None
    unread: Sequence[str] = ()

    @property
    def words(self) -> dict[str, frozenset[str]]:
        """By field of words, what is accepted."""
        words: dict[str, frozenset[str]] = {}
        for reading in self.readings:
            if reading.word is not None and reading.field != EQUIPMENT_FIELD:
                words[reading.field] = words.get(reading.field, frozenset()) | {reading.word}
        return words

    @property
    def equipment(self) -> frozenset[str]:
        """What a car must have."""
        return frozenset(
            reading.word for reading in self.readings if reading.field == EQUIPMENT_FIELD and reading.word
        )

    @property
    def ranges(self) -> dict[str, Range]:
        """By field of numbers, the bounds; of two the later one counts where both bound the same side."""
        ranges: dict[str, Range] = {}
        for reading in self.readings:
            if reading.bounds is not None:
                former, bounds = ranges.get(reading.field, Range()), reading.bounds
                ranges[reading.field] = Range(
                    former.low if bounds.low is None else bounds.low,
                    former.high if bounds.high is None else bounds.high,
                )
        return ranges


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number with what stands around it; ``end`` is the place behind it."""

    value: float
    unit: str | None
    currency: str | None
    is_open: bool
    is_plain: bool
    end: int

    @property
    def is_year(self) -> bool:
        return self.is_plain and FIRST_YEAR <= self.value <= LAST_YEAR


def read_text(text: str, lexicon: Lexicon) -> Interpretation:
    """Read a text; what means nothing is said and left out, so any text is read."""
    reader = _Reader(tokens_of(text), lexicon)
    return reader.read()


def tokens_of(text: str) -> list[str]:
    """The parts of a text that may mean something, at most 40 of its first 200 characters."""
    spans = _SPAN.sub(" to ", text[:LONGEST_TEXT].casefold())
    return _TOKEN.findall(spelling_key(spans))[:MOST_TOKENS]


class _Reader:
    """Reads the tokens from left to right, at each place the longest phrase that means something."""

    def __init__(self, tokens: Sequence[str], lexicon: Lexicon) -> None:
        self._tokens = tokens
        self._lexicon = lexicon
        self._readings: list[Reading] = []
        self._unread: list[str] = []
        self._currency: str | None = None

    def read(self) -> Interpretation:
        place = 0
        while place < len(self._tokens):
            place = (
                self._model_of_make(place) or self._number(place) or self._phrase(place) or self._skip(place)
            )
        return Interpretation(self._readings, self._currency, self._unread)

    # Numbers.

    def _number(self, place: int) -> int | None:
        """Read a number with its bound and unit; where it ends, None where there is none."""
        bound, begin = self._bound(place)
        first = self._amount(begin)
        if first is None:
            return None
        second = self._second(first) if bound in {"", "between"} else None
        end = first.end if second is None else second.end
        name = _kind(bound, first, second)
        if name is None:
            return None
        self._currency = first.currency or (second.currency if second else None) or self._currency
        bounds = _bounds(name, bound, first, second)
        self._readings.append(Reading(name, " ".join(self._tokens[place:end]), bounds=bounds))
        return end

    def _bound(self, place: int) -> tuple[str, int]:
        """A word that bounds the number behind it, empty for none, and where the number begins."""
        word = self._token(place)
        if word == "up" and self._token(place + 1) == "to":
            return "upto", place + 2
        if word == "at" and self._token(place + 1) in {"least", "most"}:
            return ("least" if self._token(place + 1) == "least" else "max"), place + 2
        if word in _UPPER or word in _LOWER or word == "between":
            return word, place + 1 + (self._token(place + 1) == "than")
        return "", place

    def _second(self, first: _Amount) -> _Amount | None:
        """The upper end of a span; its unit and thousands hold for the lower end as well."""
        return self._amount(first.end + 1) if self._token(first.end) in _JOINING else None

    def _amount(self, place: int) -> _Amount | None:
        currency = _CURRENCIES.get(self._token(place)) if self._token(place) in "£€$₹" else None
        begin = place + (currency is not None)
        match = _NUMBER.fullmatch(self._token(begin))
        if match is None:
            return None
        digits, suffix = match.groups()
        value, end = _value(digits), begin + 1
        is_open = self._token(begin).endswith("+")
        scale = _THOUSANDS.get(suffix)
        if scale is None and not suffix and self._token(end) in _THOUSANDS:
            scale, end = _THOUSANDS[self._token(end)], end + 1
        elif scale is None and suffix and suffix not in _UNITS and suffix not in _CURRENCIES:
            return None  # a word with digits, such as 118d
        unit = _UNITS.get(suffix)
        currency = currency or _CURRENCIES.get(suffix)
        if unit is None and currency is None:
            unit, currency = _UNITS.get(self._token(end)), _CURRENCIES.get(self._token(end))
            end += unit is not None or currency is not None
        is_plain = scale is None and unit is None and currency is None and digits.isdigit()
        return _Amount(
            value * (scale or 1.0), unit, currency or ("" if scale else None), is_open, is_plain, end
        )

    # Words.

    def _phrase(self, place: int) -> int | None:
        if self._token(place) in _IDLE and not self._lexicon.of_key(
            word_key(self._token(place)), self._makes
        ):
            return None
        for correct in (False, True):
            for size in range(min(_WIDEST, len(self._tokens) - place), 0, -1):
                meaning = self._meaning(place, size, correct=correct)
                if meaning is not None:
                    self._take(meaning, " ".join(self._tokens[place : place + size]), is_corrected=correct)
                    return place + size
        return None

    def _meaning(self, place: int, size: int, *, correct: bool) -> Meaning | None:
        tokens = self._tokens[place : place + size]
        key = word_key("".join(tokens))
        if not correct:
            return self._lexicon.of_key(key, self._makes)
        if any(token in _IDLE or token in _UPPER or token in _LOWER for token in tokens):
            return None
        if size > 1 and all(self._lexicon.of_key(word_key(token), self._makes) for token in tokens):
            return None
        nearest = self._lexicon.spelling.nearest(key)
        return None if nearest is None else self._lexicon.of_key(nearest, self._makes)

    def _model_of_make(self, place: int) -> int | None:
        """A model right behind its make, which may be a number: Mazda 3, Peugeot 2008."""
        if not (self._readings and self._readings[-1].field == "make"):
            return None
        make = str(self._readings[-1].word)
        for size in range(min(_WIDEST, len(self._tokens) - place), 0, -1):
            tokens = self._tokens[place : place + size]
            exact = word_key("".join(tokens))
            # `3 seris` is a misspelled 3 Series, also where somebody sells a BMW as `3`
            corrected = self._lexicon.spelling.nearest(exact) if self._is_one_phrase(tokens) else None
            for key in (exact, corrected):
                model = None if key is None else self._lexicon.model_of(make, key)
                if model is not None:
                    self._take(model, " ".join(tokens), is_corrected=key != exact)
                    return place + size
        return None

    def _is_one_phrase(self, tokens: Sequence[str]) -> bool:
        """Whether all tokens but the first mean nothing by themselves, so that they may belong to it."""
        return len(tokens) > 1 and not any(
            token in _IDLE
            or token in _UPPER
            or token in _LOWER
            or _NUMBER.fullmatch(token)
            or self._lexicon.of_key(word_key(token), self._makes)
            for token in tokens[1:]
        )

    def _take(self, meaning: Meaning, text: str, *, is_corrected: bool) -> None:
        make = self._lexicon.make_of(meaning.word) if meaning.field == "model" else None
        if make is not None and make not in self._makes:
            self._readings.append(Reading("make", text, make, is_implied=True))
        self._readings.append(Reading(meaning.field, text, meaning.word, is_corrected=is_corrected))

    @property
    def _makes(self) -> frozenset[str]:
        return frozenset(
            reading.word for reading in self._readings if reading.field == "make" and reading.word
        )

    def _skip(self, place: int) -> int:
        token = self._token(place)
        if token not in _IDLE:
            self._unread.append(token)
        return place + 1

    def _token(self, place: int) -> str:
        return self._tokens[place] if 0 <= place < len(self._tokens) else "\0"


def _value(digits: str) -> float:
    """``15,000`` and ``15.000`` group thousands, ``2,0`` and ``2.0`` do not."""
    if _GROUPED.fullmatch(digits):
        return float(re.sub(r"[.,]", "", digits))
    whole, _, fraction = digits.replace(",", ".").rpartition(".")
    return float(f"{whole.replace('.', '') or '0'}.{fraction}") if whole else float(digits)


def _kind(bound: str, first: _Amount, second: _Amount | None) -> str | None:
    """Which number is meant: by its unit, else a year where it is like one, else a price; None for no number at all."""
    last = second or first
    unit = first.unit or last.unit
    if unit in {"km", "miles"}:
        return "odometer_km"
    if unit in {"hp", "kw"}:
        return "power_kw"
    if unit in {"doors", "seats", "owners"}:
        return unit
    if unit == "l":
        return "engine_size_l"
    has_currency = first.currency is not None or last.currency is not None
    if not has_currency and first.is_year and last.is_year and bound in {"", *_OF_YEARS}:
        return "year"
    return "price" if has_currency or bound or second is not None else None


def _bounds(name: str, bound: str, first: _Amount, second: _Amount | None) -> Range:
    low, high = _scaled(name, first, second), None
    if second is not None:
        high = _scaled(name, second, second)
        return Range(min(low, high), max(low, high))
    if bound in _UPPER:
        # `before 2015` is 2014 at the latest; of amounts nobody minds the last cent
        return Range(high=low - 1 if name == "year" and bound in {"before", "older"} else low)
    if bound in _LOWER or first.is_open:
        return Range(low=low + 1 if name == "year" and bound in {"after", "newer"} else low)
    if name in {"price", "odometer_km"}:
        return Range(high=low)
    if name == "power_kw":
        return Range(low=low)
    return Range(low, low)


def _scaled(name: str, amount: _Amount, last: _Amount | None) -> float:
    """A number in the unit of its field; the lower end of ``10-15k`` is in thousands as well."""
    unit = amount.unit or (last.unit if last else None)
    value = amount.value
    if last is not None and last.value >= 1_000 and value < 1_000 and name in {"price", "odometer_km"}:
        value *= 1_000
    if unit == "miles":
        return value * KM_PER_MILE
    return float(round(value * KW_PER_HP)) if unit == "hp" else value
