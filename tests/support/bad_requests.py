"""Bad and odd requests, one per row: what clients get wrong, and what attackers send on purpose.

Requests are written byte by byte, because no decent client library sends half of these.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.support.platform import EXAMPLE, MODEL

from drivetrain.resale.used.model.contract import CONTRACTS

JSON = "application/json"
UNKNOWN_ID = "0198c0de-0000-7000-8000-000000000000"
USED_CAR = CONTRACTS["uk"]
_CREDENTIAL = re.compile(r"@([a-z_]+)")


@dataclass(frozen=True, slots=True)
class BadRequest:
    """One request and what must come of it.

    Attributes:
        status: 200 where the request is odd and right all the same.
        code: the problem's own code, or the code of one of its field errors; empty for 200.
        headers: beside the usual ones (an admin key, JSON); None leaves a usual one out. ``@name`` stands for
            a credential that the test makes.
        pointer: of the field error, where there is one.
    """

    name: str
    status: int
    code: str
    body: bytes = b""
    method: str = "POST"
    path: str = "/rental/price"
    headers: tuple[tuple[str, str | None], ...] = ()
    pointer: str | None = None

    def as_bytes(self, credentials: Mapping[str, str]) -> bytes:
        """The request as it goes over the wire."""
        given = {name.lower() for name, _ in self.headers}
        usual = {
            "Host": "localhost",
            "X-API-Key": "@admin",
            "Content-Type": JSON,
            "Content-Length": str(len(self.body)),
        }
        lines = [(name, value) for name, value in usual.items() if name.lower() not in given]
        lines += [(name, value) for name, value in self.headers if value is not None]
        head = "".join(
            f"{name}: {_CREDENTIAL.sub(lambda m: credentials[m[1]], value)}\r\n" for name, value in lines
        )
        return (
            f"{self.method} {self.path} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode("latin-1")
            + self.body
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    def codes(self) -> set[str]:
        """The code of the problem and of each of its field errors."""
        problem = self.json()
        return {problem["code"], *(error["code"] for error in problem.get("errors", ()))}


def send(port: int, request: bytes, timeout_s: float = 60) -> Answer:
    """Send bytes, read the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        # Answered and closed before it had read everything: the answer is there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())


def body_with(**changed: Any) -> bytes:
    """The example with some fields changed, as JSON."""
    return json.dumps({**EXAMPLE, **changed}).encode()


def written(field: str, text: str) -> bytes:
    """The example with a field's value written exactly so."""
    return body_with(**{field: "@@"}).replace(b'"@@"', text.encode("utf-8", "surrogatepass"))


def without(field: str) -> bytes:
    """The example without a field."""
    return json.dumps({name: value for name, value in EXAMPLE.items() if name != field}).encode()


EXAMPLE_BODY = body_with()


