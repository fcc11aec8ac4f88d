"""A provider of OpenID Connect for tests: a real HTTP server on loopback with keys that rotate, and every way to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "drivetrain"
SECRET = "a secret: of the client"

Claims = dict[str, Any]


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A key to sign with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


FIRST_KEY, SECOND_KEY = new_key(), new_key()


@dataclass
class Login:
    """What the provider remembers of one authorization."""

    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class OidcServer:
    """The provider while it runs. Fields may be changed between two requests.

    Attributes:
        now_s: its clock, which is that of the test.
        person: claims about whoever signs in.
        keys: private keys by id; all are published.
        sign_with: id of the key for the next tokens.
        forge: makes the ID token out of its claims, in place of signing it.
        change: changes the claims of a token before it is signed.
        answers: whole answers by path, in place of its own: status, headers, body.
        delay_s: waits so long before every answer.
    """

    now_s: int
    port: int = 0
    person: Claims = field(default_factory=dict)
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {"first": FIRST_KEY})
    sign_with: str = "first"
    forge: Callable[[Claims], str] | None = None
    change: Callable[[Claims], None] = lambda claims: None
    answers: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    delay_s: float = 0.0
    requests: list[str] = field(default_factory=list)
    authorized: dict[str, Login] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign_in(self, url: str) -> Mapping[str, str]:
        """What a browser does that goes to ``url`` and whose person signs in: the parameters that it comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{self.issuer}/authorize?"), url
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.authorized[code] = Login(asked["nonce"], asked["code_challenge"], asked["redirect_uri"])
        return {"state": asked["state"], "code": code, "iss": self.issuer}

    def answer(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of an honest answer."""
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        if path == "/keys":
            return 200, {"keys": [self._published(kid, key) for kid, key in self.keys.items()]}
        if path == "/token":
            return self._tokens(form, headers)
        return 404, {"error": "not_found"}

    def _published(self, kid: str, key: rsa.RSAPrivateKey) -> Claims:
        public: Claims = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
        return {**public, "kid": kid, "use": "sig", "alg": "RS256"}

    def _tokens(self, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any]:
        login = self.authorized.pop(form.get("code", ""), None)  # good for one use
        named = urlencode({"": CLIENT_ID})[1:] + ":" + urlencode({"": SECRET})[1:]
        if headers.get("Authorization") != f"Basic {base64.b64encode(named.encode()).decode()}":
            return 401, {"error": "invalid_client"}
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_own = (
            login is not None
            and form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == login.redirect_uri
            and base64.urlsafe_b64encode(challenge).decode().rstrip("=") == login.challenge
        )
        if login is None or not is_own:
            return 400, {"error": "invalid_grant"}
        claims: Claims = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT_ID,
            "iat": self.now_s,
            "exp": self.now_s + 300,
            "nonce": login.nonce,
            **self.person,
        }
        self.change(claims)
        token = self.signed(claims) if self.forge is None else self.forge(claims)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def signed(self, claims: Claims, *, kid: str | None = None, key: Any = None, **header: Any) -> str:
        """An ID token by one of its keys."""
        name = kid or self.sign_with
        return jwt.encode(claims, key or self.keys[name], algorithm="RS256", headers={"kid": name, **header})


@contextmanager
def oidc_server(now_s: int) -> Iterator[OidcServer]:
    """Run a provider for as long as the block runs."""
    provider = OidcServer(now_s)

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            self._respond({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._respond({name: values[0] for name, values in parse_qs(body).items()})

        def _respond(self, form: Mapping[str, str]) -> None:
            path = urlsplit(self.path).path
            provider.requests.append(path)
            time.sleep(provider.delay_s)
            headers: Mapping[str, str] = {"Content-Type": "application/json"}
            content = b""
            if path in provider.answers:
                status, headers, content = provider.answers[path]
            elif path == "/authorize":  # somebody who is signed in there already, and agrees
                returned = provider.sign_in(provider.issuer + self.path)
                redirect_uri = provider.authorized[returned["code"]].redirect_uri
                status, headers = 302, {"Location": f"{redirect_uri}?{urlencode(returned)}"}
            else:
                status, answer = provider.answer(path, form, self.headers)
                content = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            try:
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # whoever asked has heard enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at the requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
