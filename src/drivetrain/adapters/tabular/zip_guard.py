"""Refusing zip bombs: what a container says of itself is not believed, it is unpacked once and thrown away.

A zip's central directory may lie about sizes, so every entry is inflated with a cap, block by block.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from urllib.parse import unquote

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.xlsx.markup import contradictory, damaged
from drivetrain.core.errors import TooLargeError, UnreadableInputError

_BLOCK = 1 << 14  # deflate makes at most 1,032 bytes of one, so 16 MiB of a block
_SMALL = 1 << 20
"""Below this size an entry's ratio says nothing: a short run of spaces packs a thousandfold."""
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")  # PKZIP application note, section 4.3.7
_ENCRYPTED = 0x1


def check_zip(content: bytes, limits: ParseLimits) -> None:
    """Prove that a zip unpacks to no more than the limits allow.

    Raises:
        TooLargeError: it would not, by its own word (refused before anything is unpacked) or in truth.
        UnreadableInputError: the container is damaged, encrypted, or packed in a way no spreadsheet is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error) as error:
        raise _damaged() from error
    _check_promises(entries, limits)
    remaining_bytes = limits.unpacked_bytes
    for entry in entries:
        remaining_bytes -= _unpacked_size(content, entry, remaining_bytes, limits)


def _check_promises(entries: list[zipfile.ZipInfo], limits: ParseLimits) -> None:
    if len(entries) > limits.zip_entries:
        raise _too_large(f"it holds {len(entries):,} files, more than {limits.zip_entries:,}")
    if sum(entry.file_size for entry in entries) > limits.unpacked_bytes:
        raise _too_large(f"it unpacks to more than {limits.unpacked_bytes >> 20:,} MiB")
    if len({_part_name(entry.filename) for entry in entries}) < len(entries):
        raise contradictory("two of its parts have one name, and programs differ in which they read")
    for entry in entries:
        _check_ratio(entry.file_size, entry.compress_size, limits)
        if entry.flag_bits & _ENCRYPTED:
            raise damaged("it is protected by a password; save it without one")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise _damaged()


def _part_name(entry: str) -> str:
    """The name of a part as programs compare them, whatever its slashes, escapes and letter case."""
    return posixpath.normpath(unquote(entry).replace("\\", "/")).lstrip("/").casefold()


def _unpacked_size(content: bytes, entry: zipfile.ZipInfo, most: int, limits: ParseLimits) -> int:
    """How much an entry really unpacks to; stops as soon as that is too much."""
    packed = _packed(content, entry)
    size = len(packed) if entry.compress_type == zipfile.ZIP_STORED else _inflated_size(packed, most)
    if size > most:
        raise _too_large(f"it unpacks to more than {limits.unpacked_bytes >> 20:,} MiB")
    _check_ratio(size, entry.compress_size, limits)
    return size


def _inflated_size(packed: bytes, most: int) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    try:
        for start in range(0, len(packed), _BLOCK):
            size += len(inflater.decompress(packed[start : start + _BLOCK]))
            if inflater.eof or size > most:
                break
    except zlib.error as error:
        raise _damaged() from error
    return size


def _packed(content: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The packed bytes of an entry, found as every unpacker finds them: by the directory's offset and size."""
    try:
        header = _LOCAL_HEADER.unpack_from(content, entry.header_offset)
    except struct.error as error:
        raise _damaged() from error
    start = entry.header_offset + _LOCAL_HEADER.size + header[-2] + header[-1]
    return content[start : start + entry.compress_size]


def _check_ratio(unpacked: int, packed: int, limits: ParseLimits) -> None:
    if unpacked > _SMALL and unpacked > packed * limits.unpack_ratio:
        raise _too_large(f"a part of it is packed more than {limits.unpack_ratio:,} to 1")


def _too_large(reason: str) -> TooLargeError:
    return TooLargeError(f"The spreadsheet is refused: {reason}.", code="input.too_large_unpacked")


def _damaged() -> UnreadableInputError:
    return damaged("its container is damaged or incomplete; open it and save it again as XLSX")
