"""What a buyer does on the marketplace, interaction by interaction, and what one buyer's interactions come to."""

from __future__ import annotations

from drivetrain.lifecycle.data.contracts import Contract, ListColumn, NumberColumn, RowContract

MODEL_NAME = "buyer-segments"
DATASET_NAME = "buyer-interactions"
DOMAIN = "resale"
CURRENCY = "EUR"

VIEW, LIKE, SEARCH = "view", "like", "search"
KINDS = (VIEW, LIKE, SEARCH)
BODIES = ("hatchback", "sedan", "wagon", "suv", "coupe", "convertible", "van", "other")
FUELS = ("petrol", "diesel", "hybrid", "electric", "other")
OTHER = "other"

MOST_INTERACTIONS = 500
"""Of one buyer in one request."""

INTERACTION = RowContract(
    name="buyer-interaction",
    domain=DOMAIN,
    columns=(
        ListColumn(
            "kind",
            "What the buyer did: looked at a listing, liked it, or searched with filters.",
            values=KINDS,
            spellings={
                "viewed": VIEW,
                "look": VIEW,
                "liked": LIKE,
                "favorite": LIKE,
                "favourite": LIKE,
                "searched": SEARCH,
            },
            example=VIEW,
        ),
        NumberColumn(
            "price_eur",
            "Price of the listing, or the middle of the prices searched for.",
            unit="EUR",
            low=50,
            high=10_000_000,
            usual_low=500,
            usual_high=250_000,
            example=8_900,
            whole=False,
            optional=True,
            why="A search need not say a price; nor, for the same reason, any of the other fields.",
        ),
        NumberColumn(
            "age_years",
            "Age of the car, or the middle of the ages searched for.",
            unit="years",
            low=0,
            high=120,
            usual_low=0,
            usual_high=30,
            example=7,
            whole=False,
            optional=True,
        ),
        ListColumn(
            "body",
            "Body of the car; a word that is not known counts as `other`.",
            values=BODIES,
            spellings={
                "saloon": "sedan",
                "estate": "wagon",
                "station wagon": "wagon",
                "cabriolet": "convertible",
                "4x4": "suv",
            },
            example="hatchback",
            is_open=True,
            optional=True,
        ),
        ListColumn(
            "fuel",
            "What the car runs on; a word that is not known counts as `other`.",
            values=FUELS,
            spellings={
                "gasoline": "petrol",
                "gas": "petrol",
                "ev": "electric",
                "plug-in hybrid": "hybrid",
                "phev": "hybrid",
            },
            example="petrol",
            is_open=True,
            optional=True,
        ),
        NumberColumn(
            "power_kw",
            "Power of the engine, or the middle of the powers searched for.",
            unit="kW",
            low=1,
            high=2_000,
            usual_low=30,
            usual_high=500,
            example=66,
            whole=False,
            optional=True,
        ),
    ),
)


def _count(name: str, description: str, example: int) -> NumberColumn:
    return NumberColumn(
        name,
        description,
        unit="interactions",
        low=0,
        high=1_000_000,
        usual_low=0,
        usual_high=10_000,
        example=example,
    )


def _share(kind: str, kind_text: str, example: float) -> NumberColumn:
    return NumberColumn(
        f"{kind}_share",
        f"Share of the buyer's interest that goes to {kind_text}.",
        unit="share",
        low=0,
        high=1,
        usual_low=0,
        usual_high=1,
        example=example,
        whole=False,
    )


BODY_SHARES = tuple(f"{body}_share" if body != OTHER else "other_body_share" for body in BODIES)
FUEL_SHARES = tuple(f"{fuel}_share" if fuel != OTHER else "other_fuel_share" for fuel in FUELS)

BUYER_PROFILE = Contract(
    name=DATASET_NAME,
    domain=DOMAIN,
    columns=(
        _count("views", "Listings looked at.", 14),
        _count("likes", "Listings liked.", 2),
        _count("searches", "Searches.", 3),
        NumberColumn(
            "median_price_eur",
            "Middle of the prices of the buyer's interactions.",
            unit="EUR",
            low=50,
            high=10_000_000,
            usual_low=500,
            usual_high=250_000,
            example=8_750,
            whole=False,
            optional=True,
            why="Every middle counts a search as two looks and a like as three; it is missing where no interaction says it.",
        ),
        NumberColumn(
            "price_ratio",
            "Upper over lower quartile of the prices: 1 for a buyer who looks at one price only.",
            unit="ratio",
            low=1,
            high=200_000,  # the highest price over the lowest
            usual_low=1,
            usual_high=10,
            example=1.45,
            whole=False,
        ),
        NumberColumn(
            "median_age_years",
            "Middle of the ages.",
            unit="years",
            low=0,
            high=120,
            usual_low=0,
            usual_high=30,
            example=8,
            whole=False,
            optional=True,
        ),
        NumberColumn(
            "median_power_kw",
            "Middle of the powers.",
            unit="kW",
            low=1,
            high=2_000,
            usual_low=30,
            usual_high=500,
            example=66,
            whole=False,
            optional=True,
        ),
        *(
            _share(
                column.removesuffix("_share"), f"{body} bodies" if body != OTHER else "other bodies", example
            )
            for column, body, example in zip(BODY_SHARES, BODIES, (0.7, 0.3, 0, 0, 0, 0, 0, 0), strict=True)
        ),
        *(
            _share(
                column.removesuffix("_share"),
                f"{fuel} cars" if fuel != OTHER else "cars of another fuel",
                example,
            )
            for column, fuel, example in zip(FUEL_SHARES, FUELS, (0.9, 0.1, 0, 0, 0), strict=True)
        ),
        NumberColumn(
            "kinds_of_car",
            "How many kinds of car, body and fuel together, the interest is spread over: e to the power of its entropy.",
            unit="kinds",
            low=1,
            high=len(BODIES) * len(FUELS),
            usual_low=1,
            usual_high=len(BODIES) * len(FUELS),
            example=2.2,
            whole=False,
        ),
    ),
    target=NumberColumn(
        "taste",
        "Hidden taste a generated buyer was drawn with; 0 for one without. Never a feature, and unknown of real buyers.",
        unit="number of the taste",
        low=0,
        high=99,
        usual_low=0,
        usual_high=99,
        example=1,
        optional=True,
        why="Only figures use it: how well the segments recover it.",
    ),
)
