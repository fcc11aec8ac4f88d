"""The public page of a shared listing: what everybody may see of it, with a preview for those to whom the link is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from starlette.responses import Response

from drivetrain.adapters.http.plain_pages import plain_page
from drivetrain.core.text import shortened
from drivetrain.market.listings.domain.car import Car, DistanceUnit
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.listings.domain.money import Money

_LONGEST_DESCRIPTION = 2_000


@dataclass(frozen=True, slots=True)
class _Words:
    gone: str
    gone_hint: str
    look: str
    facts: Mapping[str, str]
    words: Mapping[str, str]


_WORDS: Mapping[str, _Words] = {
    "en": _Words(
        "No longer on offer",
        "This car is not on offer any more, or the link has ended.",
        "See it on the market",
        {
            **{"year": "First registration", "distance": "Distance", "fuel": "Fuel", "gearbox": "Gearbox"},
            **{"power_kw": "Power", "place": "Place"},
        },
        {
            **{"petrol": "Petrol", "diesel": "Diesel", "hybrid": "Hybrid", "electric": "Electric"},
            **{"plug_in_hybrid": "Plug-in hybrid", "lpg": "Autogas (LPG)", "cng": "Natural gas (CNG)"},
            **{"hydrogen": "Hydrogen", "manual": "Manual", "automatic": "Automatic"},
            **{"semi_automatic": "Semi-automatic", "other": "Other", "miles": "miles"},
        },
    ),
    "de": _Words(
        "Nicht mehr im Angebot",
        "Dieses Auto wird nicht mehr angeboten, oder der Link ist abgelaufen.",
        "Im Markt ansehen",
        {
            **{"year": "Erstzulassung", "distance": "Kilometerstand", "fuel": "Kraftstoff"},
            **{"gearbox": "Getriebe", "power_kw": "Leistung", "place": "Ort"},
        },
        {
            **{"petrol": "Benzin", "diesel": "Diesel", "hybrid": "Hybrid", "electric": "Elektro"},
            **{"plug_in_hybrid": "Plug-in-Hybrid", "lpg": "Autogas (LPG)", "cng": "Erdgas (CNG)"},
            **{"hydrogen": "Wasserstoff", "manual": "Schaltung", "automatic": "Automatik"},
            **{"semi_automatic": "Halbautomatik", "other": "Sonstiges", "miles": "Meilen"},
        },
    ),
    "ar": _Words(
        "لم تعد معروضة",
        "لم تعد هذه السيارة معروضة، أو انتهت صلاحية الرابط.",
        "عرضها في السوق",
        {
            **{"year": "أول تسجيل", "distance": "المسافة المقطوعة", "fuel": "الوقود"},
            **{"gearbox": "ناقل الحركة", "power_kw": "القدرة", "place": "المكان"},
        },
        {
            **{"petrol": "بنزين", "diesel": "ديزل", "hybrid": "هجين", "electric": "كهربائي"},
            **{"plug_in_hybrid": "هجين قابل للشحن", "lpg": "غاز مسال (LPG)", "cng": "غاز طبيعي (CNG)"},
            **{"hydrogen": "هيدروجين", "manual": "يدوي", "automatic": "آلي"},
            **{"semi_automatic": "شبه آلي", "other": "أخرى", "miles": "ميل"},
        },
    ),
}
LANGUAGES = tuple(_WORDS)


def gone_page(language: str) -> Response:
    """What is shown for every link that leads to no live listing, whatever the reason."""
    words = _WORDS[language]
    return plain_page(words.gone, [f"<p>{escape(words.gone_hint)}</p>"], language=language, status=404)


def listing_page(listing: Listing, language: str) -> Response:
    """The page of a live listing. Everything that its owner wrote is escaped, and neither VIN nor reference stands in it."""
    words, car = _WORDS[language], listing.car
    title, price = _title(car), _amount(listing.price)
    facts = _facts(car, words)
    rows = "".join(
        f"<dt>{escape(words.facts[name])}</dt><dd><bdi>{escape(text)}</bdi></dd>"
        for name, text in facts.items()
    )
    parts = [
        f'<p class="price"><bdi>{escape(price)}</bdi></p>',
        f"<dl>{rows}</dl>",
        *_description(car),
        f'<p><a class="button" href="/app/market/listings/{listing.listing_id}">{escape(words.look)}</a></p>',
    ]
    summary = " · ".join([price, *facts.values()])
    head = [
        _meta("og:type", "website"),
        _meta("og:title", title),
        _meta("og:description", summary),
        _meta("og:locale", language),
        _meta("product:price:amount", str(listing.price.amount)),
        _meta("product:price:currency", listing.price.currency),
        f'<meta name="description" content="{escape(summary)}">',
    ]
    return plain_page(title, parts, language=language, head=head)


def _meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{escape(content)}">'


def _title(car: Car) -> str:
    return " ".join([car.make, car.model, *([car.variant] if car.variant else []), str(car.year)])


def _facts(car: Car, words: _Words) -> Mapping[str, str]:
    unit = "km" if car.distance.unit is DistanceUnit.KM else words.words["miles"]
    place = ", ".join(part for part in (car.place.name, car.place.country) if part)
    facts = {
        "year": str(car.year),
        "distance": f"{_grouped(f'{car.distance.value:,}')} {unit}",
        "fuel": words.words.get(car.fuel or "", ""),
        "gearbox": words.words.get(car.gearbox or "", ""),
        "power_kw": "" if car.power_kw is None else f"{car.power_kw:.0f} kW",
        "place": place,
    }
    return {name: text for name, text in facts.items() if text}


def _description(car: Car) -> list[str]:
    if not car.description:
        return []
    return [f'<p dir="auto">{escape(shortened(car.description, longest=_LONGEST_DESCRIPTION))}</p>']


def _amount(money: Money) -> str:
    figures = f"{money.amount:,.0f}" if money.amount == int(money.amount) else f"{money.amount:,.2f}"
    return f"{_grouped(figures)} {money.currency}"


def _grouped(figures: str) -> str:
    """Thousands apart by a thin space, as ISO 80000-1 has it for all languages."""
    return figures.replace(",", "\N{NARROW NO-BREAK SPACE}")
