"""Secrets are made once, kept private, and a damaged one is an error and not a new one."""

from __future__ import annotations

import stat

import pytest

from drivetrain.adapters.disk.secrets import Ed25519Signer, Ed25519Verifier, secret
from drivetrain.core.errors import UnavailableError


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestSecret:
    def test_a_secret_is_the_same_ever_after(self, tmp_path):
        assert secret(tmp_path, "pepper") == secret(tmp_path, "pepper")
        assert len(secret(tmp_path, "pepper")) == 32

    def test_secrets_of_different_names_and_homes_differ(self, tmp_path):
        found = {secret(tmp_path, "pepper"), secret(tmp_path, "tokens"), secret(tmp_path / "other", "pepper")}
        assert len(found) == 3

    def test_only_the_owner_can_read_it(self, tmp_path):
        secret(tmp_path, "pepper")
        assert mode(tmp_path / "secrets" / "pepper.key") == 0o600
        assert mode(tmp_path / "secrets") == 0o700

    @pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
    def test_a_damaged_secret_is_not_replaced_by_a_new_one(self, tmp_path, content):
        secret(tmp_path, "pepper")
        path = tmp_path / "secrets" / "pepper.key"
        path.write_bytes(content)
        with pytest.raises(UnavailableError, match="backup"):
            secret(tmp_path, "pepper")
        assert path.read_bytes() == content

    def test_a_home_that_cannot_be_written_is_said_so(self, tmp_path):
        (tmp_path / "home").write_text("a file, not a folder")
        with pytest.raises(UnavailableError, match=r"pepper\.key"):
            secret(tmp_path / "home", "pepper")

    def test_the_sentence_never_holds_the_secret(self, tmp_path):
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "pepper.key").write_bytes(b"hunter2")
        with pytest.raises(UnavailableError) as refused:
            secret(tmp_path, "pepper")
        assert "hunter2" not in refused.value.detail


class TestSigning:
    def test_what_was_signed_is_genuine_and_nothing_else(self, tmp_path):
        signature = Ed25519Signer(tmp_path).sign(b"manifest")
        verifier = Ed25519Verifier(tmp_path)
        assert verifier.is_genuine(b"manifest", signature)
        assert not verifier.is_genuine(b"manifesT", signature)
        assert not verifier.is_genuine(b"manifest", bytes(64))

    @pytest.mark.parametrize("signature", [b"", b"x", bytes(63), bytes(65), bytes(1 << 20)])
    def test_a_signature_of_another_length_is_not_genuine(self, tmp_path, signature):
        Ed25519Signer(tmp_path)
        assert not Ed25519Verifier(tmp_path).is_genuine(b"manifest", signature)

    def test_a_second_signer_of_the_home_is_the_same_one(self, tmp_path):
        signature = Ed25519Signer(tmp_path).sign(b"manifest")
        assert Ed25519Signer(tmp_path).sign(b"manifest") == signature  # Ed25519 is deterministic

    def test_another_installation_signs_differently(self, tmp_path):
        Ed25519Signer(tmp_path)
        assert not Ed25519Verifier(tmp_path).is_genuine(b"m", Ed25519Signer(tmp_path / "other").sign(b"m"))

    def test_verifying_needs_the_public_key_only(self, tmp_path):
        signature = Ed25519Signer(tmp_path).sign(b"manifest")
        (tmp_path / "secrets" / "signing.key").unlink()
        assert Ed25519Verifier(tmp_path).is_genuine(b"manifest", signature)

    def test_a_missing_or_damaged_public_key_says_what_to_do(self, tmp_path):
        with pytest.raises(UnavailableError, match="drivetrain up"):
            Ed25519Verifier(tmp_path)
        Ed25519Signer(tmp_path)
        (tmp_path / "secrets" / "signing.pub").write_bytes(b"short")
        with pytest.raises(UnavailableError, match="backup"):
            Ed25519Verifier(tmp_path)

    def test_a_private_key_without_its_public_one_is_refused_before_it_signs_what_nobody_can_check(
        self, tmp_path
    ):
        Ed25519Signer(tmp_path)
        # a new one is made, which signing.pub does not belong to
        (tmp_path / "secrets" / "signing.key").unlink()
        with pytest.raises(UnavailableError, match="not a pair"):
            Ed25519Signer(tmp_path)
