"""The child that decodes a picture: ``python -I child.py PARENT JOB``, the file on standard input.

Its answer on standard output is a line of JSON, and behind it the pictures that the line gives the lengths of.
The code is ours and trusted; only the picture is hostile. It is run by its path, and imports little, because it lives
for one picture.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from drivetrain.core.orphans import die_with_parent

FORMATS = ("JPEG", "PNG", "WEBP")
_COURTESY = 5
_QUALITY = 80
_METHOD = 4
"""Effort of the encoder, 0 to 6: more takes twice the time for a few percent."""

_SMALLEST = 32
"""Pixels of the shorter side; less is no photo."""


class Refusal(Exception):
    """A picture that is not taken, by a word that the parent turns into a problem."""


def main() -> None:
    """Do the job, and leave the answer."""
    die_with_parent(int(sys.argv[1]), signal.SIGKILL)
    job = json.loads(sys.argv[2])
    _limit_self(job)
    try:
        header, pictures = encoded(sys.stdin.buffer.read(), job)
    except Refusal as refusal:
        header, pictures = {"refused": str(refusal)}, []
    sys.stdout.buffer.write(json.dumps(header).encode("ascii") + b"\n" + b"".join(pictures))


def encoded(data: bytes, job: Mapping[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """A picture as WebP in each width of the job: turned upright, in sRGB, without metadata; never enlarged.

    Raises:
        Refusal: ``format``, ``pixels``, ``size`` or ``broken``.
    """
    Image.MAX_IMAGE_PIXELS = job["pixels"]
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            picture = _decoded(image, job)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refusal("pixels") from None
    except UnidentifiedImageError:
        raise Refusal("format") from None
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ):  # what Pillow raises for files that are cut short or lie
        raise Refusal("broken") from None
    sizes, pictures = [], []
    for width in job["widths"]:
        smaller = picture.copy()
        smaller.thumbnail((width, width))
        sizes.append([smaller.width, smaller.height])
        pictures.append(_webp(smaller))
    return {"sizes": sizes, "lengths": [len(each) for each in pictures]}, pictures


def _decoded(image: Image.Image, job: Mapping[str, Any]) -> Image.Image:
    if image.width * image.height > job["pixels"]:
        raise Refusal("pixels")
    if min(image.size) < _SMALLEST:
        raise Refusal("size")
    largest = max(job["widths"])
    image.draft("RGB", (largest, largest))  # a JPEG is decoded no larger than it has to be
    image.load()
    profile = image.info.get("icc_profile")
    picture: Image.Image = image
    # before anything is copied: a picture of the most pixels takes much of the memory that this process may have
    picture.thumbnail((largest, largest))
    picture = ImageOps.exif_transpose(picture)
    return _on_white(_in_srgb(picture, profile))


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB; as it is where its profile cannot be used."""
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return picture if turned is None else turned


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def _webp(picture: Image.Image) -> bytes:
    plain = Image.new("RGB", picture.size)
    plain.paste(picture)  # what the file said beside its pixels stays behind
    file = io.BytesIO()
    plain.save(file, "WEBP", quality=_QUALITY, method=_METHOD)
    return file.getvalue()


def _limit_self(job: Mapping[str, Any]) -> None:
    os.nice(_COURTESY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_s"], job["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (job["memory_bytes"], job["memory_bytes"]))


if __name__ == "__main__":
    main()
