"""Serving boosted trees through LightGBM's own C library.

``import lightgbm`` pulls in scikit-learn and SciPy: more than a second and 80 MiB for every serving
process, and each call of its Python ``Booster`` costs several times the prediction itself. Training uses
the package; serving loads the same library and the same model text through this module, with the same bits.

Source:
    LightGBM 4, ``include/LightGBM/c_api.h``.
"""

from __future__ import annotations

import ctypes
import importlib.util
import re
import struct
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.learning.leaf_sets import LeafSets
from drivetrain.lifecycle.learning.shapley_tables import ShapleyTables

FloatArray = NDArray[np.float64]

MANY_ROWS = 1_000
"""A batch of so many rows pays for preparing the faster way, which is done once."""

_FLOAT64 = 1
_ROW_MAJOR = 1
_NORMAL, _CONTRIBUTIONS = 0, 3
_ALL_TREES = (0, -1)
_SIZES = re.compile(rb"^tree_sizes=([0-9 ]*)\n", re.MULTILINE)
_CLOSE = 1e-9
"""Two exact ways to a sum of thousands of numbers differ in its last digits."""

_ONE_THREAD = b"num_threads=1"
"""One thread, so that the sums are the same whatever else runs, and workers do not fight for cores."""


class TreesError(ValueError):
    """The library refuses a model or a call."""


class Trees:
    """A fitted ensemble, read from LightGBM's text format.

    Attributes:
        features: number of columns it expects.
    """

    def __init__(self, text: bytes) -> None:
        self._library = _library()
        self._handle = ctypes.c_void_p()
        iterations = ctypes.c_int()
        whole = _whole(text)
        self._call(
            "LGBM_BoosterLoadModelFromString", whole, ctypes.byref(iterations), ctypes.byref(self._handle)
        )
        features = ctypes.c_int()
        self._call("LGBM_BoosterGetNumFeature", self._handle, ctypes.byref(features))
        self.features = features.value
        self._open_single_row()
        self._text: bytes | None = text  # until the faster way is prepared
        self._sets: LeafSets | None = None
        self._sets_of_one: LeafSets | None = None
        self._shapley: ShapleyTables | None = None
        self._preparing = threading.Lock()

    def __del__(self) -> None:
        """Give the memory back to the library."""
        if getattr(self, "_single", None):
            self._library.LGBM_FastConfigFree(self._single)
        if getattr(self, "_handle", None):
            self._library.LGBM_BoosterFree(self._handle)

    def prepare(self) -> None:
        """Make the faster way ready, for those who answer many rows, or single ones for long: a tenth of a second, once."""
        with self._preparing:
            if self._text is None:
                return
            sets = self._proven_sets(self._text)
            self._sets_of_one = sets if sets is not None and sets.is_faster_for_one else None
            self._sets = sets
            self._text = None

    def prepare_reasons(self) -> None:
        """Make the tables ready that explain one row ten times faster, where they are small; call it before ``prepare``."""
        with self._preparing:
            if self._text is not None and self._shapley is None:
                self._shapley = self._proven_tables(self._text)

    def predict(self, matrix: FloatArray) -> FloatArray:
        """Predictions for rows.

        Args:
            matrix: C-contiguous, shape (n_rows, n_features).

        Returns:
            Shape (n_rows,). A row's bits do not depend on the rows beside it.
        """
        if matrix.shape == (1, self.features):
            return np.asarray([self.predict_row(matrix[0].tolist())])
        if matrix.ndim == 2 and matrix.shape[1] == self.features:
            if len(matrix) >= MANY_ROWS and self._text is not None:
                self.prepare()
            if self._sets is not None:
                return self._sets.predict(matrix)
        return self._predict(matrix, _NORMAL, 1)[:, 0]

    def predict_row(self, row: Sequence[float]) -> float:
        """The prediction for one row, the bits of ``predict``: its numbers go straight to where the library reads them.

        Args:
            row: ``features`` numbers.
        """
        with self._one_at_a_time:
            if self._sets_of_one is not None and len(row) == self.features:
                return self._sets_of_one.predict_row(row)
            try:
                self._pack(self._row_memory, 0, *row)
            except struct.error:
                raise TreesError(f"a row must have {self.features} numbers") from None
            if self._predict_row(self._single, self._row_at, self._length_at, self._result_at):
                raise TreesError(_last_error(self._library))
            return self._result.item()

    def contributions(self, matrix: FloatArray) -> FloatArray:
        """Exact Shapley values of the trees, in the unit of the prediction.

        Returns:
            Shape (n_rows, n_features + 1); the last column is the expected value; a row adds up to its
            prediction.
        """
        if self._shapley is not None and matrix.shape == (1, self.features):
            return self._shapley.contributions(matrix[0].tolist())[np.newaxis]
        return self._predict(matrix, _CONTRIBUTIONS, self.features + 1)

    def _proven_tables(self, text: bytes) -> ShapleyTables | None:
        """A faster way to the same effects, proven on a row of every field's values; None where there is none."""
        try:
            tables = ShapleyTables(text, self.features)
        except (ValueError, LookupError):
            return None
        probes = tables.probes()
        expected = self._predict(probes, _CONTRIBUTIONS, self.features + 1)
        found = np.asarray([tables.contributions(row) for row in probes.tolist()])
        return (
            tables if np.allclose(found, expected, rtol=0.0, atol=_CLOSE * np.abs(expected).max()) else None
        )

    def _proven_sets(self, text: bytes) -> LeafSets | None:
        """A faster way to the same bits, proven on rows at and beside all thresholds; None where there is none."""
        try:
            sets = LeafSets(text, self.features)
            probes = sets.probes()
            expected = self._predict(probes, _NORMAL, 1)[:, 0].tobytes()
            alone = np.asarray([sets.predict_row(row) for row in probes.tolist()])
        except (ValueError, LookupError):
            return None
        return sets if expected == sets.predict(probes).tobytes() == alone.tobytes() else None

    def _predict(self, matrix: FloatArray, kind: int, width: int) -> FloatArray:
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.features:
            raise TreesError(f"the matrix must have {self.features} columns")
        result = np.empty((len(rows), width), dtype=np.float64)
        length = ctypes.c_int64()
        self._call(
            "LGBM_BoosterPredictForMat",
            self._handle,
            rows.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(len(rows)),
            ctypes.c_int32(self.features),
            ctypes.c_int(_ROW_MAJOR),
            ctypes.c_int(kind),
            *(ctypes.c_int(bound) for bound in _ALL_TREES),
            _ONE_THREAD,
            ctypes.byref(length),
            result.ctypes.data_as(ctypes.c_void_p),
        )
        if length.value != result.size:
            raise TreesError(f"expected {result.size} numbers, the library gave {length.value}")
        return result

    def _open_single_row(self) -> None:
        """Prepare the call for one row: its buffers stand still, so that nothing is allocated per request."""
        # a batch of one row comes from another thread and uses the same buffers
        self._one_at_a_time = threading.Lock()
        self._row, self._result, self._length = np.empty(self.features), np.empty(1), ctypes.c_int64()
        self._row_memory = self._row.data
        self._pack = struct.Struct(f"{self.features}d").pack_into
        self._row_at = ctypes.c_void_p(self._row.ctypes.data)
        self._result_at = ctypes.c_void_p(self._result.ctypes.data)
        self._length_at = ctypes.byref(self._length)
        self._single = ctypes.c_void_p()
        self._call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._handle,
            ctypes.c_int(_NORMAL),
            *(ctypes.c_int(bound) for bound in _ALL_TREES),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.features),
            _ONE_THREAD,
            ctypes.byref(self._single),
        )
        # Keeps the interpreter's lock: the call takes microseconds, getting the lock back may take
        # milliseconds.
        self._predict_row = ctypes.PyDLL(self._library._name).LGBM_BoosterPredictForMatSingleRowFast

    def _call(self, name: str, *arguments: object) -> None:
        if getattr(self._library, name)(*arguments):
            raise TreesError(_last_error(self._library))


