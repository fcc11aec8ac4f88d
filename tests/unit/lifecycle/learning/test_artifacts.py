"""Files that are not exactly what was signed here for this model and version are refused, whatever was done to them."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
from pathlib import Path
from random import Random

import pytest
from tests.support.mutations import contents, replace_contents, spoiled

from drivetrain.lifecycle.learning import artifacts
from drivetrain.lifecycle.learning.artifacts import (
    MANIFEST,
    SIGNATURE,
    ArtifactRefusedError,
    read_artifact,
    write_artifact,
)

FILES = {"point.txt": b"tree\nversion=v4\n", "model.json": b'{"floor": 1.5}', "empty.txt": b""}


class Key:
    """Signs and checks with a shared secret, as the installation does with its pair of keys."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self._secret, message, hashlib.sha256)

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(self.sign(message), signature)


OURS, THEIRS = Key(b"ours"), Key(b"theirs")


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "version"


@pytest.fixture
def identity(folder) -> str:
    return write_artifact(folder, FILES, {"model": "rental-price"}, OURS)


def read(folder: Path, identity: str, *, model: str = "rental-price", verifier: Key = OURS):
    return read_artifact(folder, model=model, manifest_sha256=identity, verifier=verifier)


def assert_refused(folder: Path, identity: str, **changed: object) -> None:
    with pytest.raises(ArtifactRefusedError) as refused:
        read(folder, identity, **changed)
    assert refused.value.code == "model.artifact_refused"


class TestGenuineFiles:
    def test_what_was_written_is_read_back(self, folder, identity):
        assert read(folder, identity) == FILES

    def test_the_identity_is_the_digest_of_the_manifest(self, folder, identity):
        assert identity == hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()

    def test_equal_contents_have_one_identity_and_any_difference_another(self, folder, identity, tmp_path):
        same = write_artifact(
            tmp_path / "same", dict(reversed(FILES.items())), {"model": "rental-price"}, OURS
        )
        other = write_artifact(
            tmp_path / "other", {**FILES, "empty.txt": b" "}, {"model": "rental-price"}, OURS
        )
        assert same == identity != other

    def test_a_folder_that_holds_something_already_is_not_written_into(self, folder, identity):
        with pytest.raises(FileExistsError):
            write_artifact(folder, FILES, {"model": "rental-price"}, OURS)


class TestChangedBytes:
    def test_every_flipped_byte_of_every_file_is_refused(self, folder, identity):
        flipped = 0
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            for at in range(len(content)):
                path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
                assert_refused(folder, identity)
                flipped += 1
            path.write_bytes(content)
        assert flipped > 400
        assert read(folder, identity) == FILES  # each flip was undone: it was the flip that was refused

    @pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
    def test_a_byte_more_is_refused(self, folder, identity, name):
        (folder / name).write_bytes((folder / name).read_bytes() + b"\0")
        assert_refused(folder, identity)

    @pytest.mark.parametrize("name", ["point.txt", "model.json", MANIFEST, SIGNATURE])
    def test_a_cut_file_is_refused(self, folder, identity, name):
        (folder / name).write_bytes((folder / name).read_bytes()[:-1])
        assert_refused(folder, identity)

    def test_files_that_changed_names_are_refused(self, folder, identity):
        (folder / "point.txt").rename(folder / "x")
        (folder / "model.json").rename(folder / "point.txt")
        (folder / "x").rename(folder / "model.json")
        assert_refused(folder, identity)


class TestOddFolders:
    @pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
    def test_a_missing_file_is_refused(self, folder, identity, name):
        (folder / name).unlink()
        assert_refused(folder, identity)

    @pytest.mark.parametrize("name", ["more.txt", ".hidden", "model.json~"])
    def test_a_file_too_many_is_refused(self, folder, identity, name):
        (folder / name).write_bytes(b"")
        assert_refused(folder, identity)

    def test_a_folder_inside_is_refused(self, folder, identity):
        (folder / "inside").mkdir()
        assert_refused(folder, identity)

    def test_no_folder_is_refused(self, tmp_path, identity):
        assert_refused(tmp_path / "nowhere", identity)

    @pytest.mark.parametrize("name", [*FILES, MANIFEST, SIGNATURE])
    def test_a_link_is_refused_even_to_the_right_bytes(self, folder, identity, tmp_path, name):
        (folder / name).rename(tmp_path / "elsewhere")
        (folder / name).symlink_to(tmp_path / "elsewhere")
        assert_refused(folder, identity)

    @pytest.mark.parametrize("name", ["point.txt", MANIFEST])
    def test_a_pipe_is_refused_and_not_waited_for(self, folder, identity, name):
        (folder / name).unlink()
        os.mkfifo(folder / name)
        assert_refused(folder, identity)

    @pytest.mark.parametrize("name", ["point.txt", MANIFEST])
    def test_a_folder_in_the_place_of_a_file_is_refused(self, folder, identity, name):
        (folder / name).unlink()
        (folder / name).mkdir()
        assert_refused(folder, identity)


