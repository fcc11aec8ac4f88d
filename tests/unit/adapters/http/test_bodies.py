"""Bodies are bounded, JSON is taken strictly, and the first file of a form is copied byte for byte however it is cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from drivetrain.adapters.http.arrival import whole_body
from drivetrain.adapters.http.bodies import (
    StrictBody,
    json_answer,
    read_flag,
    read_json,
    read_list,
    read_model,
    read_object,
    spool_upload,
)
from drivetrain.core.errors import (
    ContractError,
    DrivetrainError,
    InvalidInputError,
    TooLargeError,
    UnreadableInputError,
    UnsupportedMediaError,
)

JSON = "application/json"
LIMIT = 1_000
CONTENT = b'model_key,mileage\r\n"Citro\xc3\xabn",1\r\n\r\n--not the boundary\r\n'


def request(
    parts: bytes | Iterable[bytes], content_type: str | None = JSON, *, length: str | None = None, stays=True
) -> Request:
    """A request whose body arrives in parts; where it does not stay, the client leaves after the last."""
    parts = [parts] if isinstance(parts, bytes) else list(parts)
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append(
        {"type": "http.request", "body": b"", "more_body": False} if stays else {"type": "http.disconnect"}
    )
    queue = iter(messages)

    async def receive():
        return next(queue)

    headers = {"content-type": content_type, "content-length": length}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value is not None]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": pairs}, receive)


async def refusal(coroutine, cls: type[DrivetrainError]) -> str:
    with pytest.raises(cls) as refused:
        await coroutine
    assert type(refused.value) is cls
    return refused.value.code


class TestJson:
    @pytest.mark.parametrize(
        "content_type", [JSON, "application/json; charset=utf-8", "APPLICATION/JSON", "text/json"]
    )
    async def test_json_is_read_whatever_its_parts(self, content_type):
        whole = json.dumps({"model_key": "Citroën", "mileage": 1}, ensure_ascii=False).encode()
        for parts in (
            [whole],
            [whole[:12], b"", whole[12:]],
            [whole[at : at + 1] for at in range(len(whole))],
        ):
            assert await read_json(request(parts, content_type), limit=LIMIT) == {
                "model_key": "Citroën",
                "mileage": 1,
            }

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonp",
        ],
    )
    async def test_another_content_type_is_refused_before_the_body_is_read(self, content_type):
        assert await refusal(read_json(request(b"{}", content_type), limit=LIMIT), UnsupportedMediaError)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"{",
            b"{'a': 1}",
            b'{"a": 1,}',
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'{"a": -Infinity}',
            b'{"a": 1e400}',  # infinity as a double
            b'{"a": 01}',
            b'{"a": +1}',
            b'{"a": .5}',
            b'{"a": 0x10}',
            b'{"a": True}',
            b'{"a": 1} {"b": 2}',
            b'{"a": "\\ud800"}',  # half a character
            b'{"a": "\xff"}',  # not UTF-8
            b'{"a": "\n"}',
            b'\xef\xbb\xbf{"a": 1}',  # a byte order mark
            '{"a": 1}'.encode("utf-16"),
            b"// comment\n{}",
            b"[" * 100_000,
        ],
    )
    async def test_what_is_not_json_to_the_letter_is_unreadable(self, body):
        assert (
            await refusal(read_json(request(body), limit=1 << 20), UnreadableInputError) == "input.not_json"
        )

    async def test_the_place_of_the_mistake_is_told(self):
        with pytest.raises(UnreadableInputError, match="line 2"):
            await read_json(request(b'{"a": 1,\n "b": nul}'), limit=LIMIT)

    async def test_whole_numbers_beyond_64_bits_are_read_for_the_contract_to_judge(self):
        assert await read_json(request(b'{"a": 123456789012345678901234567890}'), limit=LIMIT) == {
            "a": 1.2345678901234568e29
        }

    @pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"true"])
    async def test_where_an_object_is_needed_nothing_else_will_do(self, body):
        assert (
            await refusal(read_object(request(body), limit=LIMIT), InvalidInputError) == "input.not_an_object"
        )

    @pytest.mark.parametrize(
        ("body", "cls", "code"),
        [
            (b"{}", InvalidInputError, "input.not_a_list"),
            (b"[]", InvalidInputError, "input.no_rows"),
            (b"[1, 2, 3, 4]", TooLargeError, "input.too_many_rows"),
        ],
    )
    async def test_a_list_has_one_to_the_most_items(self, body, cls, code):
        assert await refusal(read_list(request(body), limit=LIMIT, most=3), cls) == code
        assert await read_list(request(b"[1, 2, 3]"), limit=LIMIT, most=3) == [1, 2, 3]


class Wanted(StrictBody):
    """For the tests below."""

    name: str
    value: float
    on: bool = False


class TestSmallBodies:
    async def test_a_good_body_becomes_its_schema(self):
        body = await read_model(request(b'{"name": "a", "value": 1}'), Wanted)
        assert (body.name, body.value, body.on) == ("a", 1.0, False)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"name": "a"}, "/value"),
            ({"name": "a", "value": "1"}, "/value"),  # text is no number
            ({"name": "a", "value": True}, "/value"),
            ({"name": 1, "value": 1}, "/name"),
            ({"name": "a", "value": 1, "on": "yes"}, "/on"),
            ({"name": "a", "value": 1, "on": 1}, "/on"),
            ({"name": "a", "value": 1, "more": 1}, "/more"),
        ],
    )
    async def test_nothing_is_converted_and_nothing_is_passed_over(self, body, pointer):
        with pytest.raises(ContractError) as refused:
            await read_model(request(json.dumps(body).encode()), Wanted)
        assert [error.pointer for error in refused.value.errors] == [pointer]


class TestLimits:
    async def test_a_body_of_exactly_the_limit_is_read(self):
        assert await whole_body(request([b"x" * 400, b"y" * 600]), LIMIT) == b"x" * 400 + b"y" * 600

    async def test_a_body_without_end_is_refused_at_the_limit(self):
        received = []

        def endless():
            while True:
                received.append(1)
                yield b"x" * 100

        lazy = request([b""])
        parts = endless()

        async def receive():
            return {"type": "http.request", "body": next(parts), "more_body": True}

        lazy._receive = receive
        assert await refusal(whole_body(lazy, LIMIT), TooLargeError) == "input.too_large"
        assert len(received) == 11

    async def test_a_declared_length_beyond_the_limit_is_refused_before_a_byte_is_read(self):
        never = request([])

        async def receive():
            raise AssertionError("the body was asked for")

        never._receive = receive
        never.scope["headers"].append((b"content-length", b"1001"))
        assert await refusal(whole_body(never, LIMIT), TooLargeError) == "input.too_large"

    @pytest.mark.parametrize("length", ["abc", "-1", "", "1e9", "²"])
    async def test_a_declared_length_that_is_no_number_does_not_matter(self, length):
        assert await whole_body(request(b"x", length=length), LIMIT) == b"x"

    async def test_a_length_declared_too_small_does_not_let_more_through(self):
        assert await refusal(whole_body(request(b"x" * 1_001, length="5"), LIMIT), TooLargeError)

    async def test_a_client_that_leaves_in_the_middle_is_noticed(self):
        assert (
            await refusal(whole_body(request(b"half", stays=False), LIMIT), UnreadableInputError)
            == "input.cut_short"
        )


def form(boundary: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    """A multipart form of headers and contents."""
    middle = b"".join(
        b"--" + boundary + b"\r\n" + header + b"\r\n\r\n" + content + b"\r\n" for header, content in parts
    )
    return middle + b"--" + boundary + b"--\r\n"


def file_part(content: bytes = CONTENT, name: bytes = b"cars.csv") -> tuple[bytes, bytes]:
    return (
        b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: text/csv',
        content,
    )


FIELD = (b'Content-Disposition: form-data; name="note"', b"not a file")
GOOD = form(b"xx", file_part())


async def upload(
    path: Path, body: bytes | Iterable[bytes], content_type: str = "multipart/form-data; boundary=xx", **kind
) -> str:
    return await spool_upload(request(body, content_type, **kind), path, limit=100_000)


class TestUploads:
    @pytest.mark.parametrize(
        "boundary",
        [b"x", b"-" * 70, b"----WebKitFormBoundary7MA4YWxkTrZu0gW", b"a b", b"'()+_,-./:=?", b"x" * 200],
    )
    async def test_any_boundary_of_the_standard_is_read(self, tmp_path, boundary):
        declared = f'multipart/form-data; boundary="{boundary.decode()}"'
        assert await upload(tmp_path / "u", form(boundary, file_part()), declared) == "cars.csv"
        assert (tmp_path / "u").read_bytes() == CONTENT

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        content=st.binary(max_size=300) | st.text("-x\r\n", max_size=60).map(str.encode),
        cuts=st.lists(st.integers(0, 500)),
    )
    def test_the_file_is_copied_byte_for_byte_wherever_the_network_cuts_it(self, tmp_path, content, cuts):
        boundary = b"xx-x"
        if b"\r\n--" + boundary in b"\r\n" + content:
            return  # a client must choose another boundary then
        body = form(boundary, FIELD, file_part(content), FIELD)
        places = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
        parts = [body[start:end] for start, end in pairwise(places)]
        name = asyncio.run(upload(tmp_path / "u", parts, "multipart/form-data; boundary=xx-x"))
        assert (name, (tmp_path / "u").read_bytes()) == ("cars.csv", content)

    async def test_the_first_file_counts_and_the_rest_is_passed_over(self, tmp_path):
        body = form(b"xx", FIELD, file_part(b"first", b"a.csv"), FIELD, file_part(b"second", b"b.csv"))
        assert await upload(tmp_path / "u", body) == "a.csv"
        assert (tmp_path / "u").read_bytes() == b"first"

    @pytest.mark.parametrize("others", [[], [FIELD]], ids=["alone", "beside a field"])
    async def test_a_file_input_left_empty_is_no_file(self, tmp_path, others):
        empty = file_part(b"", b"")
        assert await upload(tmp_path / "u", form(b"xx", empty, *others, file_part(b"1", b"b.csv"))) == "b.csv"
        assert (tmp_path / "u").read_bytes() == b"1"
        refused = upload(tmp_path / "u", form(b"xx", empty, *others))
        assert await refusal(refused, UnreadableInputError) == "input.no_file"

    async def test_an_empty_file_with_a_name_is_a_file(self, tmp_path):
        body = form(b"xx", file_part(b"", b"a.csv"), file_part(b"1", b"b.csv"))
        assert await upload(tmp_path / "u", body) == "a.csv"
        assert (tmp_path / "u").read_bytes() == b""

    @pytest.mark.parametrize("name", ["", "prix été.csv", "../../etc/passwd", "a;b.csv", "a\\b.csv"])
    async def test_the_name_is_the_clients_and_decides_nothing(self, tmp_path, name):
        await upload(tmp_path / "u", form(b"xx", file_part(name=name.encode())))
        assert [entry.name for entry in tmp_path.iterdir()] == ["u"]
        assert (tmp_path / "u").read_bytes() == CONTENT

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "input.bad_form"),
            (b"no form at all", "input.bad_form"),
            (b"before the form\r\n" + GOOD, "input.bad_form"),
            (GOOD.replace(b"xx", b"yy"), "input.bad_form"),  # another boundary than the declared one
            (GOOD.replace(b"\r\n", b"\n"), "input.bad_form"),
            (GOOD[:-4], "input.bad_form"),  # without its end
            (GOOD[: len(GOOD) // 2], "input.bad_form"),
            (b"--xx\r\n" + b"X: y\r\n" * 5_000, "input.bad_form"),  # headers without end
            (b"--xx\r\nContent-Disposition: " + b"a" * 90_000, "input.bad_form"),  # a header without end
            (form(b"xx", FIELD), "input.no_file"),
            (form(b"xx"), "input.no_file"),
        ],
    )
    async def test_a_form_that_is_broken_or_holds_no_file_is_unreadable(self, tmp_path, body, code):
        assert await refusal(upload(tmp_path / "u", body), UnreadableInputError) == code

    @pytest.mark.parametrize(
        "declared",
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            f"multipart/form-data; boundary={'x' * 201}",
        ],
    )
    async def test_a_form_without_a_boundary_is_unreadable(self, tmp_path, declared):
        assert await refusal(upload(tmp_path / "u", GOOD, declared), UnreadableInputError) == "input.bad_form"

    async def test_a_form_whose_client_left_is_cut_short(self, tmp_path):
        assert (
            await refusal(upload(tmp_path / "u", GOOD[:50], stays=False), UnreadableInputError)
            == "input.cut_short"
        )

    async def test_a_form_beyond_the_limit_is_too_large(self, tmp_path):
        body = form(b"xx", file_part(b"x" * 100_001))
        assert await refusal(upload(tmp_path / "u", body), TooLargeError) == "input.too_large"

    @pytest.mark.parametrize(
        "declared", ["text/csv", "", "application/octet-stream", "application/vnd.ms-excel"]
    )
    async def test_a_body_that_is_no_form_is_the_file_itself(self, tmp_path, declared):
        assert await upload(tmp_path / "u", [CONTENT[:5], CONTENT[5:]], declared) == ""
        assert (tmp_path / "u").read_bytes() == CONTENT

    @pytest.mark.parametrize(
        "declared", [JSON, "application/x-www-form-urlencoded", "Application/JSON; charset=utf-8"]
    )
    async def test_json_is_no_table(self, tmp_path, declared):
        assert await refusal(upload(tmp_path / "u", b"[]", declared), UnsupportedMediaError)


def test_an_answer_is_compact_json():
    answer = json_answer({"price_per_day": 118.4, "make": "Citroën"}, status=201)
    assert (answer.status_code, answer.media_type) == (201, JSON)
    assert answer.body == '{"price_per_day":118.4,"make":"Citroën"}'.encode()


class TestFlags:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", True),
            ("explain=false", False),
            ("explain=False", False),  # as Python writes it
            ("explain=TRUE", True),
            ("explain=false&explain=False", False),
        ],
    )
    def test_a_flag_is_read_in_any_letter_case(self, query, expected):
        asked = Request({"type": "http", "headers": [], "query_string": query.encode()})
        assert read_flag(asked, "explain", default=True) is expected

    @pytest.mark.parametrize("query", ["explain=", "explain=no", "explain=0", "explain=true&explain=false"])
    def test_anything_else_is_refused_by_its_name(self, query):
        asked = Request({"type": "http", "headers": [], "query_string": query.encode()})
        with pytest.raises(InvalidInputError) as refused:
            read_flag(asked, "explain", default=True)
        assert [error.pointer for error in refused.value.errors] == ["/query/explain"]
