"""Builds the web app of a clone: Node from its wheel, packages by npm, a bundle that appears whole.

Node, the packages and a copy of the source lie in a folder of their own (the builder), which may be deleted at any time;
the copy means that a source that is edited meanwhile gives no mixed bundle.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivetrain.adapters.node.build_report import BuildReport, Failure
from drivetrain.adapters.node.web_source import copy_source, stamp_of
from drivetrain.core.errors import DrivetrainError, InvalidInputError, UnavailableError
from drivetrain.core.locks import lock, try_lock

OUT = "DRIVETRAIN_WEB_OUT"
"""Tells the build where to write."""

STAMP = ".stamp"
"""In a bundle: of which source it is."""

LONGEST_STEP_S = 900.0
UNREACHABLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network|"
    r"error sending request|client error \(Connect\)|dns error|ERR_SOCKET_TIMEOUT",
    re.IGNORECASE,
)
"""What npm and uv say when a registry does not answer; whatever else goes wrong is a fault of the source."""

Say = Callable[[str], None]


class WebBuildError(InvalidInputError):
    """The source of the web app cannot be built, or does not pass its checks."""

    code = "platform.web_app_not_built"
    title = "The web app was not built"


@dataclass(frozen=True, slots=True)
class WebBuild:
    """Builds and checks the web app of one clone.

    Attributes:
        source: the project: ``package.json``, its lock, and what they build.
        node_lock: which wheel Node comes from.
        builder: everything that building needs; made where it is missing.
        bundle: where the build appears.
        report: of the folder around the bundle.
    """

    source: Path
    node_lock: Path
    builder: Path
    bundle: Path
    report: BuildReport
    say: Say = field(repr=False)

    def is_current(self) -> bool:
        """Whether the bundle that is there was built of this source."""
        try:
            return (self.bundle / STAMP).read_text(encoding="utf-8") == self._stamp()
        except OSError:
            return False

    def build(self, *, waits: bool = True) -> bool:
        """Build, unless the bundle is of this source.

        Args:
            waits: for another build of the same clone; without it that one is enough.

        Returns:
            Whether anything was built.

        Raises:
            UnavailableError: ``platform.npm_unreachable`` or ``platform.node_missing``.
            WebBuildError: the build failed; the log in the builder says why.
        """
        with self._locked(waits=waits) as is_ours:
            if not is_ours or self.is_current():
                return False
            with self._reported():
                stamp = self._stamp()
                self.prepare()
                self._replace_bundle(stamp)
        return True

    def check(self) -> None:
        """Check types, style and unit tests of the web app.

        Raises:
            UnavailableError: ``platform.npm_unreachable`` or ``platform.node_missing``.
            WebBuildError: a check failed; its output has been printed.
        """
        with self._locked(waits=True):
            self.prepare()
            done = subprocess.run(
                self._npm("run", "--silent", "check"), cwd=self._copy, env=self._environment(), check=False
            )
        if done.returncode:
            raise WebBuildError("The checks of the web app failed; the lines above say why.")

    def prepare(self) -> None:
        """Have Node, a copy of the source and its packages in the builder; call it with the lock held."""
        self.builder.mkdir(parents=True, exist_ok=True)
        self._log.unlink(missing_ok=True)
        self._install_node()
        copy_source(self.source, self._copy)
        self._install_packages()

    @property
    def _copy(self) -> Path:
        return self.builder / "web"

    @property
    def _log(self) -> Path:
        return self.builder / "build.log"

    @property
    def _scripts(self) -> Path:
        return self.builder / "node" / "bin"

    def _stamp(self) -> str:
        return stamp_of(self.source, self.node_lock)

    @contextmanager
    def _locked(self, *, waits: bool) -> Iterator[bool]:
        self.report.folder.mkdir(parents=True, exist_ok=True)
        with self.report.lock_file.open("ab") as file:
            if waits:
                lock(file)
            yield waits or try_lock(file)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Leave a note of a failure for those who ask the API."""
        self.report.clear()
        try:
            yield
        except UnavailableError as error:
            self.report.write(
                "npm_unreachable" if error.code == "platform.npm_unreachable" else "node_missing"
            )
            raise
        except (DrivetrainError, OSError):
            self.report.write("failed")
            raise

    def _install_node(self) -> None:
        """Node from its wheel, in an environment that nothing else uses."""
        if not _is_new(self._scripts.parent / STAMP, self.node_lock):
            return
        self.say("The web app: installing Node ...")
        uv = Path(sys.executable).with_name("uv")
        if not uv.exists():
            raise UnavailableError(
                "Node could not be installed: uv is not in this environment; `make web` installs it.",
                code="platform.node_missing",
            )
        environment, python = self._scripts.parent, self._scripts / "python"
        install = [
            str(uv),
            "pip",
            "sync",
            "-q",
            "--python",
            str(python),
            "--require-hashes",
            str(self.node_lock),
        ]
        for command in (
            [str(uv), "venv", "-q", "--clear", "--python", sys.executable, str(environment)],
            install,
        ):
            self._run(command, self.builder, "node_missing", "Node could not be installed")
        _keep_stamp(environment / STAMP, self.node_lock)

    def _install_packages(self) -> None:
        """The packages that the lock of the project names, without running anything of theirs."""
        stamp, files = self._copy / "node_modules" / STAMP, [self._copy / name for name in _PACKAGE_FILES]
        if not _is_new(stamp, *files):
            return
        self.say("The web app: fetching its packages ...")
        command = self._npm(
            "ci", "--silent", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"
        )
        self._run(command, self._copy, "npm_unreachable", "The packages of the web app could not be fetched")
        _keep_stamp(stamp, *files)

    def _replace_bundle(self, stamp: str) -> None:
        """Build beside the bundle, and let it take that place in an instant."""
        for left in self.report.folder.glob(".unfinished-*"):  # by builds that were killed
            shutil.rmtree(left, ignore_errors=True)
        unfinished, former = (self.report.folder / f".unfinished-{name}" for name in ("new", "former"))
        self.say("The web app: building ...")
        self._run(
            self._npm("run", "build"),
            self._copy,
            "failed",
            "The build of the web app failed",
            {OUT: str(unfinished)},
        )
        if not (unfinished / "index.html").is_file():
            raise WebBuildError("The build of the web app wrote no index.html.")
        (unfinished / STAMP).write_text(stamp, encoding="utf-8")
        if self.bundle.exists():
            self.bundle.rename(former)
        unfinished.rename(self.bundle)
        shutil.rmtree(former, ignore_errors=True)

    def _npm(self, *arguments: str) -> Sequence[str]:
        return [str(self._scripts / "npm"), *arguments]

    def _environment(self) -> dict[str, str]:
        """That of this process without our settings: packages of others see no secret."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DRIVETRAIN_")}
        return {**kept, "PATH": f"{self._scripts}{os.pathsep}{kept.get('PATH', os.defpath)}", "CI": "true"}

    def _run(
        self,
        command: Sequence[str],
        folder: Path,
        failure: Failure,
        sentence: str,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Run one step; what it prints goes to the log.

        Raises:
            UnavailableError: ``platform.npm_unreachable`` or ``platform.node_missing``, where the network is to blame.
            WebBuildError: it failed otherwise.
        """
        begun = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            try:
                code = subprocess.run(
                    command,
                    cwd=folder,
                    env={**self._environment(), **(more or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=LONGEST_STEP_S,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = -1
        if code == 0:
            return
        printed = self._log.read_bytes()[begun:].decode(errors="replace")
        if failure != "failed" and (code == -1 or UNREACHABLE.search(printed)):
            raise UnavailableError(
                f"{sentence}: the network did not answer. {self._log} has the details.",
                code=f"platform.{failure}",
            )
        raise WebBuildError(f"{sentence} (exit code {code}); {self._log} says why.")


_PACKAGE_FILES = ("package.json", "package-lock.json")


def _is_new(stamp: Path, *files: Path) -> bool:
    """Whether something has to be installed: nothing is, or of other files."""
    return not stamp.is_file() or stamp.read_text(encoding="utf-8") != _digest(*files)


def _keep_stamp(stamp: Path, *files: Path) -> None:
    stamp.write_text(_digest(*files), encoding="utf-8")


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()
