"""Cars are read from the file as they were put there, in any order."""

from __future__ import annotations

import orjson

from drivetrain.market.listings.application.contract import LISTING, car_of, row_of
from drivetrain.market.stock.application.car_spool import CarSpool


def test_cars_come_back_as_they_were():
    cars = [
        car_of({**LISTING.example(), "price": price, "description": "Ä" * price}) for price in (1, 700, 3)
    ]
    spool = CarSpool()
    for car in cars:
        spool.add(orjson.dumps(row_of(*car)))
        assert spool[0] == cars[0], "reading between two cars moves nothing"
    assert (len(spool), list(spool), spool[-1], spool[1:]) == (3, cars, cars[2], cars[1:])
    assert spool[:0] == []
