"""What was learned last, in each worker, laid over the rows of the index that it searches."""

from __future__ import annotations

from drivetrain.market.recommendations.application.ports import Fits
from drivetrain.market.recommendations.domain.fit import Fit, FittedIndex
from drivetrain.market.search.domain.columns import Columns


class FollowFit:
    """Holds the latest fit; one that nothing was learned for until it is read."""

    def __init__(self, fits: Fits) -> None:
        self._fits = fits
        self._fit = Fit()
        self._fitted: FittedIndex | None = None

    def look(self) -> None:
        """Take a newer fit; one that is as new stays.

        Raises:
            UnavailableError: the database cannot be reached; the former fit stays.
        """
        if self._fits.latest_version() != self._fit.version:
            self._fit = self._fits.latest()

    def over(self, columns: Columns) -> FittedIndex:
        """The fit over the rows of an index; made once for each of both."""
        fitted, fit = self._fitted, self._fit
        if fitted is None or fitted.fit is not fit or fitted.columns is not columns:
            fitted = FittedIndex(fit, columns)
            self._fitted = fitted
        return fitted
