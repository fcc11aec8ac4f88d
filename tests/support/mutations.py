"""Ways to spoil an artifact: bytes, sizes, names, files missing or too many, another version's, another manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random

from drivetrain.lifecycle.learning.artifacts import MANIFEST

Contents = Mapping[str, bytes]
"""Content by file name."""


def contents(folder: Path) -> Contents:
    """What lies in a folder of files."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def replace_contents(folder: Path, files: Contents) -> None:
    """Make a folder hold exactly these files."""
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def spoiled(random: Random, genuine: Contents, foreign: Contents) -> Contents:
    """An artifact that differs from the genuine one, in one way or several.

    Args:
        foreign: another version's files; parts of it are put among ours.
    """
    files = genuine
    while files == genuine:
        for mutate in random.choices(MUTATIONS, k=random.choice([1, 1, 1, 2, 3])):
            files = mutate(random, files, foreign)
    return files


def flip_a_byte(random: Random, files: Contents, foreign: Contents) -> Contents:
    name = random.choice([name for name, content in files.items() if content] or [MANIFEST])
    content = bytearray(files.get(name) or b"x")
    content[random.randrange(len(content))] ^= random.randrange(1, 256)
    return {**files, name: bytes(content)}


def cut(random: Random, files: Contents, foreign: Contents) -> Contents:
    name = random.choice(sorted(files) or [MANIFEST])
    content = files.get(name, b"")
    return {**files, name: content[: random.randrange(len(content) + 1)]}


def lengthen(random: Random, files: Contents, foreign: Contents) -> Contents:
    name = random.choice(sorted(files) or [MANIFEST])
    return {**files, name: files.get(name, b"") + random.randbytes(random.randrange(1, 50))}


def put_in_the_middle(random: Random, files: Contents, foreign: Contents) -> Contents:
    name = random.choice(sorted(files) or [MANIFEST])
    content = files.get(name, b"")
    at = random.randrange(len(content) + 1)
    return {**files, name: content[:at] + random.randbytes(3) + content[at:]}


def leave_out(random: Random, files: Contents, foreign: Contents) -> Contents:
    missing = random.choice(sorted(files) or [MANIFEST])
    return {name: content for name, content in files.items() if name != missing}


def add_one(random: Random, files: Contents, foreign: Contents) -> Contents:
    return {
        **files,
        random.choice(["more.txt", ".hidden", "model.pkl", "MANIFEST.JSON"]): random.randbytes(8),
    }


def swap_names(random: Random, files: Contents, foreign: Contents) -> Contents:
    names = sorted(files)
    return dict(zip(random.sample(names, len(names)), [files[name] for name in names], strict=True))


def take_from_another_version(random: Random, files: Contents, foreign: Contents) -> Contents:
    name = random.choice(sorted(foreign))
    return {**files, name: foreign[name]}


def reword_the_manifest(random: Random, files: Contents, foreign: Contents) -> Contents:
    """Another seal, size, name or model, in words that still parse."""
    try:
        manifest = json.loads(files[MANIFEST])
        seal = random.choice(sorted(manifest["files"]))
        change = random.choice(["bytes", "gone", "model", "renamed"])
        if change == "bytes":
            manifest["files"][seal]["bytes"] = random.choice([-1, 0, 7, 2**70, 1.5, "1", None, True])
        elif change == "gone":
            del manifest["files"][seal]
        elif change == "renamed":
            manifest["files"][random.choice(["../x", "/etc/passwd", "", "a\0b"])] = manifest["files"].pop(
                seal
            )
        else:
            manifest["model"] = random.choice(["car-price", "", None, 7])
    except (KeyError, ValueError, TypeError, IndexError):
        return {**files, MANIFEST: b"{}"}
    return {**files, MANIFEST: json.dumps(manifest).encode()}


MUTATIONS = (
    flip_a_byte,
    cut,
    lengthen,
    put_in_the_middle,
    leave_out,
    add_one,
    swap_names,
    take_from_another_version,
    reword_the_manifest,
)
