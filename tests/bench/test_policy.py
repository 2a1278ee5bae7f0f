"""The weather of the policy benchmark, its figures, tables and picture."""

from collections.abc import Mapping
from datetime import UTC, datetime
import json
from pathlib import Path

import pytest

from bench.contenders import POLICIES, simulate_winters
from bench.policy import weathers
from bench.policy_plot import draw_results, freezing_morning
from bench.policy_table import format_table, plain_results
from lab.trial import Outcome
from lab.units import celsius
from lab.variants import BASE, VARIANTS
from lab.winter import Winter

FIGURES = {"aux_kwh", "total_kwh", "dh_per_day", "writes_per_day", "min_room_f"}


def winter(*by_day_f: float) -> Winter:
    hours = tuple(celsius(outdoor) for outdoor in by_day_f for _ in range(24))
    return Winter(
        begin=datetime(2026, 11, 1, tzinfo=UTC), outdoor_c=hours, sun_w_per_m2=(0.0,) * len(hours)
    )


@pytest.fixture(scope="module")
def short_results() -> Mapping[str, Winter]:
    return {"greensboro": winter(40, 25, 30)}


def test_the_greensboro_winter_has_the_known_temperatures() -> None:
    winters = weathers(None)
    warm, cold = winters["greensboro"], winters["greensboro_cold"]

    assert (warm.days, len(warm.sun_w_per_m2)) == (151, 3624)
    assert min(warm.outdoor_c) == pytest.approx(-16.7)
    assert sum(warm.outdoor_c) / len(warm.outdoor_c) == pytest.approx(6.7, abs=1.0)
    assert [a - b for a, b in zip(warm.outdoor_c, cold.outdoor_c, strict=True)] == pytest.approx(
        [5.0] * 3624
    )
    # The sun shines at noon and not at night.
    assert max(warm.sun_at(60 * hour) for hour in range(3)) == 0
    assert max(warm.sun_at(60 * (24 * day + 12)) for day in range(151)) > 500


def test_figures_tables_and_picture_of_a_short_winter(
    short_results: Mapping[str, Winter], tmp_path: Path
) -> None:
    results = simulate_winters(short_results, [BASE, "capacity_high"], polled_every=3)

    figures = json.loads(json.dumps({"results": plain_results(results)}))
    assert figures.keys() == {"results"}
    assert figures["results"].keys() == {"greensboro"}
    assert figures["results"]["greensboro"].keys() == {BASE, "capacity_high"}
    for outcomes in figures["results"]["greensboro"].values():
        assert tuple(outcomes) == POLICIES
        assert all(outcome.keys() == FIGURES for outcome in outcomes.values())
    base, high = figures["results"]["greensboro"].values()
    # Only the guard is configured for another heat pump.
    assert {name for name in POLICIES if base[name] != high[name]} <= {"guard", "bound"}
    assert base["bound"]["aux_kwh"] <= base["guard"]["aux_kwh"] < base["step"]["aux_kwh"]
    assert base["lockout"]["aux_kwh"] <= base["step"]["aux_kwh"]

    written = format_table(results, short_results)
    assert all(name in written for name in (*POLICIES, "capacity_high", "closure"))

    draw_results(results, short_results, tmp_path / "policy.png")
    assert (tmp_path / "policy.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("by_day", "day"),
    [((32, 32, 40, 31, 25), 3), ((40, 40, 20, 50, 30), 4), ((10, 10, 5, 3, 8), 4)],
)
def test_the_plotted_night_is_near_freezing(by_day: tuple[float, ...], day: int) -> None:
    assert freezing_morning(winter(*by_day)) == day


def test_a_weather_without_targets_is_not_judged(short_results: Mapping[str, Winter]) -> None:
    outcomes = dict.fromkeys(
        POLICIES,
        Outcome(aux_kwh=600, total_kwh=3500, dh_per_day=1.2, writes_per_day=2, min_room_f=60),
    )

    assert " met" not in format_table(
        {"elsewhere": {BASE: outcomes}}, {"elsewhere": short_results["greensboro"]}
    )
    assert "elsewhere" in format_table(
        {"elsewhere": {BASE: outcomes}}, {"elsewhere": short_results["greensboro"]}
    )


def test_all_variants_are_in_one_table(short_results: Mapping[str, Winter]) -> None:
    outcomes = dict.fromkeys(
        POLICIES,
        Outcome(aux_kwh=600, total_kwh=3500, dh_per_day=1.2, writes_per_day=2, min_room_f=60),
    )
    written = format_table(
        {"elsewhere": dict.fromkeys(VARIANTS, outcomes)}, {"elsewhere": short_results["greensboro"]}
    )

    assert all(written.count(f"\n{name} ") == 1 for name in VARIANTS)
