"""Sending webhooks: whom the sender asks, and above all whom it does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.support.certificates import Certificates, certificates_for
from tests.support.hook_receiver import HookReceiver, hook_receiver

from drivetrain.accounts.notifications.adapters.sender import HttpWebhookSender
from drivetrain.accounts.notifications.application.ports import WebhookAnswer
from drivetrain.adapters.outgoing.public_http import Resolve
from drivetrain.core.addresses import Address
from drivetrain.core.endpoints import Endpoint

HEADERS = {"webhook-id": "1"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_for("hooks.example", tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with hook_receiver() as receiver:
        yield receiver


def resolving(*texts: str) -> Resolve:
    """A name server with one answer."""

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(text) for text in texts]

    return resolve


def post(
    port: int, *addresses: str, scheme: str = "http", allow_loopback: bool = True, **others: object
) -> WebhookAnswer:
    sender = HttpWebhookSender(allow_loopback=allow_loopback, resolve=resolving(*addresses), **others)  # type: ignore[arg-type]
    return sender.post(Endpoint(scheme, "hooks.example", port, "/hooks?a=%2F..%2F"), HEADERS, b'{"a":1}')


def test_a_receiver_gets_the_body_under_its_own_name(receiver: HookReceiver) -> None:
    assert post(receiver.port, "127.0.0.1") == WebhookAnswer(204, "")
    (hook,) = receiver.hooks
    assert hook.body == b'{"a":1}'
    assert hook.path == "/hooks?a=%2F..%2F"
    assert hook.headers["Host"] == f"hooks.example:{receiver.port}"
    assert hook.headers["webhook-id"] == "1"
    assert hook.headers["Content-Type"] == "application/json"
    assert "Cookie" not in hook.headers


def test_the_certificate_is_that_of_the_name_and_not_of_the_address(certificates: Certificates) -> None:
    with hook_receiver(certificates.server) as receiver:
        answer = post(receiver.port, "127.0.0.1", scheme="https", trust=certificates.client)
    assert answer.is_accepted
    assert len(receiver.hooks) == 1


def test_a_certificate_of_another_name_is_not_trusted(tmp_path: Path) -> None:
    other = certificates_for("other.example", tmp_path)
    with hook_receiver(other.server) as receiver:
        answer = post(receiver.port, "127.0.0.1", scheme="https", trust=other.client)
    assert answer == WebhookAnswer(0, "The certificate of the host cannot be trusted.")
    assert receiver.hooks == []


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("::ffff:127.0.0.1",),
        ("1.1.1.1", "127.0.0.1"),  # one that is open does not open the other
        (),
    ],
)
def test_an_address_that_is_closed_is_not_asked(addresses: tuple[str, ...], receiver: HookReceiver) -> None:
    answer = post(receiver.port, *addresses, allow_loopback=False)
    assert answer == WebhookAnswer(0, "The host has an address that is not on the public internet.")
    assert receiver.hooks == []


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"])
def test_the_setting_of_development_opens_this_machine_alone(address: str, receiver: HookReceiver) -> None:
    assert not post(receiver.port, address).is_accepted
    assert not post(receiver.port, "127.0.0.1", address).is_accepted
    assert receiver.hooks == []


def test_a_name_is_resolved_once(receiver: HookReceiver) -> None:
    """A second look could give another address than the one that was checked."""
    looks = []

    async def resolve(host: str, _port: int) -> Sequence[Address]:
        looks.append(host)
        return [ip_address("127.0.0.1" if len(looks) == 1 else "10.0.0.1")]

    sender = HttpWebhookSender(allow_loopback=True, resolve=resolve)
    assert sender.post(Endpoint("http", "hooks.example", receiver.port, "/"), {}, b"{}").is_accepted
    assert looks == ["hooks.example"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, receiver: HookReceiver) -> None:
    with hook_receiver() as inside:
        receiver.status, receiver.headers = status, {"Location": inside.url}
        answer = post(receiver.port, "127.0.0.1")
    assert answer == WebhookAnswer(status, f"The receiver answered {status}; redirects are not followed.")
    assert inside.hooks == []


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_a_refusal_is_told(status: int, receiver: HookReceiver) -> None:
    receiver.status = status
    assert post(receiver.port, "127.0.0.1") == WebhookAnswer(status, f"The receiver answered {status}.")


def test_the_next_address_is_tried_where_one_cannot_be_reached(receiver: HookReceiver) -> None:
    assert post(receiver.port, "127.0.0.2", "127.0.0.1").is_accepted
    assert len(receiver.hooks) == 1


def test_a_long_answer_is_not_read_to_its_end(receiver: HookReceiver) -> None:
    receiver.status, receiver.answer = 200, b"x" * 50_000_000
    assert post(receiver.port, "127.0.0.1").is_accepted


def test_a_slow_receiver_is_left(receiver: HookReceiver) -> None:
    receiver.delay_s = 1.0
    answer = post(receiver.port, "127.0.0.1", total_s=0.2)
    assert answer == WebhookAnswer(0, "There was no answer within 0.2 s.")


def test_a_receiver_that_is_away_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(port, "127.0.0.1") == WebhookAnswer(0, "The host cannot be reached.")


def test_what_is_no_http_is_told(receiver: HookReceiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        answered = post(server.getsockname()[1], "127.0.0.1")
        thread.join()
    assert answered == WebhookAnswer(0, "The connection was lost, or the answer is no HTTP.")


def test_a_name_that_cannot_be_resolved_is_told() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        raise socket.gaierror(-2, "unknown")

    answer = HttpWebhookSender(resolve=resolve).post(Endpoint("https", "x.invalid", 443, "/"), {}, b"")
    assert answer == WebhookAnswer(0, "The host cannot be resolved.")


def test_the_system_resolves_names_of_this_machine(receiver: HookReceiver) -> None:
    sender = HttpWebhookSender(allow_loopback=True)
    assert sender.post(Endpoint("http", "localhost", receiver.port, "/"), {}, b"{}").is_accepted
    assert (
        not HttpWebhookSender().post(Endpoint("http", "localhost", receiver.port, "/"), {}, b"{}").is_accepted
    )
    assert len(receiver.hooks) == 1


@pytest.mark.parametrize("writing", ["0x7f.1", "2130706433", "127.1", "0177.0.0.1"])
def test_other_writings_of_loopback_are_resolved_and_refused(writing: str, receiver: HookReceiver) -> None:
    answer = HttpWebhookSender().post(Endpoint("http", writing, receiver.port, "/"), {}, b"{}")
    assert not answer.is_accepted
    assert receiver.hooks == []


def test_proxies_of_the_environment_are_not_used(
    receiver: HookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would resolve the name once more, and reach what we may not."""
    with hook_receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.port, "127.0.0.1").is_accepted
    assert proxy.hooks == []