def _unreadable_bodies() -> Iterator[BadRequest]:
    code = "input.not_json"
    # JavaScript's and Python's own writers produce these; JSON has no such numbers.
    yield BadRequest("NaN", 400, code, written("mileage", "NaN"))
    yield BadRequest("Infinity", 400, code, written("mileage", "-Infinity"))
    # More than a double holds; most readers make infinity of it.
    yield BadRequest("1e400", 400, code, written("mileage", "1e400"))
    # Half of a pair: cannot be written as UTF-8 again.
    yield BadRequest("lone surrogate", 400, code, written("model_key", r'"Au\ud800di"'))
    yield BadRequest("lone surrogate in raw bytes", 400, code, written("model_key", '"Au\ud800di"'))
    yield BadRequest("empty body", 400, code, b"")
    yield BadRequest("blank body", 400, code, b" \r\n\t ")
    yield BadRequest("cut short", 400, code, EXAMPLE_BODY[:-20])
    yield BadRequest("two objects", 400, code, EXAMPLE_BODY * 2)
    yield BadRequest("single quotes", 400, code, EXAMPLE_BODY.replace(b'"', b"'"))
    yield BadRequest("trailing comma", 400, code, EXAMPLE_BODY[:-1] + b",}")
    yield BadRequest("comment", 400, code, b"/* a car */" + EXAMPLE_BODY)
    yield BadRequest("leading zero", 400, code, written("mileage", "0150000"))
    yield BadRequest("hexadecimal", 400, code, written("mileage", "0x10"))
    yield BadRequest("control character as it is", 400, code, written("model_key", '"Au\x07di"'))
    # JSON is UTF-8 (RFC 8259, section 8.1), without a byte order mark.
    yield BadRequest("UTF-16", 400, code, EXAMPLE_BODY.decode().encode("utf-16"))
    yield BadRequest("byte order mark", 400, code, b"\xef\xbb\xbf" + EXAMPLE_BODY)
    yield BadRequest("Latin-1", 400, code, written("model_key", '"Citroën"').decode().encode("latin-1"))
    yield BadRequest("decimal comma", 400, code, written("mileage", "150000,0"))
    yield BadRequest("grouped digits", 400, code, written("mileage", "150 000"))
    # Would exhaust the stack of a reader that descends.
    yield BadRequest("nested 10,000 deep", 400, code, b"[" * 10_000 + b"]" * 10_000)
    yield BadRequest("not even close", 400, code, b"\x00\xff\xfe\x80" * 1_000)
    yield BadRequest("70 KiB", 413, "input.too_large", EXAMPLE_BODY + b" " * (70 << 10))


def _wrong_bodies() -> Iterator[BadRequest]:
    yield BadRequest("list for an object", 422, "input.not_an_object", b"[%s]" % EXAMPLE_BODY)
    yield BadRequest("null for an object", 422, "input.not_an_object", b"null")
    yield BadRequest("text for an object", 422, "input.not_an_object", b'"car"')
    yield BadRequest("empty object", 422, "input.missing_field", b"{}", pointer="/model_key")
    yield BadRequest("missing field", 422, "input.missing_field", without("fuel"), pointer="/fuel")
    yield BadRequest("unknown field", 422, "input.unknown_field", body_with(age=3), pointer="/age")
    # Names are exact in JSON; only the header of a file is forgiving.
    yield BadRequest("name in capitals", 422, "input.unknown_field", body_with(Mileage=1), pointer="/Mileage")
    yield BadRequest("empty name", 422, "input.unknown_field", body_with(**{"": 1}), pointer="/")
    yield BadRequest(
        "slash and tilde in a name", 422, "input.unknown_field", body_with(**{"a/b~c": 1}), pointer="/a~1b~0c"
    )
    many = {f"field_{index}": index for index in range(3_000)}
    yield BadRequest(
        "3,000 unknown fields", 422, "input.unknown_field", body_with(**many), pointer="/field_0"
    )
    # Readers of JSON disagree about which one counts.
    twice = EXAMPLE_BODY[:-1] + b', "mileage": -1}'
    yield BadRequest("field twice", 422, "input.repeated_field", twice, pointer="/mileage")
    same = EXAMPLE_BODY[:-1] + EXAMPLE_BODY.replace(b"{", b",", 1)
    yield BadRequest("every field twice", 422, "input.repeated_field", same, pointer="/fuel")
    yield BadRequest(
        "word for a boolean",
        422,
        "rental.has_gps_not_a_boolean",
        body_with(has_gps="yes"),
        pointer="/has_gps",
    )
    yield BadRequest(
        "1 for a boolean", 422, "rental.has_gps_not_a_boolean", body_with(has_gps=1), pointer="/has_gps"
    )
    yield BadRequest(
        "null for a boolean", 422, "rental.has_gps_not_a_boolean", body_with(has_gps=None), pointer="/has_gps"
    )
    for name, value in {
        "true": True,
        "text": "100",
        "null": None,
        "object": {"value": 100},
        "list": [100],
        "formula": "=1+1",
        # What a file may say: in JSON a number is a number, and only null is unknown.
        "grouped digits": "150.000",
        "digits and a comma": "150,000",
        "digits and a space": "150 000",
        "decimal comma": "150000,0",
        "NA": "NA",
        "dash": "-",
        "error of a formula": "#N/A",
    }.items():
        yield _bad_number(f"{name} for a number", "not_a_number", value)
    deep: Any = 1
    for _ in range(500):  # what the reader of JSON still takes
        deep = [deep]
    yield _bad_number("nested 500 deep for a number", "not_a_number", deep)
    yield _bad_number("half a kilometer", "not_whole", 150_000.5)
    yield _bad_number("less than nothing", "out_of_range", -64)  # stands in the real table
    yield _bad_number("past the last odometer", "out_of_range", 1_500_001)
    yield _bad_number("30 digits", "out_of_range", 10**30)
    yield _bad_number("largest double", "out_of_range", 1.7e308)
    power = "rental.engine_power_out_of_range"
    # stands in the real table
    yield BadRequest("no power", 422, power, body_with(engine_power=0), pointer="/engine_power")
    yield BadRequest("smallest double", 422, power, body_with(engine_power=5e-324), pointer="/engine_power")
    yield BadRequest("number for a word", 422, "rental.fuel_not_text", body_with(fuel=1), pointer="/fuel")
    yield BadRequest("misspelled fuel", 422, "rental.unknown_fuel", body_with(fuel="dissel"), pointer="/fuel")
    yield BadRequest("empty fuel", 422, "rental.unknown_fuel", body_with(fuel=""), pointer="/fuel")
    yield BadRequest(
        "60 KiB of fuel", 422, "rental.unknown_fuel", body_with(fuel="x" * (60 << 10)), pointer="/fuel"
    )
    for name, make in {
        "NUL": "Au\0di",
        "control character": "Au\x07di",
        "no letter": "",
        "only spaces": "   ",
        "65 letters": "x" * 65,
    }.items():
        yield BadRequest(
            f"make with {name}",
            422,
            "rental.model_key_not_plain",
            body_with(model_key=make),
            pointer="/model_key",
        )


