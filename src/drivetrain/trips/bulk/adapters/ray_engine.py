"""Scoring fragments on a Ray cluster, with Ray Data.

What travels: to a node, fragments and the bytes of the model's verified files; back, one small report per
fragment. Rows
do not travel: every node reads from and writes to the same folders. A task that is run again, because its
node or its report was lost, writes the identical file under the same name.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.core.errors import UnavailableError
from drivetrain.trips.bulk.adapters.folder_claim import CLAIM
from drivetrain.trips.bulk.adapters.parquet_files import ParquetTables
from drivetrain.trips.bulk.application.ports import Failure, FragmentReport, PackedModel, Reports
from drivetrain.trips.bulk.application.score_fragment import attempt
from drivetrain.trips.bulk.domain.bulk import Fragment, ModelStamp
from drivetrain.trips.duration.application.ports import RideModel

_MOST_LOSSES = 8
"""How often a fragment may be lost with its worker. Ray Data tries for ever, also what itself ends the
worker."""

_OBJECT_STORE_BYTES = 128 << 20
"""Of a local run: it holds the model and the reports, no rows."""

_REACH_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Work:
    """What every worker gets once.

    Attributes:
        token: content of the claim in the output folder, by which a node knows that it sees the same folder.
    """

    fragments: tuple[Fragment, ...]
    model: PackedModel
    stamp: ModelStamp
    root: Path
    target: Path
    token: bytes


class RayEngine:
    """The port ``ScoringEngine`` on Ray Data.

    Args:
        root, target: input and output folder; absolute, and the same on every node.
        address: ``host:port`` of a running cluster; None runs one on this machine for as long as the work
            lasts.
    """

    def __init__(self, root: Path, target: Path, *, address: str | None) -> None:
        self._root = root
        self._target = target
        self._address = address

    def run(self, fragments: Sequence[Fragment], model: PackedModel) -> Reports:
        """Report every fragment as it is done.

        Raises:
            UnavailableError: Ray is not installed, its cluster cannot be reached, or too much of it was lost.
        """
        ray = _imported(is_local=self._address is None)
        token = (self._target / CLAIM).read_bytes()
        work = Work(tuple(fragments), model, model.stamp, self._root, self._target, token)
        try:
            with _connected(ray, self._address):
                yield from _reports(ray, work)
        except (ray.exceptions.RayError, ConnectionError, TimeoutError) as error:
            raise UnavailableError(
                f"Ray could not finish ({_first_line(error)}). Finished fragments are kept; run the command again to resume.",
                code="trips.ray_failed",
            ) from error


def _imported(*, is_local: bool) -> Any:
    """Ray, told by its environment to call nobody, and on this machine to obey only this process."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # silences a warning about accelerators
    # whoever reaches a cluster's ports may run code in it; and without a token Ray keeps one in ~/.ray
    if is_local:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    try:
        import ray
        import ray.data
        import ray.util.scheduling_strategies
    except ImportError as error:
        raise UnavailableError(
            "The engine ray needs Ray: pip install 'drivetrain[ray]'.", code="trips.ray_not_installed"
        ) from error
    return ray


@contextmanager
def _connected(ray: Any, address: str | None) -> Iterator[None]:
    """A connection to a cluster, closed in the end; a local one leaves nothing behind."""
    quiet = {"logging_level": logging.ERROR, "log_to_driver": False, "configure_logging": True}
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    scratch = tempfile.mkdtemp(prefix="dt-ray-") if address is None else None  # short: sockets lie in it
    local = {"include_dashboard": False, "_temp_dir": scratch, "object_store_memory": _OBJECT_STORE_BYTES}
    try:
        _begin(ray, address, {**quiet, **(local if address is None else {})})
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        yield
    finally:
        ray.shutdown()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _begin(ray: Any, address: str | None, options: dict[str, Any]) -> None:
    try:
        if address is not None:  # Ray itself would try for minutes
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), timeout=_REACH_WITHIN_S).close()
        ray.init(address=address or "local", **options)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        place_text = "on this machine" if address is None else f"at {address}"
        raise UnavailableError(
            f"There is no Ray {place_text} ({_first_line(error)}).", code="trips.ray_unreachable"
        ) from error