@cache
def _library() -> ctypes.CDLL:
    package = importlib.util.find_spec("lightgbm")
    if package is None or package.origin is None:
        raise TreesError("LightGBM is not installed")
    folder = Path(package.origin).parent
    path = next(
        (path for path in folder.glob("**/*lib_lightgbm.*") if path.suffix in {".so", ".dylib", ".dll"}), None
    )
    if path is None:
        raise TreesError(f"LightGBM's library is not in {folder}")
    library = ctypes.CDLL(str(path))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _whole(text: bytes) -> bytes:
    """The text without its table of tree sizes, once every tree stands where the table says.

    The library believes what it reads: it runs past the end of a text that was cut short. And with the table
    it parses trees on several threads, where a broken one ends the process instead of being an error.
    """
    sizes = _SIZES.search(text)
    if sizes is None or b"\0" in text:
        raise TreesError("this is not a model in text format")
    position = sizes.end() + 1
    for number, size in enumerate(sizes[1].split()):
        if not text.startswith(b"Tree=%d\n" % number, position):
            raise TreesError(f"tree {number} does not stand where it should")
        position += int(size)
    if not text.startswith(b"end of trees\n", position):
        raise TreesError("the text is cut short, or longer than it says")
    return text[: sizes.start()] + text[sizes.end() :]


def _last_error(library: ctypes.CDLL) -> str:
    return str(library.LGBM_GetLastError().decode("utf-8", "replace"))