def _bad_number(name: str, what: str, value: Any) -> BadRequest:
    return BadRequest(name, 422, f"rental.mileage_{what}", body_with(mileage=value), pointer="/mileage")


def _odd_and_right() -> Iterator[BadRequest]:
    yield BadRequest("whole number as a float", 200, "", written("mileage", "1.5e5"))
    yield BadRequest("minus zero", 200, "", written("mileage", "-0.0"))
    yield BadRequest("make in another script", 200, "", body_with(model_key="トヨタ 🚗"))
    yield BadRequest("statement as a make", 200, "", body_with(model_key="'; DROP TABLE decisions; --"))
    yield BadRequest("spaces around", 200, "", b" \r\n\t" + EXAMPLE_BODY + b"\n")
    yield BadRequest("unknown parameter", 200, "", EXAMPLE_BODY, path="/rental/price?colour=blue")
    # There is one way to answer a price; a file has three.
    yield BadRequest("Accept that is not JSON", 200, "", EXAMPLE_BODY, headers=(("Accept", "image/png"),))
    yield BadRequest(
        "media type with a charset",
        200,
        "",
        EXAMPLE_BODY,
        headers=(("Content-Type", f"{JSON}; charset=utf-8"),),
    )
    yield BadRequest(
        "request id of 1,000 letters", 200, "", EXAMPLE_BODY, headers=(("X-Request-ID", "x" * 1_000),)
    )
    yield BadRequest(
        "request id with quotes", 200, "", EXAMPLE_BODY, headers=(("X-Request-ID", '"><script>'),)
    )
    for name, headers in {
        "no encoding": (("Content-Encoding", "identity"),),
        "leave to go on": (("Expect", "100-continue"),),
        "an upgrade that is not offered": (("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")),
        "an origin without CORS": (("Origin", "https://other.example"),),
        "an empty token beside the key": (("Authorization", ""),),
        "an empty key beside a token": (("X-API-Key", ""), ("Authorization", "Bearer @admin")),
        "two spaces after Bearer": (("X-API-Key", None), ("Authorization", "Bearer  @admin")),
    }.items():
        yield BadRequest(name, 200, "", EXAMPLE_BODY, headers=headers)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(EXAMPLE_BODY), EXAMPLE_BODY)
    chunks = (("Content-Length", None), ("Transfer-Encoding", "chunked"))
    yield BadRequest("body in chunks", 200, "", chunked, headers=chunks)
    absolute = "http://localhost/rental/price"  # as a proxy is asked
    yield BadRequest("address in full", 200, "", EXAMPLE_BODY, path=absolute)
    for flag in ("False", "TRUE"):
        yield BadRequest(f"explain={flag}", 200, "", EXAMPLE_BODY, path=f"/rental/price?explain={flag}")
    yield BadRequest(
        "list without reasons", 200, "", b"[%s]" % EXAMPLE_BODY, path="/rental/prices?explain=false"
    )
    # In JSON a point is a decimal point, whatever stands behind it.
    yield BadRequest("three zeros behind the point", 200, "", written("mileage", "150.000"))


