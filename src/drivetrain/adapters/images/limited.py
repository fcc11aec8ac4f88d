"""Decoding a picture in a child process that may be hurt by it, while the caller may not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivetrain.core.errors import UnavailableError, UnreadableInputError
from drivetrain.core.pictures import Picture

_CHILD = Path(__file__).with_name("child.py")
_LOG_TAIL = 2_000
_MIB = 1 << 20

_REFUSALS: Mapping[str, tuple[str, str]] = {
    "format": ("pictures.unknown_format", "The file is no picture in JPEG, PNG or WebP."),
    "pixels": (
        "pictures.too_many_pixels",
        "The picture has more than {pixels:,} pixels; send a smaller one.",
    ),
    "size": ("pictures.too_small", "The picture is less than 32 pixels wide or high."),
    "broken": ("pictures.broken", "The picture is cut short or damaged."),
}


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """How much one picture may cost.

    Attributes:
        pixels: most pixels; a phone's camera has 12 to 50 million.
        wall_s: seconds until the child is killed.
        cpu_s: seconds of processor time that it may use.
        memory_bytes: private memory that it may map: 50 million pixels with transparency take 200 MB.
    """

    pixels: int = 50_000_000
    wall_s: float = 20.0
    cpu_s: int = 15
    memory_bytes: int = 640 * _MIB


@dataclass(frozen=True, slots=True)
class LimitedPictures:
    """The port ``EncodePicture``: a child process decodes, within limits, and encodes again."""

    limits: PictureLimits = field(default_factory=PictureLimits)
    python: str = sys.executable

    def __call__(self, data: bytes, widths: Sequence[int]) -> Sequence[Picture]:
        """The picture in each width. Blocks; use a thread.

        Raises:
            UnreadableInputError: it is no picture, has too many pixels, or hurt the child.
            UnavailableError: the child could not be started.
        """
        answer = self._run(data, widths)
        header, _, pictures = answer.partition(b"\n")
        return self._read(json.loads(header), pictures)

    def _read(self, header: Mapping[str, Any], pictures: bytes) -> Sequence[Picture]:
        if "refused" in header:
            code, detail = _REFUSALS[header["refused"]]
            raise UnreadableInputError(detail.format(pixels=self.limits.pixels), code=code)
        found, start = [], 0
        for (width, height), length in zip(header["sizes"], header["lengths"], strict=True):
            found.append(Picture(width, height, pictures[start : start + length]))
            start += length
        return found

    def _run(self, data: bytes, widths: Sequence[int]) -> bytes:
        with self._start(widths) as child:
            try:
                answer, log = child.communicate(data, timeout=self.limits.wall_s)
            except subprocess.TimeoutExpired:
                raise _failure("time", b"") from None
            finally:
                _end(child)
        if child.returncode != 0 or not answer:
            raise _failure(str(child.returncode), log)
        return answer

    def _start(self, widths: Sequence[int]) -> subprocess.Popen[bytes]:
        """Start the child in its own session, with an environment that holds nothing worth stealing."""
        try:
            return subprocess.Popen(
                [
                    self.python,
                    "-I",
                    "-X",
                    "utf8",
                    str(_CHILD),
                    str(os.getpid()),
                    json.dumps(self._job(widths)),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PATH": os.defpath},
                close_fds=True,
                start_new_session=True,
            )
        except OSError as error:
            raise UnavailableError(
                "Pictures cannot be decoded now; retry later.", code="pictures.decoder_unavailable"
            ) from error

    def _job(self, widths: Sequence[int]) -> Mapping[str, object]:
        limits = self.limits
        return {
            "widths": list(widths),
            "pixels": limits.pixels,
            "cpu_s": limits.cpu_s,
            "memory_bytes": limits.memory_bytes,
        }


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the whole session if the child still runs, and collect it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _failure(end: str, log: bytes) -> UnreadableInputError:
    error = UnreadableInputError(
        "The picture could not be decoded within the memory and time limits of one picture.",
        code="pictures.not_decoded",
    )
    error.add_note(
        f"the child ended with {end}:\n{log[-_LOG_TAIL:].decode('utf-8', 'replace')}"
    )  # for our log
    return error
