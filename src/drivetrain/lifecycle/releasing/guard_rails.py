"""What a challenger must not do: the limits that end its trial, each with its figures."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.lifecycle.releasing.trial_store import Evidence


@dataclass(frozen=True, slots=True)
class Rail:
    """One rail with its figures, as it stands now.

    Attributes:
        measured: None before the first case.
        state: ``waiting`` while there are too few cases to judge, then ``ok`` or ``broken``.
        sentence: the same for a person.
    """

    name: str
    measured: float | None
    allowed: float
    cases: int
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class GuardRails:
    """What a challenger must not do.

    Each rail waits for ``fewest`` cases, so that one unlucky row ends nothing.

    Attributes:
        most_failures: share of its answers.
        slowest_p95_us: of its time; a sound version needs a tenth of it, whatever the load.
        least_coverage: share of known outcomes inside its range, for a range calibrated to hold 90 %.
    """

    most_failures: float = 0.01
    slowest_p95_us: float = 50_000.0
    least_coverage: float = 0.80
    fewest: int = 50

    def rails(self, evidence: Evidence) -> list[Rail]:
        """Every rail with its figures."""
        p95_us, covered = evidence.p95_us, _share(evidence.covered, evidence.outcomes)
        coverage = (
            "no outcome is known yet"
            if covered is None
            else f"its range held {covered:.1%} of {evidence.outcomes:,} outcomes"
        )
        took = "it has not answered yet" if p95_us is None else f"its p95 is {p95_us / 1000:.1f} ms"
        return [
            self._failing(evidence.answers, evidence.failures),
            self._rail(
                "p95_us",
                p95_us,
                self.slowest_p95_us,
                evidence.answers,
                p95_us is not None and p95_us > self.slowest_p95_us,
                f"{took}, allowed are {self.slowest_p95_us / 1000:.1f} ms",
            ),
            self._rail(
                "coverage",
                covered,
                self.least_coverage,
                evidence.outcomes,
                evidence.covered < self.least_coverage * evidence.outcomes,
                f"{coverage}, at least {self.least_coverage:.0%} are asked",
            ),
        ]

    def breaches(self, evidence: Evidence, *, requests: int = 0, failures: int = 0) -> list[str]:
        """The rails that are broken, each as a sentence with its figures.

        Args:
            requests: requests that fell to the challenger in this process; ``failures`` of them it could not
                answer. A reason that cannot be computed is such a failure. Shadows do not show it: they give
                no reasons.
        """
        failing_rail = self._failing(requests, failures)
        return [
            rail.sentence
            for rail in dict.fromkeys([*self.rails(evidence), failing_rail])
            if rail.state == "broken"
        ]

    def _failing(self, answers: int, failures: int) -> Rail:
        is_broken = failures > self.most_failures * answers
        sentence = f"it failed {failures:,} of {answers:,} times, allowed are {self.most_failures:.0%}"
        return self._rail(
            "failures", _share(failures, answers), self.most_failures, answers, is_broken, sentence
        )

    def _rail(
        self, name: str, measured: float | None, allowed: float, cases: int, is_broken: bool, sentence: str
    ) -> Rail:
        state = "waiting" if measured is None or cases < self.fewest else "broken" if is_broken else "ok"
        return Rail(name, measured, allowed, cases, state, sentence)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
