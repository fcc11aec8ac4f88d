"""``python -m bench.recommendations``: what recommendations are worth to simulated buyers, and what they cost."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

import numpy as np

from bench.recommendations.buyers import BUYERS, CHANGED_SEED, SEEDS, simulated
from bench.recommendations.evaluation import RANKERS, interval, judged
from bench.recommendations.lambdarank import ranker_of
from bench.recommendations.speed import serving_times
from drivetrain.core.statistics import Estimate


def measure(seed: int, *, has_latent: bool, buyers: int) -> dict[str, object]:
    """All rankers under one seed, with what each gains on content and its share of the oracle's gain on popularity."""
    market = simulated(seed, has_latent=has_latent, buyers=buyers)
    who, figures = judged(market, {**RANKERS, "lambdarank on its candidates, not served": ranker_of(market)})
    ndcg = {name: values[:, 1] for name, values in figures.items()}
    whole_gain = float(np.mean(ndcg["oracle"] - ndcg["popularity"]))
    rankers: dict[str, Mapping[str, object]] = {}
    for name, values in figures.items():
        rankers[name] = {
            "recall@20": _shown(interval(values[:, 0], who)),
            "ndcg@20": _shown(interval(values[:, 1], who)),
            "ndcg minus content": _shown(interval(values[:, 1] - ndcg["content"], who)),
            "ndcg minus popularity": _shown(interval(values[:, 1] - ndcg["popularity"], who)),
            "share of the oracle's gain": round(
                float(np.mean(values[:, 1] - ndcg["popularity"])) / whole_gain, 3
            ),
        }
    return {
        "seed": seed,
        "buyers like models beyond their fields": has_latent,
        "buyer weeks": len(who),
        "rankers": rankers,
    }


def _shown(estimate: Estimate) -> str:
    return estimate.text(4)


def main() -> None:
    """Print the figures as JSON: means with the ends of their 95 % intervals."""
    parser = argparse.ArgumentParser(prog="python -m bench.recommendations", description=__doc__)
    parser.add_argument("--quality", action="store_true", help="only what they are worth")
    parser.add_argument("--speed", action="store_true", help="only what they cost")
    parser.add_argument("--buyers", type=int, default=BUYERS)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--seed", type=int, help="one seed in place of all")
    given = parser.parse_args()
    if given.quality or not given.speed:
        runs = [(seed, True) for seed in SEEDS] + [(CHANGED_SEED, False)]
        for seed, has_latent in runs if given.seed is None else [(given.seed, True)]:
            figures = measure(seed, has_latent=has_latent, buyers=given.buyers)
            print(json.dumps({"simulated": figures}, indent=1), flush=True)
    if given.speed or not given.quality:
        print(json.dumps({"serving": serving_times(given.listings)}, indent=1))


if __name__ == "__main__":
    main()
