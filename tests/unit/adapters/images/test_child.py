"""What becomes of a picture: turned upright, smaller, on white, and with nothing beside its pixels."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from drivetrain.adapters.images.child import Refusal, encoded

JOB = {"pixels": 1_000_000, "widths": [640, 160]}
ORIENTATION, CAMERA, TURNED_RIGHT = 0x0112, 0x0110, 6


def file_of(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=("WEBP",))


def png_of(width: int, height: int) -> bytes:
    """A file of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_webp_in_every_width_and_is_never_enlarged(kind: str) -> None:
    header, pictures = encoded(file_of(Image.new("RGB", (400, 300), "red"), kind), JOB)
    assert header == {"sizes": [[400, 300], [160, 120]], "lengths": [len(each) for each in pictures]}
    assert [opened(each).size for each in pictures] == [(400, 300), (160, 120)]
    red, green, blue = opened(pictures[0]).convert("RGB").getpixel((200, 150))  # type: ignore[misc]
    assert (red > 240, green < 20, blue < 20) == (True, True, True)


def test_a_photo_is_turned_upright_and_says_nothing_of_its_camera_or_its_place() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = TURNED_RIGHT, "Secret camera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = Image.new("RGB", (400, 200), "blue")
    _, (large, small) = encoded(file_of(photo, "JPEG", exif=exif, comment=b"a comment"), JOB)
    assert opened(large).size == (200, 400)
    for data in (large, small):
        assert not opened(data).getexif()
        assert b"Secret" not in data
        assert b"comment" not in data
        assert b"EXIF" not in data


def test_what_is_transparent_becomes_white() -> None:
    _, (large, _) = encoded(file_of(Image.new("RGBA", (64, 64), (255, 0, 0, 0)), "PNG"), JOB)
    assert opened(large).convert("RGB").getpixel((32, 32)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_pictures_in_every_mode_are_taken(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    header, _ = encoded(file_of(Image.new(mode, (64, 48)), kind), JOB)
    assert header["sizes"] == [[64, 48], [64, 48]]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (png_of(1_001, 1_000), "pixels"),  # one row too many
        (png_of(60_000, 60_000), "pixels"),  # a bomb: 68 bytes that want 10 GB
        (png_of(0, 10), "format"),
        (png_of(100, 100), "broken"),  # says more than it holds
        (file_of(Image.new("RGB", (400, 300)), "JPEG")[:300], "broken"),
        (file_of(Image.new("RGB", (31, 300)), "PNG"), "size"),
        (file_of(Image.new("RGB", (400, 300)), "GIF"), "format"),
        (file_of(Image.new("RGB", (400, 300)), "TIFF"), "format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "format"),
        (b"GIF89a", "format"),
        (b"", "format"),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, refusal: str) -> None:
    with pytest.raises(Refusal, match=refusal):
        encoded(data, JOB)
