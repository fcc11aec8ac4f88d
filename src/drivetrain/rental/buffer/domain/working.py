"""The arrays of an analysis as bytes: what any pair of thresholds, any inputs and any later table are answered from.

Counts are kept as steps along the thresholds, mostly zeros, which pack to a hundredth of their size.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, fields

import numpy as np

from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.counts import Counts, RuleCounts, Totals
from drivetrain.rental.buffer.domain.rule import ChainedRentals


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """What an analysis was computed from, and the counts that took longest."""

    rentals: ChainedRentals
    counts: RuleCounts
    resampling: ClusterBootstrap

    def pack(self) -> bytes:
        """All arrays in NumPy's own format, compressed; no pickle."""
        arrays = {
            f"rentals.{field.name}": getattr(self.rentals, field.name) for field in fields(self.rentals)
        }
        arrays |= {
            f"totals.{field.name}": getattr(self.counts.totals, field.name) for field in fields(Totals)
        }
        arrays["thresholds_min"] = self.counts.thresholds_min
        arrays["resampling"] = np.array([self.resampling.draws, self.resampling.seed], dtype=np.int64)
        for kind, counts in (("connect", self.counts.connect), ("mobile", self.counts.mobile)):
            for field in fields(Counts):
                arrays[f"{kind}.{field.name}"] = np.diff(
                    getattr(counts, field.name), axis=0, prepend=np.int32(0)
                )
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> Working:
        """What ``pack`` wrote.

        Raises:
            ValueError, KeyError: the bytes are something else.
        """
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            connect, mobile = (
                Counts(
                    *(
                        np.cumsum(arrays[f"{kind}.{field.name}"], axis=0, dtype=np.int32)
                        for field in fields(Counts)
                    )
                )
                for kind in ("connect", "mobile")
            )
            totals = Totals(*(arrays[f"totals.{field.name}"] for field in fields(Totals)))
            rentals = ChainedRentals(
                **{field.name: arrays[f"rentals.{field.name}"] for field in fields(ChainedRentals)}
            )
            draws, seed = arrays["resampling"].tolist()
            return cls(
                rentals,
                RuleCounts(arrays["thresholds_min"], connect, mobile, totals),
                ClusterBootstrap(draws, seed),
            )
