"""Steps of rides as they stand in the log, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.adapters.encoding import decode_bodies
from drivetrain.dispatch.events.domain.synthetic import is_synthetic
from drivetrain.dispatch.features.application.keep_lake import rows_of
from drivetrain.dispatch.features.application.ports import ReadSteps
from drivetrain.dispatch.features.domain.steps import NO_RESPONSE, CountedStep, StepColumns

_COUNTED = {step.name.lower(): step for step in CountedStep}
_ANSWERS = frozenset({CountedStep.ACCEPT, CountedStep.DECLINE})
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST = 2**31 - 1


def decode_steps(batch: EventBatch) -> ReadSteps:
    """The steps of a batch that features count, in their order.

    Left out are events of other kinds, and, with a count, those that have the kind of a step and are none, or are no
    object at all: somebody else wrote them there.
    """
    rows, steps, unreadable = list[int](), list[dict[str, Any]](), 0
    for row, fields in enumerate(decode_bodies(batch.bodies)):
        if fields is None or not isinstance(fields.get("kind"), str):
            unreadable += 1
        elif fields["kind"] in _COUNTED:
            if _is_step(fields):
                rows.append(row)
                steps.append(fields)
            else:
                unreadable += 1
    kinds = [_COUNTED[fields["kind"]] for fields in steps]
    return ReadSteps(
        StepColumns(
            np.array([batch.partitions[row] for row in rows], dtype=np.int64),
            np.array([batch.offsets[row] for row in rows], dtype=np.int64),
            [fields["request_id"] for fields in steps],
            [fields["version"] for fields in steps],
            [fields["driver_id"] for fields in steps],
            np.array([batch.appended_us[row] for row in rows], dtype=np.int64),
            np.array(kinds, dtype=np.uint8),
            np.array(
                [
                    _response_ms(fields) if kind in _ANSWERS else NO_RESPONSE
                    for fields, kind in zip(steps, kinds, strict=True)
                ],
                dtype=np.int64,
            ),
        ),
        unreadable,
    )


def steps_to_keep(events: EventBatch) -> EventBatch:
    """The events of rides that may be kept for long.

    Left out are those by which riders asked, because where riders were is not kept longer than in the log; what cannot
    be read, because it might say the same; and what is made up, because nothing may be learned from it.
    """
    bodies = decode_bodies(events.bodies)
    rows = [row for row, fields in enumerate(bodies) if fields and _is_to_keep(fields)]
    return rows_of(events, rows, events.following)


def positions_to_keep(events: EventBatch) -> EventBatch:
    """The updates of drivers who are not made up."""
    rows = [row for row, driver_id in enumerate(events.keys) if not is_synthetic(driver_id)]
    return rows_of(events, rows, events.following)


def _is_to_keep(fields: Mapping[str, Any]) -> bool:
    names = (fields.get("request_id"), fields.get("driver_id"))
    is_made_up = any(isinstance(name, str) and is_synthetic(name) for name in names)
    return fields.get("kind") not in {None, "requested"} and not is_made_up


def _is_step(fields: Mapping[str, Any]) -> bool:
    version = fields.get("version")
    return (
        isinstance(fields.get("request_id"), str)
        and isinstance(fields.get("driver_id"), str)
        and type(version) is int
        and 0 <= version <= _LARGEST
    )


def _response_ms(fields: Mapping[str, Any]) -> int:
    """From the offer to the answer, whole milliseconds; ``NO_RESPONSE`` where one of the two instants is not known."""
    try:
        offered = datetime.fromisoformat(fields["offered_at"])
        answered = datetime.fromisoformat(fields["at"])
        return max(0, (answered - offered) // _MILLISECOND)
    except (KeyError, TypeError, ValueError):
        return NO_RESPONSE
