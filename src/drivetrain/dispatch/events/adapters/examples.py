"""Examples of events and of their answer."""

from __future__ import annotations

from drivetrain.dispatch.events.adapters.schemas import EventsTaken

EVENTS: list[object] = [
    {
        "event_type": "driver_update",
        "driver_id": "driver_7",
        "sequence": 4711,
        "latitude": 40.7128,
        "longitude": -74.006,
        "status": "idle",
        "vehicle": "sedan",
        "occurred_at": "2026-05-01T09:30:00Z",
    },
    {
        "event_type": "rider_request",
        "request_id": "0198c3a1-6f1e-7cc3-9d52-0f6f9a3c2b11",
        "rider_id": "rider_1",
        "origin": {"latitude": 40.73, "longitude": -73.99},
        "destination": {"latitude": 40.78, "longitude": -73.97},
        "preferred_vehicle": "sedan",
        "occurred_at": "2026-05-01T09:30:02Z",
    },
    {
        "event_type": "driver_update",
        "driver_id": "driver_8",
        "lat": -74.0,
        "lon": 40.71,
        "status": "idle",
        "timestamp": "2026-05-01T09:30:00Z",
        "accept_rate_7d": 0.9,
        "avg_response_ms": 400,
    },
]

TAKEN: EventsTaken = {
    "counts": {"accepted": 2, "repeated": 0, "refused": 1},
    "refused": [
        {
            "row": 3,
            "errors": [
                {
                    "pointer": "/lat",
                    "code": "dispatch.coordinates_swapped",
                    "detail": "Latitude and longitude seem to be exchanged; latitude comes first.",
                }
            ],
        }
    ],
}
