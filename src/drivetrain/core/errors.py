"""Every error the platform raises on purpose, told apart by what the caller can do about it.

DrivetrainError
├── InvalidInputError       fix the input
│   └── ContractError       fix the named fields, rows and columns
├── UnreadableInputError    send something that can be read at all
│   ├── TooLargeError       send less
│   ├── InputTimeoutError   send it faster
│   └── UnsupportedMediaError
├── NotFoundError           ask for something else
├── ConflictError           look again, then retry
├── UnauthenticatedError    say who you are
├── NotAllowedError         get the right
├── TooManyRequestsError    slow down
└── UnavailableError        wait and retry
    ├── ModelNotReadyError
    ├── StorageFullError
    └── DeadlineExceededError
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

MAX_FIELD_ERRORS = 100
"""A problem answer lists at most this many field errors; the rest are counted."""


class FieldErrorRecord(TypedDict):
    """One thing wrong with one field, as plain values: at a JSON pointer, or in a row and column of a table."""

    pointer: NotRequired[str]
    row: NotRequired[int]
    column: NotRequired[str]
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of the input.

    Attributes:
        code: stable, for example ``rental.unknown_fuel``.
        detail: a sentence for a person, naming what would be accepted.
        pointer: JSON pointer into the body; empty for a table.
        row: 1-based data row of a table (the header is not counted); None for a body.
        column: column of a table; None for a body.
    """

    code: str
    detail: str
    pointer: str = ""
    row: int | None = None
    column: str | None = None

    def as_dict(self) -> FieldErrorRecord:
        """The error as it stands in a problem answer, without the places that do not apply."""
        record: FieldErrorRecord = {"code": self.code, "detail": self.detail}
        if self.column is not None:
            record = {"column": self.column, **record}
        if self.row is not None:
            return {"row": self.row, **record}
        return record if self.column is not None else {"pointer": self.pointer, **record}


class DrivetrainError(Exception):
    """Root of the tree. ``code`` is stable and machine-readable; ``title`` is the same for every instance."""

    code = "platform.error"
    title = "Something went wrong"

    def __init__(self, detail: str, *, code: str | None = None, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        if code is not None:
            self.code = code


class InvalidInputError(DrivetrainError):
    """The input was read and is wrong; the caller can fix it."""

    code = "input.invalid"
    title = "The input is not valid"


class ContractError(InvalidInputError):
    """Fields or rows break a contract; ``errors`` names each of them."""

    code = "input.contract"
    title = "The input violates the contract"

    def __init__(
        self, errors: Sequence[FieldError], *, subject: str = "The input", count: int | None = None
    ) -> None:
        self.subject = subject
        count = len(errors) if count is None else count  # a table lists the first errors and counts all
        super().__init__(f"{subject} has {count} {'error' if count == 1 else 'errors'}.", errors=errors)


class UnreadableInputError(DrivetrainError):
    """The input could not be read at all: not JSON, not a table, cut short."""

    code = "input.unreadable"
    title = "The input cannot be read"


class TooLargeError(UnreadableInputError):
    """The input is larger than what the installation accepts."""

    code = "input.too_large"
    title = "The input is too large"


class InputTimeoutError(UnreadableInputError):
    """The input did not arrive in the time it was given."""

    code = "input.too_slow"
    title = "The input arrives too slowly"


class UnsupportedMediaError(UnreadableInputError):
    """The content type is not one this route reads."""

    code = "input.unsupported_media_type"
    title = "The content type is not supported"


class NotFoundError(DrivetrainError):
    """What was asked for does not exist."""

    code = "resource.not_found"
    title = "Not found"


class ConflictError(DrivetrainError):
    """The state is not what the caller thought; look again, then retry."""

    code = "resource.conflict"
    title = "Conflict with the current state"


class UnauthenticatedError(DrivetrainError):
    """No valid API key or token came with the request."""

    code = "auth.unauthenticated"
    title = "Authentication needed"


class NotAllowedError(DrivetrainError):
    """The caller is known and lacks the scope."""

    code = "auth.scope_missing"
    title = "Not allowed"


class TooManyRequestsError(DrivetrainError):
    """The caller exceeds its rate; retry after ``retry_after_s`` seconds."""

    code = "limits.too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, code: str | None = None, retry_after_s: int = 1) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class UnavailableError(DrivetrainError):
    """Something needed is not there now; retry after ``retry_after_s`` seconds."""

    code = "platform.unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, code: str | None = None, retry_after_s: int = 1) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class ModelNotReadyError(UnavailableError):
    """No version of the model can be served yet."""

    code = "model.not_ready"
    title = "The model is not ready"

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"Model {model!r} is not ready: {reason}", retry_after_s=2)
        self.model = model


class StorageFullError(UnavailableError):
    """A disk has no space left."""

    code = "data.disk_full"
    title = "The disk is full"


class DeadlineExceededError(UnavailableError):
    """The work did not finish in the time it was given."""

    code = "platform.deadline_exceeded"
    title = "The deadline passed"
