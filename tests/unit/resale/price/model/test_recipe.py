"""A recipe of the Gaussian process uses the words of the literature, and reads versions that did not."""

from __future__ import annotations

from drivetrain.resale.price.model.recipe import CarPriceRecipe


def test_the_names_that_versions_were_first_written_with_are_read():
    former = {"straight": 0.2, "curve": 0.4, "reach": 2.0, "swap": 0.3, "quiet": 0.1, "most_rows": 500}
    assert CarPriceRecipe.from_dict(former) == CarPriceRecipe(
        linear_variance=0.2,
        rbf_variance=0.4,
        length_scale=2.0,
        mismatch_penalty=0.3,
        range_offset=0.1,
        most_rows=500,
    )
