"""The limited child in which a candidate is loaded for the first time."""

from __future__ import annotations

import resource
from pathlib import Path

from drivetrain.adapters.disk.secrets import Ed25519Verifier
from drivetrain.lifecycle.learning.artifacts import read_artifact
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import model_named

_MEMORY_BYTES = 2 << 30
_CPU_S = 60


def self_test(home: Path, model: str, folder: Path, manifest_sha256: str) -> None:
    """Limit this process, then verify, parse and load the files; loading includes the stored rows.

    Raises:
        ArtifactRefusedError: the files are not to be trusted, or the model answers differently.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    files = read_artifact(
        folder, model=model, manifest_sha256=manifest_sha256, verifier=Ed25519Verifier(home)
    )
    model_named(model).load(files, ModelRef(model, "candidate"))
