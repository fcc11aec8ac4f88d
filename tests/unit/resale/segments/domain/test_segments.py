"""The values of a segment and an assignment, and that they survive a file."""

from __future__ import annotations

import json
from dataclasses import replace

from drivetrain.resale.segments.domain.segments import Assignment, Interests, Membership, Segment, by_size

SEGMENT = Segment(
    id="s2",
    name="Budget petrol hatchbacks",
    profile="Looks at cheap cars.",
    buyers=10,
    share=0.5,
    stability=0.9,
    interests=Interests(5_000.0, None, 60.0, 1.4, 2.5, {"hatchback": 1.0}, {"petrol": 1.0}),
)


def test_a_segment_survives_a_file():
    assert Segment.from_dict(json.loads(json.dumps(SEGMENT.as_dict()))) == SEGMENT


def test_segments_are_listed_largest_first_and_equal_ones_by_id():
    found = [replace(SEGMENT, id="s3"), SEGMENT, replace(SEGMENT, id="s1", buyers=30)]
    assert [each.id for each in by_size(found)] == ["s1", "s2", "s3"]


def test_an_only_segment_has_no_second():
    only = Assignment(Membership("s1", "All buyers", 1.0), None, fits=True, interactions=3)
    assert only.as_dict() == {
        "segment": "s1",
        "name": "All buyers",
        "confidence": 1.0,
        "second": None,
        "fits": True,
    }
