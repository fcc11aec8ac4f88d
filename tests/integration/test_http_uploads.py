"""Every bad and odd file over HTTP, as a form and as the body itself, and forms that are broken themselves."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from tests.support.bad_requests import BadRequest, send
from tests.support.bad_tables import GOOD_ROW, UPLOADS, UploadCase, table
from tests.support.platform import EXAMPLE, RunningPlatform

pytestmark = pytest.mark.usefixtures("unharmed")

PATH = "/rental/prices/file"
MIB = 1 << 20
GOOD = table().encode()


@pytest.fixture
def client(platform: RunningPlatform) -> Iterator[httpx.Client]:
    with platform.client() as client:
        yield client


def form(
    *, boundary: str = "XX", name: str = 'name="file"; filename="cars.csv"', content: bytes = GOOD
) -> bytes:
    """A form with one part."""
    head = f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\nContent-Type: text/csv\r\n\r\n"
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


def bad_form(
    name: str,
    body: bytes,
    *,
    declared: str = "multipart/form-data; boundary=XX",
    code: str = "input.bad_form",
) -> BadRequest:
    return BadRequest(name, 400, code, body, path=PATH, headers=(("Content-Type", declared),))


FORMS = (
    BadRequest(
        "a form", 200, "", form(), path=PATH, headers=(("Content-Type", "multipart/form-data; boundary=XX"),)
    ),
    bad_form("nothing", b""),
    bad_form("no file", form(name='name="note"'), code="input.no_file"),
    bad_form("no part", b"--XX--\r\n", code="input.no_file"),
    bad_form("cut short", form()[:-40]),
    bad_form("cut in the end mark", form()[:-5]),
    bad_form("another boundary than announced", form(boundary="YY")),
    bad_form("no boundary announced", form(), declared="multipart/form-data"),
    bad_form("empty boundary", form(), declared='multipart/form-data; boundary=""'),
    bad_form(
        "boundary of 1,000 letters",
        form(boundary="x" * 1_000),
        declared=f"multipart/form-data; boundary={'x' * 1_000}",
    ),
    bad_form("no form at all", GOOD),
    bad_form("garbage in the head of a part", b"--XX\r\n\x00\xff: \x07\r\n\r\nx\r\n--XX--\r\n"),
    bad_form("endless head of a part", b"--XX\r\nX-" + b"a" * MIB + b": b\r\n\r\nx\r\n--XX--\r\n"),
    bad_form("form with an empty file", form(content=b""), code="input.empty"),
    BadRequest("JSON", 415, "input.unsupported_media_type", b"[]", path=PATH),
    BadRequest(
        "17 MiB",
        413,
        "input.too_large",
        b"x" * (17 * MIB),
        path=PATH,
        headers=(("Content-Type", "text/csv"),),
    ),
    # Says 1 TiB and sends nothing: refused before anything is waited for.
    BadRequest(
        "1 TiB announced",
        413,
        "input.too_large",
        path=PATH,
        headers=(("Content-Type", "text/csv"), ("Content-Length", str(1 << 40))),
    ),
    BadRequest(
        "without the scope",
        401,
        "auth.missing",
        GOOD,
        path=PATH,
        headers=(("Content-Type", "text/csv"), ("X-API-Key", None)),
    ),
)


@pytest.mark.parametrize("case", UPLOADS, ids=lambda case: case.name)
def test_a_file_gets_its_documented_answer(platform: RunningPlatform, case: UploadCase) -> None:
    """The same as a form and as the body itself, both at once."""

    def as_form() -> httpx.Response:
        with platform.client() as client:
            return client.post(PATH, files={"file": (case.name, case.content)}, timeout=60)

    def as_body() -> httpx.Response:
        with platform.client() as client:
            return client.post(
                PATH, content=case.content, headers={"Content-Type": "application/octet-stream"}, timeout=60
            )

    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(as_form), pool.submit(as_body)]
    for answer in [each.result() for each in answers]:
        assert answer.status_code == case.status, answer.text[:500]
        given = answer.json()
        if case.status == 200:
            assert given["counts"] == {"ok": case.rows, "failed": 0}
            assert len(given["results"]) == case.rows
        else:
            assert answer.headers["content-type"] == "application/problem+json"
            assert case.code in {given["code"], *(error["code"] for error in given.get("errors", ()))}


@pytest.mark.parametrize("case", FORMS, ids=lambda case: case.name)
def test_a_form_gets_its_documented_answer(platform: RunningPlatform, case: BadRequest) -> None:
    answer = send(platform.port, case.as_bytes({"admin": platform.admin_key}))
    assert answer.status == case.status, answer.body[:500]
    if case.code:
        assert answer.headers["content-type"] == "application/problem+json" and case.code in answer.codes()


def test_a_bad_cell_is_named_by_its_row_and_column(client: httpx.Client) -> None:
    sent = table(GOOD_ROW, ["Audi", "a lot", *GOOD_ROW[2:]]).encode()
    refused = client.post(PATH, content=sent, headers={"Content-Type": "text/csv"})
    (error,) = refused.json()["errors"]
    assert (error["row"], error["column"], error["code"]) == (2, "mileage", "rental.mileage_not_a_number")


def test_at_most_a_hundred_errors_are_listed_and_all_are_counted(client: httpx.Client) -> None:
    sent = table(*[["Audi", "a lot", *GOOD_ROW[2:]]] * 1_000).encode()
    refused = client.post(PATH, content=sent, headers={"Content-Type": "text/csv"})
    assert len(refused.json()["errors"]) == 100
    assert "1,000 of 1,000" in refused.json()["detail"]


def test_an_upload_in_chunks_without_a_length_is_read(client: httpx.Client) -> None:
    pieces = (GOOD[at : at + 100] for at in range(0, len(GOOD), 100))
    answer = client.post(PATH, content=pieces, headers={"Content-Type": "text/csv"})
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert answer.json()["counts"]["ok"] == 2


def test_an_upload_in_chunks_is_cut_off_at_the_limit(platform: RunningPlatform) -> None:
    """Nothing announced its size; it is refused when it has passed the limit, not when it has all arrived."""
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-Key: {platform.admin_key}\r\nContent-Type: text/csv\r\n"
    head += "Transfer-Encoding: chunked\r\n\r\n"
    # never ends: the last chunk is missing
    chunks = b"".join(b"%x\r\n%s\r\n" % (MIB, b"x" * MIB) for _ in range(18))
    answer = send(platform.port, head.encode() + chunks)
    assert (answer.status, answer.json()["code"]) == (413, "input.too_large")


def test_a_client_that_goes_away_in_the_middle_of_an_upload_leaves_nothing(platform: RunningPlatform) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-Key: {platform.admin_key}\r\nContent-Type: text/csv\r\n"
    for _ in range(6):  # more than the places for tables that both workers have
        with socket.create_connection(("127.0.0.1", platform.port)) as connection:
            connection.sendall(head.encode() + b"Content-Length: 1000000\r\n\r\n" + GOOD)
    with platform.client() as client:
        answer = client.post(PATH, content=GOOD, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200


def test_more_tables_than_there_are_places_wait_for_one_another(platform: RunningPlatform) -> None:
    """Each worker answers two at a time; single prices are answered meanwhile."""
    rows = table(*[GOOD_ROW] * 5_000).encode()

    def upload() -> httpx.Response:
        with platform.client() as client:
            return client.post(PATH, content=rows, headers={"Content-Type": "text/csv"}, timeout=120)

    with ThreadPoolExecutor(8) as pool, platform.client() as client:
        uploads = [pool.submit(upload) for _ in range(8)]
        singles = [client.post("/rental/price", json=dict(EXAMPLE)).status_code for _ in range(20)]
    assert set(singles) == {200}
    for each in uploads:
        assert each.result().status_code == 200, each.result().text
        assert each.result().json()["counts"] == {"ok": 5_000, "failed": 0}


def test_slow_uploads_keep_no_small_file_from_being_answered(platform: RunningPlatform) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-Key: {platform.admin_key}\r\nContent-Type: text/csv\r\n"
    with ExitStack() as stack:
        for _ in range(12):  # more than the places of both workers
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", platform.port)))
            slow.sendall(head.encode() + b"Content-Length: 1000000\r\n\r\n" + GOOD)
        with platform.client() as client:
            for _ in range(10):
                answer = client.post(PATH, content=GOOD, headers={"Content-Type": "text/csv"})
                assert answer.status_code == 200, answer.text
