"""A build in memory: what is read, and when it is read again."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from drivetrain.adapters.http.web_bundle import LOOK_EVERY_S, WebBundle, read_bundle

INDEX = '<script type="module" src="./assets/index-abc.js"></script><link href="./icon.svg">'


def build(folder: Path, text: str = "one") -> Path:
    """Write a build as the web app's own writes it."""
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / ".stamp").write_text("not for anybody")
    (folder / ".vite").mkdir()
    (folder / ".vite" / "manifest.json").write_text("{}")
    (assets / "index-abc.js").write_text(text)
    (assets / "index-abc.js.gz").write_bytes(gzip.compress(text.encode()))
    (assets / "index-abc.js.br").write_bytes(b"brotli of " + text.encode())
    (folder / "icon.svg").write_text("<svg/>")
    return folder


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_build_is_read_with_what_was_compressed_beside_it(tmp_path: Path) -> None:
    bundle = read_bundle(build(tmp_path / "app"))
    assert bundle is not None
    assert sorted(bundle.files) == ["assets/index-abc.js", "icon.svg", "index.html"]  # nothing hidden
    script, icon = bundle.files["assets/index-abc.js"], bundle.files["icon.svg"]
    assert script.body("gzip, br") == ("br", b"brotli of one")
    assert script.body("") == ("identity", b"one")
    assert icon.body("gzip, br") == ("identity", b"<svg/>")  # nothing compressed of it
    assert script.is_hashed and not icon.is_hashed
    assert (script.media_type, icon.media_type) == ("text/javascript; charset=utf-8", "image/svg+xml")
    assert len({script.etag(coding) for coding in ("br", "gzip", "identity")} | {icon.etag("identity")}) == 4


@pytest.mark.parametrize("name", ["nothing", "no-index"])
def test_a_folder_without_an_index_is_no_build(tmp_path: Path, name: str) -> None:
    (tmp_path / "no-index").mkdir()
    (tmp_path / "no-index" / "script.js").touch()
    assert read_bundle(tmp_path / name) is None


@pytest.mark.parametrize(("depth", "up"), [(0, "./"), (1, "../"), (3, "../../../")])
def test_addresses_of_a_page_lead_up_as_far_as_it_lies_deep(tmp_path: Path, depth: int, up: str) -> None:
    bundle = read_bundle(build(tmp_path / "app"))
    assert bundle is not None
    page = bundle.page(depth).bodies["identity"].decode()
    assert f'src="{up}assets/index-abc.js"' in page and f'href="{up}icon.svg"' in page
    assert gzip.decompress(bundle.page(depth).bodies["gzip"]).decode() == page
    assert bundle.page(depth) is bundle.page(depth)


async def test_a_build_that_appears_is_served_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    bundle = WebBundle(tmp_path / "app", clock)
    assert await bundle.current() is None
    build(tmp_path / "app")
    assert await bundle.current() is None  # a look a second is enough
    clock.now_s += LOOK_EVERY_S
    assert await bundle.current() is not None


async def test_a_build_that_replaces_another_is_read_and_one_that_stays_is_not(tmp_path: Path) -> None:
    clock = Clock()
    bundle = WebBundle(build(tmp_path / "app"), clock)
    first = await bundle.current()
    clock.now_s += LOOK_EVERY_S
    assert await bundle.current() is first
    (tmp_path / "app").rename(tmp_path / "former")
    assert await bundle.latest() is first  # the instant in which there is none
    build(tmp_path / "app", "two")
    second = await bundle.latest()
    assert second is not None and second.files["assets/index-abc.js"].bodies["identity"] == b"two"


async def test_what_cannot_be_read_whole_leaves_the_former_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = WebBundle(build(tmp_path / "app"))
    first = await bundle.latest()
    (tmp_path / "app" / "index.html").write_text("another, of which a file is being moved")

    def vanish(path: Path) -> bytes:
        raise FileNotFoundError(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", vanish)
        assert await bundle.latest() is first
    latest = await bundle.latest()
    assert latest is not first and latest is not None
