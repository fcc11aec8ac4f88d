"""The page about used cars: what it asks is answered, in the shape it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[5]
PAGE = (ROOT / "docs" / "products" / "used-cars.md").read_text(encoding="utf-8")
ASKED = [
    (path, body or (ROOT / file).read_text(encoding="utf-8"))
    for path, file, body in re.findall(
        r"curl -s localhost:8000(\S+) .*?-d (?:@(\S+)|'\n(\{.*?\})')", PAGE, re.DOTALL
    )
]


def test_the_page_shows_requests():
    assert len(ASKED) == 2


@pytest.mark.parametrize(("path", "body"), ASKED)
async def test_a_request_of_the_page_is_answered(client, path, body):
    answer = await client.post(path, json=json.loads(body))
    assert answer.status_code == 200, answer.text
    codes = {warning["code"] for warning in answer.json()["warnings"]}
    assert codes <= {"resale.rare_model"}, "the small table has few Fiestas"


async def test_the_answer_on_the_page_has_the_shape_of_an_answer(client):
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    path, body = ASKED[0]
    assert list(json.loads(shown)) == list((await client.post(path, json=json.loads(body))).json())
