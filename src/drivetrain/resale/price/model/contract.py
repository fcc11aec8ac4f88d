"""The eighteen fields of a car of the 1985 table and its price."""

from __future__ import annotations

from drivetrain.lifecycle.data.contracts import Contract, ListColumn, NumberColumn

MODEL_NAME = "resale-price"
DATASET_NAME = "car-price"
CURRENCY = "USD"
DOMAIN = "resale"
MAKE_FIELD = "CompanyName"

MARK_COLUMN = "car_ID"
"""Counts upward from 1 in the published table, and downward from -1 in a generated one."""

PUBLISHED_HEADER = (
    *(MARK_COLUMN, "symboling", "CarName", "fueltype", "aspiration", "doornumber", "carbody", "drivewheel", "enginelocation"),
    *("wheelbase", "carlength", "carwidth", "carheight", "curbweight", "enginetype", "cylindernumber", "enginesize"),
    *("fuelsystem", "boreratio", "stroke", "compressionratio", "horsepower", "peakrpm", "citympg", "highwaympg", "price"),
)
"""Of the file, in order; the make is the first word of ``CarName``."""

MAKES = (
    *("alfa-romero", "audi", "bmw", "buick", "chevrolet", "dodge", "honda", "isuzu", "jaguar", "mazda", "mercury"),
    *("mitsubishi", "nissan", "peugeot", "plymouth", "porsche", "renault", "saab", "subaru", "toyota", "volkswagen", "volvo"),
)

CAR_PRICE = Contract(
    name=DATASET_NAME,
    domain=DOMAIN,
    columns=(
        NumberColumn(
            "wheelbase",
            "Distance between the axles.",
            unit="inches",
            low=60,
            high=180,
            usual_low=86,
            usual_high=121,
            example=95.7,
            whole=False,
            why="The usual bounds of all sizes are those of the 1985 table; outside them the model answers as at its edge.",
        ),
        NumberColumn(
            "carlength", "Length.", unit="inches", low=90, high=260, usual_low=141, usual_high=209, example=166.3, whole=False
        ),
        NumberColumn(
            "carwidth", "Width.", unit="inches", low=45, high=90, usual_low=60, usual_high=73, example=64.4, whole=False
        ),
        NumberColumn(
            "curbweight",
            "Weight of the car ready to drive, without people.",
            unit="pounds",
            low=800,
            high=8_000,
            usual_low=1_480,
            usual_high=4_070,
            example=2_109,
        ),
        NumberColumn(
            "enginesize",
            "Displacement of the engine.",
            unit="cubic inches",
            low=20,
            high=700,
            usual_low=60,
            usual_high=330,
            example=98,
        ),
        NumberColumn(
            "boreratio",
            "Bore of a cylinder; the published name says ratio, the numbers are inches.",
            unit="inches",
            low=1.5,
            high=6,
            usual_low=2.5,
            usual_high=4,
            example=3.19,
            whole=False,
        ),
        NumberColumn(
            "horsepower",
            "Power of the engine.",
            unit="hp",
            low=10,
            high=1_000,
            usual_low=48,
            usual_high=290,
            example=70,
        ),
        NumberColumn(
            "citympg",
            "Distance on a gallon in town.",
            unit="miles per US gallon",
            low=3,
            high=120,
            usual_low=13,
            usual_high=50,
            example=30,
        ),
        NumberColumn(
            "highwaympg",
            "Distance on a gallon on the highway.",
            unit="miles per US gallon",
            low=3,
            high=150,
            usual_low=15,
            usual_high=55,
            example=37,
        ),
        ListColumn(
            MAKE_FIELD,
            "Make of the car, as the published table writes it.",
            values=MAKES,
            spellings={
                "maxda": "mazda",
                "porcshce": "porsche",
                "porshe": "porsche",
                "toyouta": "toyota",
                "vokswagen": "volkswagen",
                "vw": "volkswagen",
                "alfa romeo": "alfa-romero",
                "datsun": "nissan",
            },
            example="toyota",
            is_open=True,
        ),
        ListColumn(
            "fueltype",
            "What the car runs on.",
            values=("diesel", "gas"),
            spellings={"petrol": "gas", "gasoline": "gas"},
            example="gas",
        ),
        ListColumn(
            "aspiration",
            "How the engine gets its air.",
            values=("std", "turbo"),
            spellings={"standard": "std", "naturally aspirated": "std"},
            example="std",
        ),
        ListColumn("doornumber", "Doors.", values=("two", "four"), spellings={"2": "two", "4": "four"}, example="four"),
        ListColumn(
            "carbody",
            "Body of the car.",
            values=("convertible", "hardtop", "hatchback", "sedan", "wagon"),
            spellings={"cabriolet": "convertible", "saloon": "sedan", "estate": "wagon", "station wagon": "wagon"},
            example="sedan",
        ),
        ListColumn(
            "drivewheel",
            "Wheels that are driven.",
            values=("4wd", "fwd", "rwd"),
            spellings={"front": "fwd", "rear": "rwd", "4x4": "4wd", "awd": "4wd"},
            example="fwd",
        ),
        ListColumn(
            "enginetype",
            "Build of the engine; `l` has its valves beside the cylinders, `rotor` is a Wankel engine.",
            values=("dohc", "dohcv", "l", "ohc", "ohcf", "ohcv", "rotor"),
            example="ohc",
        ),
        ListColumn(
            "cylindernumber",
            "Cylinders, or rotors, in words.",
            values=("two", "three", "four", "five", "six", "eight", "twelve"),
            spellings={"2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "8": "eight", "12": "twelve"},
            example="four",
        ),
        ListColumn(
            "fuelsystem",
            "How fuel gets in: carburetors by their barrels, injection by its kind.",
            values=("1bbl", "2bbl", "4bbl", "idi", "mfi", "mpfi", "spdi", "spfi"),
            example="2bbl",
        ),
    ),
    target=NumberColumn(
        "price",
        "Price of the car.",
        unit="USD of 1985",
        low=1_000,
        high=200_000,
        usual_low=5_000,
        usual_high=46_000,
        example=7_198,
        whole=False,
        why="List prices of new cars on the US market in 1985; nothing was corrected for inflation.",
    ),
)
