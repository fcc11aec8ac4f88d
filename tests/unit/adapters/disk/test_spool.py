"""What was acknowledged while the ledger was away is given back whole, in whatever order things go wrong."""

from __future__ import annotations

import asyncio
import errno
import math
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.samples import decision, decisions
from tests.support.threads import shared_threads_hang

from drivetrain.adapters.disk import spool as module
from drivetrain.adapters.disk.spool import DecisionSpool
from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.serving.predictions import Decision


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder) -> DecisionSpool:
    return DecisionSpool(folder)


def drained(spool: DecisionSpool) -> list[Decision]:
    """Everything that waits, given back."""
    found = []
    for path in spool.files():
        taken = spool.claim(path)
        found += spool.read(taken)
        taken.unlink()
    return found


async def test_a_decision_comes_back_as_it_was(spool):
    written = decisions(3, input_json='{"model_key":"Citroën \\u0001"}'.encode())
    await asyncio.gather(*(spool.append(one) for one in written))
    assert drained(spool) == [replace(one, features=list(one.features)) for one in written]


async def test_decisions_are_kept_while_all_shared_threads_hang(spool):
    with shared_threads_hang():
        await asyncio.wait_for(spool.append(decision()), 60)
    assert len(drained(spool)) == 1


async def test_a_number_that_was_missing_comes_back_missing(spool):
    await spool.append(decision(features=(1.5, math.nan)))
    (found,) = drained(spool)
    assert found.features[0] == 1.5 and math.isnan(found.features[1])


async def test_before_the_first_decision_and_after_the_last_nothing_waits(spool, folder):
    assert spool.is_empty and not folder.exists()
    await spool.append(decision())
    assert not spool.is_empty
    drained(spool)
    assert spool.is_empty


async def test_two_writers_and_a_drain_in_the_middle_lose_nothing_and_double_nothing(folder):
    """Two spools as in two processes; a third takes files aside the whole time, from a thread."""
    writers, reader = [DecisionSpool(folder), DecisionSpool(folder)], DecisionSpool(folder)
    written = decisions(400)
    found: list[Decision] = []
    finished = threading.Event()

    def keep_draining() -> None:
        while not finished.is_set():
            found.extend(drained(reader))

    async def write(spool: DecisionSpool, own: list[Decision]) -> None:
        for one in own:
            await spool.append(one)

    draining = asyncio.create_task(asyncio.to_thread(keep_draining))
    try:
        await asyncio.gather(*(write(spool, list(written[at::2])) for at, spool in enumerate(writers)))
    finally:
        finished.set()
    await draining
    found += drained(reader)
    assert sorted(one.decision_id for one in found) == sorted(one.decision_id for one in written)


async def test_a_drain_that_broke_off_is_not_overwritten_by_the_next_one(spool):
    """The writer goes on under its old name; the file that was taken aside before has to survive that."""
    first, second = decisions(2)
    await spool.append(first)
    spool.claim(spool.files()[0])  # and then the ledger went away again
    await spool.append(second)
    for path in spool.files():
        spool.claim(path)
    assert {one.decision_id for one in drained(spool)} == {first.decision_id, second.decision_id}


async def test_who_comes_too_late_takes_nothing_from_the_writer(spool, monkeypatch):
    """Two drains wait for the same file; the second one must not move the file that the writer began since."""
    first, second = decisions(2)
    await spool.append(first)
    (path,) = spool.files()
    lock = module.lock

    def faster(*of: object) -> None:
        monkeypatch.setattr(module, "lock", lock)
        path.rename(path.with_name("other.taken.jsonl"))
        path.write_bytes(b"")
        lock(*of)

    monkeypatch.setattr(module, "lock", faster)
    with pytest.raises(FileNotFoundError):
        spool.claim(path)
    await spool.append(second)
    assert {one.decision_id for one in drained(spool)} == {first.decision_id, second.decision_id}


async def test_a_last_line_cut_by_a_crash_is_passed_over(spool):
    whole, cut = decisions(2)
    await spool.append(whole)
    await spool.append(cut)
    (path,) = spool.files()
    path.write_bytes(path.read_bytes()[:-40])
    assert [one.decision_id for one in drained(spool)] == [whole.decision_id]


@pytest.mark.parametrize(
    "damage",
    [b"nonsense\n", b"[]\n", b"{}\n", b'{"decision_id": 1, "decided_at": 7}\n', b"\xff\xfe\n"],
    ids=repr,
)
async def test_a_whole_line_that_cannot_be_read_was_acknowledged_and_is_kept_beside(spool, folder, damage):
    before, after = decisions(2)
    await spool.append(before)
    (path,) = spool.files()
    path.write_bytes(path.read_bytes() + damage)
    await spool.append(after)
    assert [one.decision_id for one in drained(spool)] == [before.decision_id, after.decision_id]
    (beside,) = folder.iterdir()
    assert (beside.suffix, beside.read_bytes(), beside.stat().st_mode & 0o077) == (".damaged", damage, 0)
    assert spool.is_empty


async def test_what_an_earlier_process_left_is_found(spool, folder):
    left = decision()
    await spool.append(left)
    assert [one.decision_id for one in drained(DecisionSpool(folder))] == [left.decision_id]


async def test_only_the_owner_can_read_it(spool, folder):
    await spool.append(decision())
    assert [path.stat().st_mode & 0o077 for path in (folder, *spool.files())] == [0, 0]


async def test_a_disk_that_cannot_be_written_refuses_the_decision(folder):
    folder.write_text("a file in the way")
    with pytest.raises(UnavailableError) as raised:
        await DecisionSpool(folder).append(decision())
    assert raised.value.code == "ledger.spool_failed"


async def test_after_half_a_line_on_a_full_disk_the_next_decision_is_not_glued_to_it(spool, monkeypatch):
    before, lost, after = decisions(3)
    await spool.append(before)

    def full(_: int) -> None:
        (path,) = spool.files()
        path.write_bytes(path.read_bytes()[:-30])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(UnavailableError, match="No space left on device"):
        await spool.append(lost)
    monkeypatch.undo()
    await spool.append(after)
    assert {one.decision_id for one in drained(spool)} == {before.decision_id, after.decision_id}


async def test_a_full_spool_refuses(spool, monkeypatch):
    await spool.append(decision())
    monkeypatch.setattr(module, "LARGEST_SPOOL_BYTES", 10)
    with pytest.raises(UnavailableError) as raised:
        await spool.append(decision())
    assert raised.value.code == "ledger.spool_full"


async def test_refused_decisions_are_kept_and_not_given_back_again(spool, folder):
    await spool.append(decision())
    spool.set_refused(spool.claim(spool.files()[0]))
    assert spool.is_empty
    assert [path.suffix for path in folder.iterdir()] == [".refused"]


async def test_a_disk_that_takes_half_a_group_leaves_nothing_of_it_and_the_file_goes_on(
    spool, folder, monkeypatch
):
    first, refused, last = decisions(3)
    await spool.append(first)
    write = module.os.write

    def half(descriptor: int, group: memoryview) -> int:
        monkeypatch.setattr(module.os, "write", full)
        return write(descriptor, group[: len(group) // 2])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "write", half)
    with pytest.raises(UnavailableError, match="No space left") as raised:
        await spool.append(refused)
    assert raised.value.code == "ledger.spool_failed"
    monkeypatch.setattr(module.os, "write", write)
    await spool.append(last)
    assert len(list(folder.iterdir())) == 1
    assert [one.decision_id for one in drained(spool)] == [first.decision_id, last.decision_id]