def _bad_headers() -> Iterator[BadRequest]:
    media = "input.unsupported_media_type"
    yield BadRequest("no content type", 415, media, EXAMPLE_BODY, headers=(("Content-Type", None),))
    yield BadRequest("plain text", 415, media, EXAMPLE_BODY, headers=(("Content-Type", "text/plain"),))
    form = "application/x-www-form-urlencoded"  # what curl -d sends when nobody says otherwise
    yield BadRequest("web form", 415, media, EXAMPLE_BODY, headers=(("Content-Type", form),))
    two = (("Content-Type", "text/plain"), ("Content-Type", JSON))  # the first one counts
    yield BadRequest("two content types", 415, media, EXAMPLE_BODY, headers=two)
    yield BadRequest(
        "endless content type", 415, media, EXAMPLE_BODY, headers=(("Content-Type", "a/" + "b" * 10_000),)
    )
    # Refused by the HTTP parser, before any route is known.
    malformed = "http.malformed"
    split = (("X-Request-ID", "one\ntwo three"),)
    yield BadRequest("request id with a new line", 400, malformed, EXAMPLE_BODY, headers=split)
    yield BadRequest("no such HTTP", 400, malformed, EXAMPLE_BODY, path="/rental/price HTTP/9.9\r\nX: y")
    for name, length in (("that is no number", "many"), ("below zero", "-1"), ("in hexadecimal", "0x10")):
        headers = (("Content-Length", length),)
        yield BadRequest(f"length {name}", 400, malformed, EXAMPLE_BODY, headers=headers)
    # Two readers would see two bodies: how requests are smuggled past a proxy.
    both = (("Content-Length", "3"), ("Transfer-Encoding", "chunked"))
    yield BadRequest("length and chunks", 400, malformed, b"0\r\n\r\n", headers=both)
    two_lengths = (("Content-Length", "3"), ("Content-Length", "4"))
    yield BadRequest("two lengths", 400, malformed, b"abcd", headers=two_lengths)
    chunks = (("Content-Length", None), ("Transfer-Encoding", "chunked"))
    yield BadRequest("chunk without its size", 400, malformed, EXAMPLE_BODY, headers=chunks)
    yield BadRequest("path beyond ASCII", 400, malformed, EXAMPLE_BODY, path="/rental/pr\xefce")
    large = (("X-Filler", "x" * (100 << 10)),)
    yield BadRequest("100 KiB of one header", 431, "http.head_too_large", EXAMPLE_BODY, headers=large)
    many = tuple((f"X-Filler-{number}", "x" * 50) for number in range(1_200))
    yield BadRequest("1,200 headers", 431, "http.head_too_large", EXAMPLE_BODY, headers=many)
    yield BadRequest("70 KiB of path", 431, "http.head_too_large", EXAMPLE_BODY, path="/" + "x" * (70 << 10))
    encoding = "input.unsupported_encoding"
    for name in ("gzip", "br", "deflate", "gzip, identity", "x" * 200):
        headers = (("Content-Encoding", name),)
        yield BadRequest(f"body in {name[:20]}", 415, encoding, b"\x1f\x8b\x08", headers=headers)


