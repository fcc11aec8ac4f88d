"""The documented figures of the published table, through the command line, the API and an uploaded file alike."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platform import drivetrain, eventually, running

pytestmark = [
    pytest.mark.real_table,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("platform"),
]

TABLE = Path("rental_delays") / "get_around_delay_analysis.xlsx"
TOUCHED_AND_SOLVED = {
    "all": {30: (223, 91), 60: (322, 116), 120: (540, 147), 180: (700, 160), 240: (800, 164)},
    "connect": {30: (101, 30), 60: (138, 36), 120: (236, 46), 180: (295, 50), 240: (338, 51)},
}


@pytest.fixture
def published() -> Path:
    folder = os.environ.get("DRIVETRAIN_DATA_DIR")
    if folder is None:
        pytest.skip("DRIVETRAIN_DATA_DIR is not set: the real tables are not here")
    file = Path(folder).absolute() / TABLE
    if not file.is_file():
        pytest.skip(f"DRIVETRAIN_DATA_DIR holds no {TABLE}")
    return file


def figures(ask: Callable[[str], dict[str, Any]]) -> dict[str, dict[int, tuple[int, int]]]:
    """Touched and avoided, wherever they are asked for."""
    found = {}
    for scope, documented in TOUCHED_AND_SOLVED.items():
        answer = ask(scope)
        assert (answer["rentals"], answer["chained"], answer["known"], answer["conflicts"]) == (
            17_195,
            1_488,
            1_391,
            176,
        )
        assert (answer["table"]["is_synthetic"], answer["table"]["refused"]) == (False, 0)
        points = {point["threshold_min"]: (point["touched"], point["avoided"]) for point in answer["points"]}
        found[scope] = {threshold: points[threshold] for threshold in documented}
    return found


def test_the_figures_are_the_same_everywhere(published: Path, new_home: Callable[[], Path]) -> None:
    home = new_home()

    def by_command(scope: str) -> dict[str, Any]:
        said = drivetrain(home, "buffer", "frontier", "--scope", scope, "--file", published, "--json")
        assert said.code == 0, said.err
        return said.json()

    assert figures(by_command) == TOUCHED_AND_SOLVED
    added = drivetrain(home, "data", "add", "rental-delays", published)
    assert added.code == 0, added.err

    with running(home) as platform, platform.client() as client:

        def by_api(scope: str, **which: str) -> dict[str, Any]:
            def answered() -> dict[str, Any] | None:
                answer = client.get("/rental/buffer/frontier", params={"scope": scope, **which})
                return answer.json() if answer.status_code == 200 else None

            found = eventually(answered, within_s=300, every_s=1.0)
            assert found is not None
            return found

        assert figures(by_api) == TOUCHED_AND_SOLVED
        sent = client.post(
            "/rental/buffer/analyses", files={"file": (TABLE.name, published.read_bytes())}
        ).json()
        assert figures(lambda scope: by_api(scope, analysis=sent["analysis"])) == TOUCHED_AND_SOLVED
        words = client.get("/rental/buffer/answers").json()["answers"][4]["words"]
    assert words.startswith("No scope beats a uniform threshold")
    assert "30 minutes for mobile only touches 122 bookings" in words
