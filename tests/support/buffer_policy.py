"""The use cases of the policy on one store in memory."""

from __future__ import annotations

from tests.support.buffer_fakes import (
    NOW,
    MemoryPolicyStore,
    find_analysis,
    finished_store,
)
from tests.support.fakes import FixedClock, MemoryDecisionLog

from drivetrain.rental.buffer.application.check_buffer import CheckBuffer
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.application.set_buffer_policy import SetBufferPolicy
from drivetrain.rental.buffer.domain.rule import BufferRule


class Desk:
    """The policy's use cases over memory."""

    def __init__(self, find=None) -> None:
        self.store = MemoryPolicyStore()
        self.clock = FixedClock(NOW)
        self.log = MemoryDecisionLog()
        self.policies = ReadBufferPolicy(self.store)
        self.policies.reload()
        self.find = find or find_analysis(finished_store())
        self.set = SetBufferPolicy(self.store, self.policies, self.find, self.clock)
        self.check = CheckBuffer(self.policies, self.log, self.clock)

    def save(self, connect_min=30, mobile_min=60, **options):
        return self.set(BufferRule(connect_min, mobile_min), reason="why", author="an operator", **options)
