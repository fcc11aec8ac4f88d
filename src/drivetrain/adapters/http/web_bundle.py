"""The built web app in memory: every file with the compressed forms that the build wrote beside it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from drivetrain.adapters.http.content_coding import IDENTITY, preferred_coding

LOOK_EVERY_S = 1.0
"""How often at most the folder is looked at again; a build that replaces it is served from then on."""

DEEPEST_PAGE = 8
"""Folders below the app in the address of a page."""

INDEX = "index.html"
_HASHED = "assets/"
"""Vite names what it puts there by its content."""

_SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""By coding, best first."""

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".geojson": "application/geo+json",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_OTHER_TYPE = "application/octet-stream"
_RELATIVE = re.compile(rb'((?:src|href)=")\./')


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One file.

    Attributes:
        bodies: by coding; ``identity`` is always there.
        digest: of the content, for its entity tags.
        is_hashed: whether its name changes with its content, so that it may be kept for ever.
    """

    bodies: Mapping[str, bytes]
    media_type: str
    digest: str
    is_hashed: bool

    def body(self, accepted: str) -> tuple[str, bytes]:
        """Coding and content of the answer to a client that accepts these codings."""
        coding = preferred_coding(accepted, [each for each in _SUFFIXES if each in self.bodies])
        return coding, self.bodies[coding]

    def etag(self, coding: str) -> str:
        """A strong entity tag: the bytes of each coding are different."""
        return f'"{self.digest}"' if coding == IDENTITY else f'"{self.digest}-{coding}"'


@dataclass(frozen=True, slots=True)
class Bundle:
    """One build of the web app.

    Attributes:
        files: by path below the app.
    """

    files: Mapping[str, BundleFile]
    _pages: dict[int, BundleFile] = field(default_factory=dict)

    def page(self, depth: int) -> BundleFile:
        """The page of the app for an address ``depth`` folders below it.

        Addresses in it are relative, so that it works behind any path prefix; they lead up as far as the address lies
        deep.
        """
        if depth not in self._pages:
            index = self.files[INDEX].bodies[IDENTITY]
            self._pages[depth] = _compressed_page(
                _RELATIVE.sub(rb"\1" + b"../" * depth, index) if depth else index
            )
        return self._pages[depth]


class WebBundle:
    """The build in a folder, read again when another one has taken its place.

    Args:
        folder: need not exist.
        monotonic_s: the clock, seconds.
    """

    def __init__(self, folder: Path, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic_s = monotonic_s
        self._reading = asyncio.Lock()
        self._bundle: Bundle | None = None
        self._version: tuple[int, ...] | None = None
        self._next_look_s = float("-inf")

    def load(self) -> Bundle | None:
        """Read the build where it is another one than before. Blocking.

        Returns:
            None where there has never been one; the one read before where it is gone or is being replaced.
        """
        version = _version(self._folder)
        if version is not None and version != self._version:
            bundle = read_bundle(self._folder)
            if bundle is not None:
                self._bundle, self._version = bundle, version
        return self._bundle

    async def current(self) -> Bundle | None:
        """The build as last looked at, at most a second ago."""
        if self._monotonic_s() >= self._next_look_s:
            self._next_look_s = self._monotonic_s() + LOOK_EVERY_S
            return await self.latest()
        return self._bundle

    async def latest(self) -> Bundle | None:
        """The build as it is now."""
        async with self._reading:
            return await asyncio.to_thread(self.load)


def read_bundle(folder: Path) -> Bundle | None:
    """Read a build; None where it is not there or is replaced at this moment."""
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = {
            name: _read(path, name)
            for path in paths
            if not _is_hidden(name := path.relative_to(folder).as_posix())
            if path.suffix not in _SUFFIXES.values()
        }
    except OSError:
        return None
    return Bundle(files) if INDEX in files else None


def _read(path: Path, name: str) -> BundleFile:
    content = path.read_bytes()
    bodies = {IDENTITY: content}
    for coding, suffix in _SUFFIXES.items():
        compressed = path.with_name(path.name + suffix)
        if compressed.is_file():
            bodies[coding] = compressed.read_bytes()
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), _OTHER_TYPE)
    return BundleFile(bodies, media_type, _digest(content), name.startswith(_HASHED))


def _compressed_page(content: bytes) -> BundleFile:
    """A page as a file; it is small, and compressed here because its addresses are ours."""
    bodies = {IDENTITY: content, "gzip": gzip.compress(content, mtime=0)}
    return BundleFile(bodies, _MEDIA_TYPES[".html"], _digest(content), is_hashed=False)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _version(folder: Path) -> tuple[int, ...] | None:
    """What tells one build in the folder from another; None where there is none."""
    try:
        state = (folder / INDEX).stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino, state.st_mtime_ns
