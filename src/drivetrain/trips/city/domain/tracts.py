"""The census tracts of Chicago that the City prints with taxi trips: finer than areas, where they are not withheld."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import FloatArray, great_circle_km, grid_km
from drivetrain.trips.city.domain.areas import CENTROIDS, PLACES, straight_km, street_km

IndexArray = NDArray[np.intp]

COUNTY = 17_031_000_000
"""Cook County; the number of a tract in it is this plus six digits."""

# Six digits, community area, latitude and longitude in degrees to four decimals, in order of the numbers.
_TRACTS = (
    *((10202, 1, 42.0160, -87.6733), (20200, 2, 42.0157, -87.6997), (20301, 2, 42.0074, -87.7046)),
    *((20602, 2, 42.0013, -87.6936), (30101, 77, 41.9912, -87.6573), (30103, 77, 41.9955, -87.6558)),
    *((30200, 77, 41.9944, -87.6652), (30500, 77, 41.9872, -87.6649), (30604, 77, 41.9855, -87.6538)),
    *((30702, 77, 41.9806, -87.6545), (30703, 77, 41.9789, -87.6579), (30706, 77, 41.9802, -87.6523)),
    *((30800, 77, 41.9799, -87.6642), (31200, 3, 41.9727, -87.6573), (31300, 3, 41.9729, -87.6503)),
    *((31400, 3, 41.9622, -87.6454), (31700, 3, 41.9654, -87.6632), (32100, 3, 41.9582, -87.6530)),
    *((40202, 4, 41.9799, -87.6941), (60800, 6, 41.9534, -87.6460), (60900, 6, 41.9498, -87.6440)),
    *((61100, 6, 41.9491, -87.6568), (61200, 6, 41.9491, -87.6616), (61901, 6, 41.9432, -87.6435)),
    *((61902, 6, 41.9432, -87.6407), (62000, 6, 41.9426, -87.6471), (62100, 6, 41.9427, -87.6518)),
    *((62900, 6, 41.9362, -87.6564), (63000, 6, 41.9363, -87.6516), (63100, 6, 41.9382, -87.6468)),
    *((63200, 6, 41.9384, -87.6386), (63301, 6, 41.9345, -87.6430), (63302, 6, 41.9348, -87.6399)),
    *((63400, 6, 41.9347, -87.6467), (70101, 7, 41.9293, -87.6359), (70102, 7, 41.9306, -87.6422)),
    *((70200, 7, 41.9291, -87.6463), (70300, 7, 41.9290, -87.6513), (70600, 7, 41.9288, -87.6657)),
    *((71000, 7, 41.9217, -87.6559), (71100, 7, 41.9218, -87.6511), (71200, 7, 41.9219, -87.6462)),
    *((71300, 7, 41.9218, -87.6415), (71400, 7, 41.9221, -87.6342), (71500, 7, 41.9146, -87.6317)),
    *((71600, 7, 41.9165, -87.6412), (80100, 8, 41.9075, -87.6267), (80201, 8, 41.9095, -87.6310)),
    *((80202, 8, 41.9059, -87.6309), (80300, 8, 41.9075, -87.6358), (80400, 8, 41.9074, -87.6409)),
    *((81000, 8, 41.9003, -87.6321), (81100, 8, 41.9002, -87.6291), (81201, 8, 41.8992, -87.6262)),
    *((81202, 8, 41.9028, -87.6261), (81300, 8, 41.8983, -87.6208), (81401, 8, 41.8950, -87.6197)),
    *((81402, 8, 41.8920, -87.6129), (81403, 8, 41.8909, -87.6189), (81500, 8, 41.8925, -87.6262)),
    *((81600, 8, 41.8921, -87.6289), (81700, 8, 41.8920, -87.6319), (81800, 8, 41.8932, -87.6378)),
    *((110502, 11, 41.9703, -87.7599), (120200, 12, 41.9945, -87.7576), (140800, 14, 41.9645, -87.7027)),
    *((151002, 15, 41.9425, -87.7472), (161000, 16, 41.9500, -87.7307), (161100, 16, 41.9499, -87.7381)),
    *((221400, 22, 41.9208, -87.6945), (240200, 24, 41.9124, -87.6702), (240500, 24, 41.9120, -87.6836)),
    *((241400, 24, 41.9060, -87.6753), (241500, 24, 41.9084, -87.6709), (242100, 24, 41.8997, -87.6698)),
    *((242300, 24, 41.8995, -87.6796), (243500, 24, 41.8927, -87.6525), (280100, 28, 41.8853, -87.6428)),
    *((281900, 28, 41.8793, -87.6426), (320100, 32, 41.8850, -87.6210), (320400, 32, 41.8774, -87.6220)),
    *((320600, 32, 41.8706, -87.6222), (330100, 33, 41.8593, -87.6174), (330200, 33, 41.8613, -87.6306)),
    *((351000, 35, 41.8347, -87.6108), (380100, 38, 41.8202, -87.6101), (380200, 38, 41.8206, -87.6150)),
    *((390700, 39, 41.8059, -87.5875), (410100, 41, 41.8012, -87.5853), (410800, 41, 41.7980, -87.5896)),
    *((411000, 41, 41.7905, -87.5831), (411200, 41, 41.7906, -87.5940), (430101, 43, 41.7698, -87.5740)),
    *((460500, 46, 41.7469, -87.5726), (480400, 48, 41.7285, -87.5756), (520100, 52, 41.7205, -87.5314)),
    *((770602, 76, 42.0056, -87.9019), (830700, 3, 41.9581, -87.6604), (831000, 22, 41.9160, -87.6751)),
    *((832300, 22, 41.9192, -87.6714), (832500, 7, 41.9219, -87.6641), (832600, 7, 41.9147, -87.6540)),
    *((833000, 28, 41.8853, -87.6572), (833100, 28, 41.8791, -87.6570), (834000, 49, 41.7276, -87.6296)),
    *((834300, 45, 41.7458, -87.5917), (836200, 41, 41.7905, -87.6013), (836400, 36, 41.8205, -87.6007)),
    *((837800, 28, 41.8848, -87.6841), (838100, 28, 41.8787, -87.6717), (838200, 28, 41.8704, -87.6751)),
    *((838300, 8, 41.9016, -87.6384), (839000, 32, 41.8710, -87.6314), (839100, 32, 41.8810, -87.6327)),
    *((839200, 35, 41.8420, -87.6220), (840300, 59, 41.8335, -87.6814), (841000, 33, 41.8492, -87.6241)),
    *((841900, 28, 41.8679, -87.6430), (842200, 8, 41.9049, -87.6499), (842300, 24, 41.8983, -87.6536)),
    *((842400, 44, 41.7425, -87.6300), (842600, 61, 41.8162, -87.6517), (842800, 58, 41.8082, -87.6991)),
    *((980000, 76, 41.9791, -87.9030), (980100, 56, 41.7860, -87.7509)),
)
"""Tracts in which trips start or end often enough that the City does not withhold them.