class TestOtherSignatures:
    def test_what_another_installation_signed_is_refused(self, folder):
        identity = write_artifact(folder, FILES, {"model": "rental-price"}, THEIRS)
        assert read(folder, identity, verifier=THEIRS) == FILES
        assert_refused(folder, identity)

    def test_the_signature_of_another_manifest_is_refused(self, folder, identity, tmp_path):
        write_artifact(tmp_path / "other", {"point.txt": b"x"}, {"model": "rental-price"}, OURS)
        shutil.copy(tmp_path / "other" / SIGNATURE, folder / SIGNATURE)
        assert_refused(folder, identity)

    def test_another_version_signed_here_is_not_the_one_that_was_registered(self, folder, identity, tmp_path):
        other = write_artifact(
            tmp_path / "other", {**FILES, "empty.txt": b"x"}, {"model": "rental-price"}, OURS
        )
        assert_refused(tmp_path / "other", identity)
        assert_refused(folder, other)

    def test_files_signed_for_another_model_are_refused(self, folder, identity):
        assert_refused(folder, identity, model="car-price")

    def test_a_manifest_that_names_no_model_is_refused(self, folder):
        assert_refused(folder, write_artifact(folder, FILES, {}, OURS))


class TestSignedButNotAllowed:
    """Even a signed manifest may not lead out of the folder or fill the memory."""

    def sign(self, folder: Path, seals: dict[str, object]) -> str:
        text = json.dumps({"model": "rental-price", "files": seals}).encode()
        (folder / MANIFEST).write_bytes(text)
        (folder / SIGNATURE).write_bytes(OURS.sign(text))
        return hashlib.sha256(text).hexdigest()

    @pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "inside/file", MANIFEST, SIGNATURE])
    def test_a_name_that_is_no_plain_file_of_the_folder_is_refused(self, folder, identity, name):
        seals = json.loads((folder / MANIFEST).read_bytes())["files"]
        assert_refused(folder, self.sign(folder, {**seals, name: seals["point.txt"]}))

    @pytest.mark.parametrize("size", [-1, artifacts.LARGEST_ARTIFACT + 1, 10**30, "1", None, True, 1.5])
    def test_a_size_beyond_the_limits_is_refused_without_reading(self, folder, identity, size):
        seals = json.loads((folder / MANIFEST).read_bytes())["files"]
        assert_refused(
            folder, self.sign(folder, {**seals, "point.txt": {**seals["point.txt"], "bytes": size}})
        )

    def test_a_huge_manifest_is_refused_without_hashing_it_whole(self, folder, identity):
        with (folder / MANIFEST).open("wb") as file:
            file.truncate(64 << 30)  # sparse: takes no room on the disk
        assert_refused(folder, identity)

    def test_no_more_than_the_sealed_size_is_read_of_a_huge_file(self, folder, identity):
        with (folder / "point.txt").open("wb") as file:
            file.truncate(64 << 30)
        assert_refused(folder, identity)


class TestManyMutations:
    """A thousand artifacts, each spoiled in one way or several: every one is refused, and the process lives on."""

    COUNT = 1_000

    def test_every_one_is_refused_and_the_genuine_one_is_still_read(self, tmp_path, folder, identity):
        random = Random(20260501)
        other = tmp_path / "other"
        write_artifact(other, {**FILES, "model.json": b'{"floor": 2.5}'}, {"model": "rental-price"}, THEIRS)
        genuine, foreign = contents(folder), contents(other)
        victim = tmp_path / "victim"
        victim.mkdir()
        for _ in range(self.COUNT):
            replace_contents(victim, spoiled(random, genuine, foreign))
            assert_refused(victim, identity)
        assert read(folder, identity) == FILES

    @pytest.mark.parametrize(
        "manifest", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"model": "rental-price"}', b"[" * 100_000]
    )
    @pytest.mark.parametrize("signed", [True, False])
    def test_a_manifest_that_is_no_manifest_is_refused_signed_or_not(
        self, folder, identity, manifest, signed
    ):
        (folder / MANIFEST).write_bytes(manifest)
        (folder / SIGNATURE).write_bytes((OURS if signed else THEIRS).sign(manifest))
        assert_refused(folder, hashlib.sha256(manifest).hexdigest())
