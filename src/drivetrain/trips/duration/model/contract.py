"""What is known before a trip starts, and how long it took."""

from __future__ import annotations

from drivetrain.lifecycle.data.contracts import Contract, InstantColumn, NumberColumn
from drivetrain.trips.city.domain.areas import AREAS
from drivetrain.trips.city.domain.civil_time import FIRST_YEAR, LAST_YEAR, ZONE
from drivetrain.trips.city.domain.tracts import COUNTY
from drivetrain.trips.duration.domain.duration import LONGEST_PREDICTED_MIN, SHORTEST_MIN
from drivetrain.trips.rides.domain.columns import DATASET_NAME

MODEL_NAME = "trip-duration"

PICKUP, DROPOFF, START = "pickup_community_area", "dropoff_community_area", "trip_start_timestamp"
PICKUP_TRACT, DROPOFF_TRACT = "pickup_census_tract", "dropoff_census_tract"

PORTAL_TIME = "%m/%d/%Y %I:%M:%S %p"
"""How the City's portal writes a civil time in its CSV files: ``05/16/2022 4:45:00 PM``."""
PORTAL_TIME_24H = "%m/%d/%Y %H:%M"
"""How a spreadsheet saves that time again: ``5/16/2022 16:45``; the month comes first here, too."""

FIRST_TRACT, LAST_TRACT = COUNTY + 10_100, COUNTY + 990_000
"""Bounds of the numbers of tracts in Cook County."""


def _tract(name: str, end: str, area: str, example: int) -> NumberColumn:
    return NumberColumn(
        name,
        f"Census tract of 2010 in which the trip {end}, where it is known, for example {example}. It lies in {area}, "
        "or stands in its place.",
        unit="tract number",
        low=FIRST_TRACT,
        high=LAST_TRACT,
        usual_low=FIRST_TRACT,
        usual_high=LAST_TRACT,
        example=example,
        why="State, county and tract: 17, 031 for Cook County, and six digits. Only tracts that taxi trips are published "
        "with are told apart; for others the answer is that of their area.",
        optional=True,
        in_example=False,
    )


_AREAS_WHY = "Chicago has 77 community areas. Empty is a place outside the city, or one that is not known."

TRIP_DURATION = Contract(
    name=DATASET_NAME,
    domain="trips",
    columns=(
        NumberColumn(
            PICKUP,
            "Community area in which the trip starts; empty outside the city, or where it is not known.",
            unit="area number",
            low=1,
            high=AREAS,
            usual_low=1,
            usual_high=AREAS,
            example=8,
            why=_AREAS_WHY,
            optional=True,
            without="Without the pick-up area the answer is coarser: a range over all places it may start at.",
        ),
        NumberColumn(
            DROPOFF,
            "Community area in which the trip is to end; empty outside the city, or where it is not known.",
            unit="area number",
            low=1,
            high=AREAS,
            usual_low=1,
            usual_high=AREAS,
            example=32,
            why=_AREAS_WHY,
            optional=True,
            without="Without the drop-off area the answer is coarser: a range over all places it may end at.",
        ),
        InstantColumn(
            START,
            f"When the trip starts. A table may leave the zone out: then it is the civil time of {ZONE}.",
            example="2022-05-16T21:45:00Z",
            zone=ZONE,
            first_year=FIRST_YEAR,
            last_year=LAST_YEAR,
            writings=(PORTAL_TIME, PORTAL_TIME_24H),
        ),
        _tract(PICKUP_TRACT, "starts", PICKUP, 17_031_081_500),
        _tract(DROPOFF_TRACT, "is to end", DROPOFF, 17_031_839_100),
    ),
    target=NumberColumn(
        "duration_min",
        "How long the trip took, by the taximeter.",
        unit="min",
        low=SHORTEST_MIN,
        high=LONGEST_PREDICTED_MIN,
        usual_low=2,
        usual_high=90,
        example=12.5,
        whole=False,
        why="Below a minute a meter was switched on and off; past two hours it was left running, or a driver hired by the "
        "hour. Further rules about rows are in prepare.py.",
    ),
)