def _reports(ray: Any, work: Work) -> Reports:
    numbers = [{"number": number} for number in range(len(work.fragments))]
    shared = ray.put(work)
    _refuse_unfit_nodes(ray, shared)
    results = ray.data.from_items(numbers, override_num_blocks=len(numbers)).map_batches(
        score_numbered,
        batch_size=1,
        batch_format="numpy",
        fn_kwargs={"shared": shared},
        num_cpus=1,
    )
    for row in results.iter_rows():
        failure = Failure(row["code"], row["detail"], bool(row["stops"])) if row["code"] else None
        yield FragmentReport(work.fragments[int(row["number"])].source, int(row["rows"]), failure)


def _refuse_unfit_nodes(ray: Any, shared: Any) -> None:
    """Have every node try to load the work first: Ray Data would try it for ever where that fails.

    Raises:
        UnavailableError: a node cannot load the work, or does not see the folders.
    """
    affinity = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
    look = ray.remote(num_cpus=0, max_retries=0)(unfit_because)
    for node in [node for node in ray.nodes() if node["Alive"]]:
        name = node["NodeManagerHostname"]
        try:
            reason = ray.get(
                look.options(scheduling_strategy=affinity(node["NodeID"], soft=False)).remote(shared)
            )
        except (ray.exceptions.RayTaskError, ray.exceptions.RaySystemError) as error:
            raise UnavailableError(
                f"Node {name} cannot load the work ({_last_line(error)}). drivetrain is missing or differs there.",
                code="trips.node_unfit",
            ) from error
        if reason:
            raise UnavailableError(reason, code="trips.folder_not_shared")


def unfit_because(work: Work) -> str:
    """A task: why this node cannot take part; empty when it can. Runs in a worker process of Ray."""
    _held_model(work)
    return "" if _sees_same_folder(work, work.fragments[0]) else _not_shared(work)


def score_numbered(batch: dict[str, Any], shared: Any) -> dict[str, list[Any]]:
    """A task: score fragments by their numbers. Runs in a worker process of Ray."""
    import ray

    work: Work = ray.get(shared)
    numbers = [int(number) for number in batch["number"]]
    reports = [_score(work, work.fragments[number]) for number in numbers]
    failures = [report.failure or Failure("", "", stops=False) for report in reports]
    return {
        "number": numbers,
        "rows": [report.rows for report in reports],
        "code": [failure.code for failure in failures],
        "detail": [failure.detail for failure in failures],
        "stops": [failure.stops for failure in failures],
    }


def _score(work: Work, fragment: Fragment) -> FragmentReport:
    if not _sees_same_folder(work, fragment):
        return FragmentReport(
            fragment.source, 0, Failure("trips.folder_not_shared", _not_shared(work), stops=True)
        )
    tables = ParquetTables(work.root, work.target)
    if tables.unfinished(fragment) >= _MOST_LOSSES:
        detail = f"{fragment.source} was lost with its worker {_MOST_LOSSES} times; score it alone with the plain engine."
        return FragmentReport(fragment.source, 0, Failure("trips.worker_lost", detail, stops=False))
    return attempt(fragment, _held_model(work), work.stamp, tables)


def _not_shared(work: Work) -> str:
    return (
        f"Node {socket.gethostname()} does not see {work.root} and {work.target} as this machine does. Nodes of a "
        "cluster need shared storage, mounted at the same path."
    )


def _sees_same_folder(work: Work, fragment: Fragment) -> bool:
    try:
        return (work.target / CLAIM).read_bytes() == work.token and (
            work.root / fragment.source
        ).parent.is_dir()
    except OSError:
        return False


_held: dict[ModelStamp, RideModel] = {}
"""The model of this worker process: loaded once, whatever number of fragments comes."""


def _held_model(work: Work) -> RideModel:
    if work.stamp not in _held:
        arrived = PackedModel(work.model.ref, work.model.files, work.model.load)
        if arrived.stamp != work.stamp:
            raise AssertionError("the model's files changed on the way")
        _held.clear()
        _held[work.stamp] = arrived.opened()
    return _held[work.stamp]


def _last_line(error: BaseException) -> str:
    """What an error of a worker comes down to: the last line of its traceback."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