def _bad_credentials() -> Iterator[BadRequest]:
    for name, code, headers in (
        ("no key", "auth.missing", {}),
        ("empty key", "auth.missing", {"X-API-Key": ""}),
        ("word as a key", "auth.key_malformed", {"X-API-Key": "secret"}),
        ("key that is cut short", "auth.key_malformed", {"X-API-Key": "@cut_short"}),
        ("key with a typing error", "auth.key_malformed", {"X-API-Key": "@mistyped"}),
        ("key with letters beyond ASCII", "auth.key_malformed", {"X-API-Key": "dt_löcal"}),
        ("key of another installation", "auth.key_unknown", {"X-API-Key": "@foreign"}),
        # The id is not secret: with another secret behind it the key is another one.
        ("known id with another secret", "auth.key_unknown", {"X-API-Key": "@borrowed_id"}),
        ("revoked key", "auth.key_ended", {"X-API-Key": "@revoked"}),
        ("expired key", "auth.key_ended", {"X-API-Key": "@expired"}),
        ("password", "auth.missing", {"Authorization": "Basic YWRtaW46YWRtaW4="}),
        ("bearer of nothing", "auth.missing", {"Authorization": "Bearer"}),
        ("bearer of garbage", "auth.token_invalid", {"Authorization": "Bearer abc.def.ghi"}),
        ("expired token", "auth.token_expired", {"Authorization": "Bearer @expired_token"}),
        ("unsigned token", "auth.token_invalid", {"Authorization": "Bearer @unsigned_token"}),
        ("token with another signature", "auth.token_invalid", {"Authorization": "Bearer @forged_token"}),
        ("token that never ends", "auth.token_invalid", {"Authorization": "Bearer @endless_token"}),
        ("token with padding", "auth.token_invalid", {"Authorization": "Bearer @good_token="}),
        (
            "good key beside a bad token",
            "auth.ambiguous",
            {"X-API-Key": "@admin", "Authorization": "Bearer bad"},
        ),
        (
            "bad key beside a good token",
            "auth.ambiguous",
            {"X-API-Key": "bad", "Authorization": "Bearer @good_token"},
        ),
        ("token of a revoked key", "auth.key_ended", {"Authorization": "Bearer @orphaned_token"}),
        (
            "good key beside a good token",
            "auth.ambiguous",
            {"X-API-Key": "@admin", "Authorization": "Bearer @admin"},
        ),
    ):
        given = tuple({"X-API-Key": None, **headers}.items())
        yield BadRequest(name, 401, code, EXAMPLE_BODY, headers=given)
    for name, first, second in (
        ("good key before a bad one", "@admin", "bad"),
        ("bad key before a good one", "bad", "@admin"),
        ("two good keys", "@admin", "@viewer"),
    ):
        two = (("X-API-Key", first), ("X-API-Key", second))
        yield BadRequest(name, 401, "auth.ambiguous", EXAMPLE_BODY, headers=two)
    yield BadRequest(
        "key in the address",
        401,
        "auth.missing",
        EXAMPLE_BODY,
        path="/rental/price?api_key=secret",
        headers=(("X-API-Key", None),),
    )
    scope = "auth.scope_missing"
    yield BadRequest("key without the scope", 403, scope, EXAMPLE_BODY, headers=(("X-API-Key", "@viewer"),))
    # A scope in the token that its key does not have counts for nothing.
    boasting = (("X-API-Key", None), ("Authorization", "Bearer @boasting_token"))
    yield BadRequest("token that claims more than its key", 403, scope, EXAMPLE_BODY, headers=boasting)