Source:
    City of Chicago, Data Portal, "Taxi Trips" (wrvz-psew), the tract centroids printed with trips of 2013 to 2022.
"""

POINTS = PLACES + len(_TRACTS)
"""Places as fine as they are known: areas by their numbers, 0 for an unknown one, then the tracts in order."""

_NUMBERS = np.asarray([COUNTY + digits for digits, *_ in _TRACTS], dtype=np.int64)
AREA_OF_POINT: IndexArray = np.asarray([*range(PLACES), *(area for _, area, *_ in _TRACTS)], dtype=np.intp)
"""The area in which each point lies."""
AREA_OF_POINT.flags.writeable = False


def points_of_tracts(numbers: NDArray[np.int64]) -> IndexArray:
    """Points of tracts by their numbers, shape (n_rows,); 0 for a tract that is not in the table."""
    place = np.minimum(np.searchsorted(_NUMBERS, numbers), len(_NUMBERS) - 1)
    points: IndexArray = np.where(_NUMBERS[place] == numbers, PLACES + place, 0)
    return points


@cache
def ends_table() -> FloatArray:
    """Straight and street distance, km, then latitude and longitude of pick-up and drop-off, degrees.

    Returns:
        Shape (``POINTS`` x ``POINTS``, 6), row ``pickup point * POINTS + dropoff point``; NaN where an end is
        unknown. Between areas the numbers are those of ``areas`` to the bit.
    """
    places = np.vstack([CENTROIDS, [(latitude, longitude) for *_, latitude, longitude in _TRACTS]])
    latitude, longitude = places.T
    straight = great_circle_km(latitude[:, None], longitude[:, None], latitude, longitude)
    street = grid_km(latitude[:, None], longitude[:, None], latitude, longitude)
    straight[:PLACES, :PLACES], street[:PLACES, :PLACES] = straight_km(), street_km()
    every_pair = np.arange(POINTS * POINTS)
    table = np.column_stack(
        [straight.ravel(), street.ravel(), places[every_pair // POINTS], places[every_pair % POINTS]]
    )
    table.flags.writeable = False
    return table
