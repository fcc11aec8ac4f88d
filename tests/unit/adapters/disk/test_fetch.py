"""A download is kept only when it is the published table; whatever goes wrong leaves nothing and is said plainly."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import httpx
import pytest

from drivetrain.adapters.disk.fetch import fetch
from drivetrain.core.errors import ConflictError, NotFoundError, TooLargeError, UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.table_specs import Origin
from drivetrain.rental.price.model.dataset import RENTAL_PRICING

CONTENT = (
    ",".join(RENTAL_PRICING.header) + "\n" + "".join(f"{row}{',x' * 14}\n" for row in range(3))
).encode()
BY_ROWS = Origin("https://one.example/a.csv", limit_bytes=10_000, rows=3)
BY_SUM = Origin("https://two.example/b.csv", limit_bytes=10_000, sha256=hashlib.sha256(CONTENT).hexdigest())
FILE_NAME = "get_around_pricing_project.csv"


def get(tmp_path, answer, *origins):
    table = replace(RENTAL_PRICING, origins=origins)
    return fetch(table, tmp_path / "fetched", SilentProgress(), transport=httpx.MockTransport(answer))


def serve(content):
    return lambda request: httpx.Response(200, content=content)


class TestGood:
    @pytest.mark.parametrize(
        "origin", [BY_ROWS, BY_SUM], ids=["recognized by shape", "recognized by checksum"]
    )
    def test_the_file_lands_under_its_published_name(self, tmp_path, origin):
        path = get(tmp_path, serve(CONTENT), origin)
        assert path == tmp_path / "fetched" / FILE_NAME
        assert path.read_bytes() == CONTENT

    def test_the_next_origin_is_asked_when_one_fails(self, tmp_path):
        def answer(request):
            return (
                httpx.Response(200, content=CONTENT)
                if request.url.host == "two.example"
                else httpx.Response(404)
            )

        assert get(tmp_path, answer, BY_ROWS, BY_SUM).read_bytes() == CONTENT

    def test_a_redirect_within_https_is_followed(self, tmp_path):
        def answer(request):
            moved = httpx.Response(302, headers={"location": "https://three.example/c.csv"})
            return moved if request.url.host == "one.example" else httpx.Response(200, content=CONTENT)

        assert get(tmp_path, answer, BY_ROWS).read_bytes() == CONTENT


class TestBad:
    @pytest.fixture(autouse=True)
    def nothing_is_kept(self, tmp_path):
        yield
        assert not any((tmp_path / "fetched").iterdir())

    def test_an_origin_that_lost_the_file(self, tmp_path):
        with pytest.raises(
            NotFoundError, match=r"one\.example: no such file .*drivetrain data add rental-pricing"
        ):
            get(tmp_path, lambda request: httpx.Response(404), BY_ROWS)

    def test_an_origin_that_refuses(self, tmp_path):
        with pytest.raises(UnavailableError, match="HTTP 503"):
            get(tmp_path, lambda request: httpx.Response(503), BY_ROWS)

    @pytest.mark.parametrize(
        ("failure", "said"),
        [
            (httpx.ConnectError("Name or service not known"), "not reached .Name or service not known"),
            (httpx.ReadTimeout("slow"), "no answer in time"),
            (httpx.RemoteProtocolError("peer closed"), "not reached .peer closed"),
        ],
    )
    def test_no_network(self, tmp_path, failure, said):
        def answer(request):
            raise failure

        with pytest.raises(UnavailableError, match=said) as failed:
            get(tmp_path, answer, BY_ROWS)
        assert failed.value.code == "data.origin_unreachable"

    def test_a_connection_lost_half_way(self, tmp_path):
        def half():
            yield CONTENT[:50]
            raise httpx.ReadError("reset")

        with pytest.raises(UnavailableError, match="reset"):
            get(tmp_path, serve(half()), BY_ROWS)

    def test_another_checksum(self, tmp_path):
        with pytest.raises(ConflictError, match="checksum"):
            get(tmp_path, serve(CONTENT + b"\n"), BY_SUM)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<!doctype html>\n<p>Sign in</p>\n", "columns"),  # a captive portal
            (CONTENT + CONTENT.splitlines(keepends=True)[1], "4 rows instead of 3"),
            (CONTENT[:-4], "cells"),  # cut short in the last row
            (b"\xff\xfe\x00\x01", "not a CSV file"),
            (b"", "columns"),
        ],
    )
    def test_another_shape(self, tmp_path, content, said):
        with pytest.raises(ConflictError, match=said) as failed:
            get(tmp_path, serve(content), BY_ROWS)
        assert failed.value.code == "data.origin_changed"

    def test_more_bytes_than_announced_or_expected(self, tmp_path):
        received = []

        def endless():
            for _ in range(1_000):
                received.append(1)
                yield b"x" * 1_000

        with pytest.raises(TooLargeError, match="more than 10,000 bytes"):
            get(tmp_path, serve(endless()), BY_ROWS)
        assert len(received) < 20

    def test_an_announced_size_that_is_too_large_is_not_read_at_all(self, tmp_path):
        with pytest.raises(TooLargeError):
            get(tmp_path, serve(b"x" * 10_001), BY_ROWS)

    def test_a_redirect_to_plain_http(self, tmp_path):
        def answer(request):
            assert request.url.scheme == "https"
            return httpx.Response(301, headers={"location": "http://one.example/a.csv"})

        with pytest.raises(ConflictError, match="redirects to http"):
            get(tmp_path, answer, BY_ROWS)

    def test_redirects_without_end(self, tmp_path):
        with pytest.raises(UnavailableError, match="redirects"):
            get(
                tmp_path, lambda request: httpx.Response(302, headers={"location": str(request.url)}), BY_ROWS
            )

    def test_when_all_fail_each_is_named_and_what_may_heal_counts(self, tmp_path):
        def answer(request):
            return httpx.Response(404 if request.url.host == "one.example" else 500)

        with pytest.raises(UnavailableError, match=r"one\.example: .*404.*two\.example: .*500"):
            get(tmp_path, answer, BY_ROWS, BY_SUM)

    def test_a_table_that_is_published_nowhere(self, tmp_path):
        with pytest.raises(NotFoundError, match="download address"):
            get(tmp_path, serve(CONTENT))


def test_an_earlier_download_survives_a_failed_one(tmp_path):
    kept = get(tmp_path, serve(CONTENT), BY_ROWS)
    with pytest.raises(NotFoundError):
        get(tmp_path, lambda request: httpx.Response(404), BY_ROWS)
    assert list(kept.parent.iterdir()) == [kept]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "fetched").write_bytes(b"a file")
    with pytest.raises(UnavailableError, match="cannot be used"):
        get(tmp_path, serve(CONTENT), BY_ROWS)
