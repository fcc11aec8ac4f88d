"""The training listings as a version keeps them, for comparables: raw columns after a header, and the search among them.

Layout of the file: 4 bytes, the length of the header (big endian); the header, JSON; then one array after the
other as the header names them, little endian, without gaps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.prices import Comparable
from drivetrain.lifecycle.data.contracts import Contract, ListColumn, NumberColumn
from drivetrain.lifecycle.learning.comparables import NearestRows
from drivetrain.lifecycle.learning.features import Columns, FeatureEncoder, FloatArray
from drivetrain.resale.used.model.features import FeatureIndex, used_matrix

COMPARABLES = 5
_LENGTH_BYTES = 4
_WHOLE, _DECIMAL, _WORD = "<i4", "<f8", "<u2"
_NOTHING = np.iinfo(np.int32).min
"""Stands for a missing whole number."""


def pack_listings(contract: Contract, rows: Columns, price: FloatArray) -> bytes:
    """The listings as a file.

    Args:
        price: in the currency, shape (n_rows,).
    """
    header: dict[str, Any] = {"rows": len(price), "columns": []}
    arrays = []
    for column in (*contract.columns, contract.target):
        values = price.tolist() if column is contract.target else rows[column.name]
        words, kind, array = _packed(column, values)
        header["columns"].append({"name": column.name, "kind": kind, "words": words})
        arrays.append(array.tobytes())
    head = json.dumps(header, ensure_ascii=False).encode()
    return b"".join([len(head).to_bytes(_LENGTH_BYTES, "big"), head, *arrays])


def _packed(column: object, values: Sequence[Any]) -> tuple[list[str | None] | None, str, NDArray[Any]]:
    if isinstance(column, ListColumn):
        words = list(dict.fromkeys(values))
        codes = {word: code for code, word in enumerate(words)}
        return words, _WORD, np.asarray([codes[value] for value in values], dtype=_WORD)
    if isinstance(column, NumberColumn) and column.whole:
        return (
            None,
            _WHOLE,
            np.asarray([_NOTHING if value is None else value for value in values], dtype=_WHOLE),
        )
    return None, _DECIMAL, np.asarray(values, dtype=_DECIMAL)


class Comparables:
    """The training listings of one version, sorted by make and model.

    Only listings of the same model are compared where there are enough, else those of the same make, else all:
    what a Golf asks says more of a Golf than what another car of its size does.
    """

    def __init__(
        self,
        content: bytes,
        contract: Contract,
        encoder: FeatureEncoder,
        index: FeatureIndex,
        weights: Sequence[float],
    ) -> None:
        """Read the file.

        Args:
            weights: mean absolute effect of each feature.

        Raises:
            ValueError: the file does not hold what its header says.
        """
        self._contract, self._index = contract, index
        self._columns, self._words = _unpacked(content)
        matrix = used_matrix(encoder, self._decoded())
        order = np.lexsort((matrix[:, index.model], matrix[:, index.make]))
        self._columns = {name: values[order] for name, values in self._columns.items()}
        matrix = matrix[order]
        self._make = matrix[:, index.make].copy()
        self._models = 1 + matrix[:, index.model].max()
        self._model = matrix[:, index.make] * self._models + matrix[:, index.model]
        self._rows = NearestRows(matrix, encoder, weights, least_span=1e-9, number=np.float32)

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, features: FloatArray) -> list[Comparable]:
        """The closest listings, nearest first.

        Args:
            features: shape (n_features,).
        """
        rows = self._rows.nearest(features, COMPARABLES, self._candidates(features))
        return [self._comparable(row) for row in rows]

    def _candidates(self, features: FloatArray) -> slice:
        make, model = features[self._index.make], features[self._index.model]
        for codes, code in ((self._model, make * self._models + model), (self._make, make)):
            start, end = np.searchsorted(codes, code, "left"), np.searchsorted(codes, code, "right")
            if end - start >= COMPARABLES:
                return slice(int(start), int(end))
        return slice(0, len(self))

    def _comparable(self, row: int) -> Comparable:
        car = {column.name: self._value(column.name, row) for column in self._contract.columns}
        price: Any = self._value(self._contract.target.name, row)
        return Comparable(car, float(price))

    def _value(self, name: str, row: int) -> object:
        value = self._columns[name][row].item()
        if name in self._words:
            return self._words[name][value]
        return None if value in {_NOTHING} or value != value else value  # noqa: PLR0124 (NaN is not itself)

    def _decoded(self) -> dict[str, list[Any]]:
        """The columns as canonical values, for the encoder."""
        decoded: dict[str, list[Any]] = {}
        for name in self._contract.names:
            values = self._columns[name]
            if name in self._words:
                words = self._words[name]
                decoded[name] = [words[code] for code in values.tolist()]
            else:
                decoded[name] = np.where(values == _NOTHING, np.nan, values).tolist()
        return decoded


def _unpacked(content: bytes) -> tuple[dict[str, NDArray[Any]], Mapping[str, list[str | None]]]:
    start = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
    header = json.loads(content[_LENGTH_BYTES:start])
    columns, words = {}, {}
    for column in header["columns"]:
        if column["kind"] not in {_WHOLE, _DECIMAL, _WORD}:
            raise ValueError(f"{column['kind']!r} is no kind of column")
        kind = np.dtype(column["kind"])
        columns[column["name"]] = np.frombuffer(content, kind, header["rows"], start)
        start += kind.itemsize * header["rows"]
        if column["words"] is not None:
            words[column["name"]] = column["words"]
    if start != len(content):
        raise ValueError("the listings are longer than their header says")
    return columns, words
