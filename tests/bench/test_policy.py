"""The weather of the policy benchmark, and its table."""

import pytest

from bench.policy import CONTENDERS, table, weathers
from lab.trial import Outcome


def test_greensboro_is_as_cold_as_it_is() -> None:
    winters = weathers(None)
    warm, cold = winters["greensboro"], winters["greensboro_cold"]

    assert (warm.days, len(warm.sun_w_per_m2)) == (151, 3624)
    assert min(warm.outdoor_c) == pytest.approx(-16.7)
    assert sum(warm.outdoor_c) / len(warm.outdoor_c) == pytest.approx(6.7, abs=1.0)
    assert [a - b for a, b in zip(warm.outdoor_c, cold.outdoor_c, strict=True)] == pytest.approx([5.0] * 3624)
    # The sun shines at noon and not at night.
    assert max(warm.sun(60 * hour) for hour in range(3)) == 0
    assert max(warm.sun(60 * (24 * day + 12)) for day in range(151)) > 500


def test_each_figure_is_told_beside_its_target() -> None:
    outcomes = dict.fromkeys(CONTENDERS, Outcome(600, 3500, 1.2, 2, 60))
    good, bad = Outcome(30, 3300, 0.2, 7, 61), Outcome(700, 3600, 2, 7, 61)

    assert table({"greensboro": {**outcomes, "guard": good}}).count(" met") == 6
    assert table({"greensboro": {**outcomes, "guard": bad}}).count("missed") == 6
    assert "met" not in table({"elsewhere": {**outcomes, "guard": good}})
