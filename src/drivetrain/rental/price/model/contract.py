"""The thirteen fields of a listing and its asking price per day."""

from __future__ import annotations

from drivetrain.lifecycle.data.contracts import Contract, FlagColumn, ListColumn, NumberColumn

MODEL_NAME = "rental-price"
DATASET_NAME = "rental-pricing"
CURRENCY = "EUR"
MILEAGE = "mileage"

RENTAL_PRICE = Contract(
    name=DATASET_NAME,
    domain="rental",
    columns=(
        ListColumn(
            "model_key",
            "Make of the car.",
            values=(
                "Alfa Romeo",
                "Audi",
                "BMW",
                "Citroën",
                "Ferrari",
                "Fiat",
                "Ford",
                "Honda",
                "KIA Motors",
                "Lamborghini",
                "Lexus",
                "Maserati",
                "Mazda",
                "Mercedes",
                "Mini",
                "Mitsubishi",
                "Nissan",
                "Opel",
                "PGO",
                "Peugeot",
                "Porsche",
                "Renault",
                "SEAT",
                "Subaru",
                "Suzuki",
                "Toyota",
                "Volkswagen",
                "Yamaha",
            ),
            spellings={
                "VW": "Volkswagen",
                "Mercedes Benz": "Mercedes",
                "KIA": "KIA Motors",
                "Alfa": "Alfa Romeo",
            },
            example="Citroën",
            is_open=True,
        ),
        NumberColumn(
            MILEAGE,
            "Distance on the odometer.",
            unit="km",
            low=0,
            high=1_500_000,
            usual_low=0,
            usual_high=400_000,
            example=150_000,
            why="An odometer never shows less than nothing. Past 400,000 km a rental car is rare, an entry error likely and "
            "the model at its cap; past 1,500,000 km the error is certain.",
        ),
        NumberColumn(
            "engine_power",
            "Power of the engine.",
            unit="hp",
            low=1,
            high=2_000,
            usual_low=60,
            usual_high=450,
            example=100,
            why="A car without power does not drive; the strongest road cars have about 2,000 hp.",
        ),
        ListColumn(
            "fuel",
            "What the car runs on.",
            values=("diesel", "petrol", "hybrid_petrol", "electro"),
            spellings={
                "gasoline": "petrol",
                "gas": "petrol",
                "essence": "petrol",
                "hybrid": "hybrid_petrol",
                "electric": "electro",
                "gazole": "diesel",
            },
            example="diesel",
        ),
        ListColumn(
            "paint_color",
            "Color of the car.",
            values=("beige", "black", "blue", "brown", "green", "grey", "orange", "red", "silver", "white"),
            spellings={"gray": "grey"},
            example="black",
        ),
        ListColumn(
            "car_type",
            "Body of the car.",
            values=("convertible", "coupe", "estate", "hatchback", "sedan", "subcompact", "suv", "van"),
            spellings={
                "cabriolet": "convertible",
                "station wagon": "estate",
                "wagon": "estate",
                "saloon": "sedan",
            },
            example="estate",
        ),
        FlagColumn(
            "private_parking_available",
            "The owner has a private parking space for the hand-over.",
            example=True,
        ),
        FlagColumn("has_gps", "Navigation is built in.", example=True),
        FlagColumn("has_air_conditioning", "Air conditioning is built in."),
        FlagColumn("automatic_car", "Automatic gearbox."),
        FlagColumn("has_getaround_connect", "The driver's phone opens the car (Connect)."),
        FlagColumn("has_speed_regulator", "Cruise control is built in."),
        FlagColumn("winter_tires", "Winter tires are fitted.", example=True),
    ),
    target=NumberColumn(
        "rental_price_per_day",
        "Asking price per day.",
        unit="EUR",
        low=1,
        high=5_000,
        usual_low=20,
        usual_high=400,
        example=115,
        whole=False,
        why="Asking prices, not bookings: a price consistent with the market, not one that maximizes revenue.",
    ),
)