def _bad_addresses() -> Iterator[BadRequest]:
    parameter = "input.invalid_parameter"
    yield BadRequest(
        "explain=maybe", 422, "input.bool_parsing", EXAMPLE_BODY, path="/rental/price?explain=maybe"
    )
    yield BadRequest("mode=nonsense", 422, parameter, b"[]", path="/rental/prices?mode=nonsense")
    yield BadRequest(
        "mode=nonsense for a file", 422, parameter, b"x", path="/rental/prices/file?mode=nonsense"
    )
    for name, flags in (("nothing", "explain="), ("both", "explain=true&explain=false")):
        path = f"/rental/price?{flags}"
        yield BadRequest(f"explain={name}", 422, "input.bool_parsing", EXAMPLE_BODY, path=path)
    for name, path, body in (("a list", "/rental/prices", b"[]"), ("a file", "/rental/prices/file", b"x")):
        path = f"{path}?explain=true"
        yield BadRequest(f"reasons for {name}", 422, "input.not_explained", body, path=path)
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        yield BadRequest(f"{method} for POST", 405, "http.method_not_allowed", EXAMPLE_BODY, method=method)
    yield BadRequest("POST for GET", 405, "http.method_not_allowed", b"{}", path="/health")
    # The HTTP parser knows the registered methods.
    yield BadRequest("invented method", 400, "http.malformed", EXAMPLE_BODY, method="PREDICT")
    for name, path in {
        "unknown route": "/rental/prize",
        "slash at the end": "/rental/price/",
        "two slashes": "//rental//price",
        "way out": "/rental/../../etc/passwd",
        "encoded way out": "/rental/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "NUL in the path": "/rental/price%00",
        "8 KiB of path": "/" + "x" * (8 << 10),
    }.items():
        yield BadRequest(name, 404, "http.no_such_route", EXAMPLE_BODY, path=path)


def _bad_lookups() -> Iterator[BadRequest]:
    missing = "ledger.decision_not_found"
    yield BadRequest("decision that is no id", 404, missing, method="GET", path="/decisions/not-a-uuid")
    yield BadRequest("decision nobody made", 404, missing, method="GET", path=f"/decisions/{UNKNOWN_ID}")
    yield BadRequest("decision with NUL", 404, missing, method="GET", path="/decisions/%00")
    outcome = {"name": "agreed_price_per_day_eur", "value": 112.0}
    path = f"/decisions/{UNKNOWN_ID}/outcome"
    yield BadRequest("outcome of no decision", 404, missing, json.dumps(outcome).encode(), path=path)
    for name, code, changed in (
        ("outcome without a value", "input.float_type", {"value": None}),
        ("outcome as text", "input.float_type", {"value": "112"}),
        ("outcome as a boolean", "input.float_type", {"value": True}),
        ("outcome with spaces in its name", "input.string_pattern_mismatch", {"name": "agreed price"}),
        ("outcome without a zone", "input.bad_instant", {"observed_at": "2026-05-01T09:30:00"}),
        ("outcome on no day", "input.bad_instant", {"observed_at": "2026-02-30T09:30:00Z"}),
        ("outcome before all days", "input.bad_instant", {"observed_at": "0001-01-01T00:00:00+23:59"}),
        ("outcome with an unknown field", "input.extra_forbidden", {"who": "me"}),
    ):
        yield BadRequest(name, 422, code, json.dumps({**outcome, **changed}).encode(), path=path)
    yield BadRequest(
        "token for a wrong key", 401, "auth.key_malformed", b'{"api_key": "admin"}', path="/token"
    )
    yield BadRequest("token for nothing", 422, "input.missing", b"{}", path="/token", pointer="/api_key")
    for what in ("", "/versions", "/history"):
        yield BadRequest(
            f"unknown model{what}", 404, "model.not_found", method="GET", path=f"/models/nonsense{what}"
        )
    promote, rollback = f"/models/{MODEL}/promote", f"/models/{MODEL}/rollback"
    because = {"reason": "a test"}
    for name, status, code, path, body in (
        (
            "promote an unknown model",
            404,
            "model.not_found",
            "/models/nonsense/promote",
            {"version": "1", **because},
        ),
        (
            "promote an unknown version",
            404,
            "model.version_not_found",
            promote,
            {"version": "999", **because},
        ),
        ("promote what is live", 409, "model.already_live", promote, {"version": "1", **because}),
        ("promote version abc", 422, "input.string_pattern_mismatch", promote, {"version": "abc", **because}),
        ("promote version 1 as a number", 422, "input.string_type", promote, {"version": 1, **because}),
        ("promote without a reason", 422, "input.missing", promote, {"version": "1"}),
        ("roll back to nothing", 409, "model.no_earlier_champion", rollback, because),
        ("roll back an unknown model", 404, "model.not_found", "/models/nonsense/rollback", because),
    ):
        yield BadRequest(name, status, code, json.dumps(body).encode(), path=path)


