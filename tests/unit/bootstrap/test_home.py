"""Keys that are derived from the installation's secret."""

from __future__ import annotations

from pathlib import Path

from drivetrain.bootstrap.home import Home


def test_a_purpose_has_one_key_and_no_other_purpose_has_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keys = {purpose: home.derived_key(purpose) for purpose in ("audit chain", "mail tokens")}
    assert {len(key) for key in keys.values()} == {32}
    assert Home(tmp_path).derived_key("audit chain") == keys["audit chain"]
    assert len({*keys.values(), home.pepper(), home.token_secret()}) == 4


def test_another_installation_derives_other_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert Home(tmp_path / "one").derived_key("audit chain") != Home(tmp_path / "two").derived_key(
        "audit chain"
    )
