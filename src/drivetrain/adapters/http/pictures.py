"""Pictures in requests and answers: received and decoded a few at a time, and sent so that they are kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import Path as PathParameter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.arrival import client_left
from drivetrain.adapters.http.bodies import spool_upload
from drivetrain.adapters.http.concurrency import WaitingLine
from drivetrain.adapters.http.openapi import Answer, Content
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.pictures import MOST_BYTES, WIDTHS, EncodePicture, Picture

AT_ONCE = 2
"""Pictures that one worker has decoded at a time: each takes about 0.4 s of a core."""

_MOST_PRESENT = 16
_PATIENCE_S = 20.0
_BUSY = "Many pictures arrive now; send it again shortly."
_FILE = {"type": "string", "format": "binary", "description": "JPEG, PNG or WebP."}
_FORM = {"type": "object", "required": ["file"], "properties": {"file": _FILE}}

MEDIA_TYPE = "image/webp"
PICTURE_BODY = {
    "multipart/form-data": Content(_FORM),
    **{kind: Content(_FILE) for kind in ("image/jpeg", "image/png", "image/webp")},
}
"""What a route that takes a picture declares as its body."""

PICTURE_ANSWER = Answer("The picture.", {MEDIA_TYPE: Content({"type": "string", "format": "binary"})})

PhotoId = Annotated[
    str, PathParameter(pattern="^[0-9a-f]{64}$", description="SHA-256 of the photo, as it is kept.")
]
PhotoWidth = Annotated[
    int, PathParameter(ge=1, le=9_999, description="Pixels of the longer side at the most: 1280 or 320.")
]


@dataclass(frozen=True, slots=True)
class PictureUploads:
    """Receives pictures, a few at a time; others wait in order, and are refused where too many do."""

    encode: EncodePicture
    line: WaitingLine = field(
        default_factory=lambda: WaitingLine(AT_ONCE, most_present=_MOST_PRESENT, patience_s=_PATIENCE_S)
    )

    async def receive(self, request: Request) -> Sequence[Picture]:
        """The picture of a request in each of ``WIDTHS``.

        Raises:
            TooManyRequestsError: too many arrive now.
            TooLargeError, UnreadableInputError, UnsupportedMediaError: as the body deserves.
        """
        with self.line.enter(_BUSY), tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
            file = Path(folder) / "upload"
            await spool_upload(request, file, limit=MOST_BYTES)
            async with self.line.place(_BUSY, partial(client_left, request)):
                return await run_in_threadpool(lambda: self.encode(file.read_bytes(), WIDTHS))


def known_width(width: int) -> int:
    """A width in which photos are kept.

    Raises:
        InvalidInputError: ``pictures.unknown_width``.
    """
    if width not in WIDTHS:
        raise InvalidInputError("A photo is kept in the widths 1280 and 320.", code="pictures.unknown_width")
    return width


def picture_answer(data: bytes) -> Response:
    """A picture, which its address names by its digest: whoever may see it keeps it."""
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(data, media_type=MEDIA_TYPE, headers=headers)