def _other_contracts() -> Iterator[BadRequest]:
    """Instants, optional fields and open lists, which a rental price does not have."""
    trip = {"pickup_community_area": 8, "dropoff_community_area": 32}
    wrong = "trips.trip_start_timestamp_not_an_instant"
    for started_at, status in (
        ("20220516T214500Z", 200),
        ("2022-05-16T21:45:00 UTC", 200),
        ("2022-05-16T16:45:00-05:00", 200),
        ("2022-05-16T16:45", 422),  # only a table may leave the zone out
        ("5/16/2022 16:45", 422),
        ("2022-05-16", 422),
        ("", 422),
        ("NA", 422),
    ):
        body = json.dumps({**trip, "trip_start_timestamp": started_at}).encode()
        code = "" if status == 200 else wrong
        yield BadRequest(f"trip at {started_at!r}", status, code, body, path="/trips/duration")
    car = {**USED_CAR.example()}
    size = "engine_size_l"
    for name, status, code, changed in (
        ("unknown size", 200, "", {size: None}),
        ("size NA", 422, f"resale.{size}_not_a_number", {size: "NA"}),
        ("size with a comma", 422, f"resale.{size}_not_a_number", {size: "1,6"}),
        ("misnamed size", 422, "input.unknown_field", {"engine_size": 1.6}),
        ("make in another spelling", 200, "", {"make": "MERCEDES BENZ", "model": "c-class"}),
        ("make nobody knows", 200, "", {"make": "Tesler"}),
        ("make of spaces", 422, "resale.make_not_plain", {"make": "  "}),
    ):
        body = json.dumps({**car, **changed}).encode()
        yield BadRequest(f"used car, {name}", status, code, body, path="/resale/used/uk/value")


def _bad_lists() -> Iterator[BadRequest]:
    path, partial = "/rental/prices", "/rental/prices?mode=partial"
    good, bad = EXAMPLE_BODY, body_with(mileage=-64)
    yield BadRequest("empty list", 422, "input.no_rows", b"[]", path=path)
    yield BadRequest("object for a list", 422, "input.not_a_list", good, path=path)
    yield BadRequest(
        "10,001 rows", 413, "input.too_many_rows", b"[%s]" % b",".join([good] * 10_001), path=path
    )
    yield BadRequest("17 MiB of list", 413, "input.too_large", b"[" + b" " * (17 << 20) + b"]", path=path)
    broken = b"[%s,%s,%s]" % (good, bad, good)
    yield BadRequest(
        "one bad row", 422, "rental.mileage_out_of_range", broken, path=path, pointer="/1/mileage"
    )
    yield BadRequest("one bad row, row by row", 200, "", broken, path=partial)
    yield BadRequest(
        "no good row, row by row", 422, "rental.mileage_out_of_range", b"[%s]" % bad, path=partial
    )
    yield BadRequest("numbers for objects", 422, "input.not_an_object", b"[1,2]", path=path, pointer="/1")
    yield BadRequest("list cut short", 400, "input.not_json", broken[:-1], path=path)
    yield BadRequest(
        "list without the scope",
        403,
        "auth.scope_missing",
        broken,
        path=path,
        headers=(("X-API-Key", "@viewer"),),
    )


REQUESTS: tuple[BadRequest, ...] = (
    *_unreadable_bodies(),
    *_wrong_bodies(),
    *_odd_and_right(),
    *_bad_headers(),
    *_bad_credentials(),
    *_bad_addresses(),
    *_bad_lookups(),
    *_other_contracts(),
    *_bad_lists(),
)
"""Every case."""
