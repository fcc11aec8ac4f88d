"""``python -m bench.photos``: photos of a camera to WebP in two sizes, each in a limited child, one after the other."""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import time
from pathlib import Path

import numpy as np
from PIL import Image

from drivetrain.adapters.images.limited import LimitedPictures
from drivetrain.core.pictures import WIDTHS

CAMERA = (4_000, 3_000)
"""Pixels of a usual phone's photo."""


def synthetic_photo(seed: int) -> bytes:
    """A made-up photo with coarse and fine structure, about as large as a camera's."""
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 255, (30, 40, 3), dtype=np.uint8)).resize(CAMERA)
    fine = Image.fromarray(draw.integers(0, 255, (750, 1_000, 3), dtype=np.uint8)).resize(CAMERA)
    file = io.BytesIO()
    Image.blend(coarse, fine, 0.25).save(file, "JPEG", quality=88)
    return file.getvalue()


def measure(photos: int) -> dict[str, object]:
    """Wall time of each photo, and processor time of the children."""
    encode, files = LimitedPictures(), [synthetic_photo(seed) for seed in range(photos)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken_s, kept_bytes = [], []
    for data in files:
        began_at = time.perf_counter()
        pictures = encode(data, WIDTHS)
        taken_s.append(time.perf_counter() - began_at)
        kept_bytes.append(sum(len(picture.data) for picture in pictures))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "photos": photos,
        "pixels": CAMERA[0] * CAMERA[1],
        "median_file_bytes": statistics.median(len(data) for data in files),
        "median_kept_bytes": statistics.median(kept_bytes),
        "median_s": round(statistics.median(taken_s), 3),
        "worst_s": round(max(taken_s), 3),
        "processor_s_per_photo": round(used_s / photos, 3),
    }


def main() -> None:
    """Print the figures, and write them where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    figures = measure(arguments.photos)
    for name, value in figures.items():
        print(f"{name:24} {value}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
