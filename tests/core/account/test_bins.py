"""Heating by outdoor temperature, RHU and ERS."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import fsum, inf, nan

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.bins import (
    CELSIUS_EDGES,
    FAHRENHEIT_EDGES,
    SECONDS_PER_HOUR,
    STRIPS_TO_COMPRESSOR,
    HeatingPeriod,
    OutdoorBin,
    bin_by_outdoor,
    excess_resistance,
    near_freezing_bin,
)

MINUTE = 60.0
DAY = 24 * SECONDS_PER_HOUR
EDGES = [FAHRENHEIT_EDGES, CELSIUS_EDGES]

OUTDOOR_TEMPERATURES = st.one_of(
    st.none(),
    st.sampled_from([nan, inf, -inf, *FAHRENHEIT_EDGES, *CELSIUS_EDGES]),
    st.floats(-60, 60),
)


def bin_parts(most: float) -> st.SearchStrategy[list[HeatingPeriod]]:
    """Draw days or hours of heating, in which AUX never exceeds the compressor time."""
    share = st.floats(0, 1).map(lambda exact: round(exact, 6))
    shares = st.tuples(share, share, share)
    return st.lists(
        st.builds(
            lambda outdoor, share: _part(outdoor, most, *share), OUTDOOR_TEMPERATURES, shares
        ),
        max_size=40,
    )


def _part(
    outdoor: float | None, most: float, heat_pump: float, aux: float, emergency: float
) -> HeatingPeriod:
    return HeatingPeriod(
        outdoor=outdoor,
        heat_pump=heat_pump * most,
        aux=heat_pump * most * aux,
        emergency=(1 - heat_pump) * most * emergency,
    )


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) / 1.8


def bin_index(outdoor: float | None, edges: Sequence[float] = FAHRENHEIT_EDGES) -> int:
    """Return the index of the bin that counts a day."""
    (index,) = [
        index
        for index, one in enumerate(
            bin_by_outdoor([HeatingPeriod(outdoor=outdoor, heat_pump=1, aux=0, emergency=0)], edges)
        )
        if one.heat_pump
    ]
    return index


# Bins


def test_bins_are_five_degrees_fahrenheit_wide_with_open_ends_and_one_for_unknown_days() -> None:
    bins = bin_by_outdoor([])
    bounds = [
        (one.low and round(one.low * 1.8 + 32, 9), one.high and round(one.high * 1.8 + 32, 9))
        for one in bins
    ]
    assert bounds == [(None, 0), *pairwise(range(0, 65, 5)), (60, None), (None, None)]


def test_bins_for_europe_are_three_kelvin_wide_with_an_edge_at_freezing() -> None:
    bins = bin_by_outdoor([], CELSIUS_EDGES)
    assert [(one.low, one.high) for one in bins] == [
        (None, -18),
        *pairwise(range(-18, 18, 3)),
        (15, None),
        (None, None),
    ]


@pytest.mark.parametrize("edge", range(0, 65, 5))
@pytest.mark.parametrize(
    "converted",
    [
        lambda edge: (edge - 32) / 1.8,
        lambda edge: (edge - 32) * 5 / 9,
        lambda edge: (edge - 32) * (5 / 9),
        lambda edge: (edge + 459.67) / 1.8 - 273.15,
        lambda edge: round((edge - 32) / 1.8, 10),
    ],
)
def test_an_exact_edge_is_in_the_bin_below_it_however_it_was_converted(
    edge: int, converted: Callable[[float], float]
) -> None:
    assert bin_index(converted(edge)) == edge // 5


@pytest.mark.parametrize(
    ("fahrenheit", "bounds"),
    [
        (-40, (None, 0)),
        (0, (None, 0)),
        (0.001, (0, 5)),
        (30, (25, 30)),
        (30.001, (30, 35)),
        (60, (55, 60)),
        (60.001, (60, None)),
        (90, (60, None)),
    ],
)
def test_edges_are_closed_on_the_right(
    fahrenheit: float, bounds: tuple[int | None, int | None]
) -> None:
    one = bin_by_outdoor([])[bin_index(celsius(fahrenheit))]
    assert (one.low, one.high) == tuple(
        None if bound is None else celsius(bound) for bound in bounds
    )


@pytest.mark.parametrize("outdoor", [None, nan, inf, -inf])
def test_a_day_without_a_known_outdoor_temperature_is_kept_apart(outdoor: float | None) -> None:
    *known, unknown = bin_by_outdoor(
        [HeatingPeriod(outdoor=outdoor, heat_pump=3, aux=2, emergency=1)]
    )
    assert unknown == OutdoorBin(low=None, high=None, heat_pump=3, aux=2, emergency=1)
    assert all(one == OutdoorBin(low=one.low, high=one.high) for one in known)


@given(bin_parts(DAY), st.sampled_from(EDGES))
def test_no_second_is_lost_over_the_bins(days: list[HeatingPeriod], edges: Sequence[float]) -> None:
    bins = bin_by_outdoor(days, edges)
    for amount in ("heat_pump", "aux", "emergency"):
        assert fsum(getattr(one, amount) for one in bins) == pytest.approx(
            fsum(getattr(day, amount) for day in days), abs=1e-6
        )


@given(bin_parts(DAY), st.sampled_from(EDGES))
def test_each_bin_holds_the_days_between_its_bounds(
    days: list[HeatingPeriod], edges: Sequence[float]
) -> None:
    *known, _ = bin_by_outdoor(days, edges)
    for one in known:
        low, high = (-inf if one.low is None else one.low), (inf if one.high is None else one.high)
        inside = [
            day
            for day in days
            if day.outdoor is not None
            and abs(day.outdoor) < inf
            and low + 1e-9 < day.outdoor <= high + 1e-9
        ]
        assert (one.heat_pump, one.aux) == (
            fsum(day.heat_pump for day in inside),
            fsum(day.aux for day in inside),
        )


@given(bin_parts(DAY))
def test_the_order_of_the_days_does_not_matter(days: list[HeatingPeriod]) -> None:
    assert bin_by_outdoor(reversed(days)) == bin_by_outdoor(days)


def test_near_freezing_is_over_thirty_up_to_forty_five_degrees_fahrenheit() -> None:
    days = [
        HeatingPeriod(outdoor=celsius(outdoor), heat_pump=1, aux=0, emergency=0)
        for outdoor in (29, 30, 30.1, 38, 45, 45.1)
    ] + [HeatingPeriod(outdoor=None, heat_pump=1, aux=0, emergency=0)]
    assert near_freezing_bin(days) == OutdoorBin(low=celsius(30), high=celsius(45), heat_pump=3)


# RHU


@pytest.mark.parametrize(
    ("heat_pump", "aux", "emergency", "rhu", "dead"),
    [
        (3000, 600, 0, 0.2, False),
        (3000, 600, 1000, 0.4, False),
        (3000, 0, 0, 0.0, False),
        (1000, 1000, 0, 1.0, False),
        (0, 0, 2000, 1.0, False),
        (1000, 1001, 0, None, True),
        (0, 2000, 2000, None, True),
        # The 1800 minutes include all three, also the strips beside the compressor.
        (1200, 500, 100, 0.461538461538, False),
        (1200, 500, 99.9, None, False),
        (1799, 0, 0, None, False),
        (0, 0, 0, None, False),
        (0, 1, 0, None, True),
    ],
)
def test_resistance_heat_utilisation(
    heat_pump: float, aux: float, emergency: float, rhu: float | None, dead: bool
) -> None:
    one = OutdoorBin(
        low=None,
        high=None,
        heat_pump=heat_pump * MINUTE,
        aux=aux * MINUTE,
        emergency=emergency * MINUTE,
    )
    assert one.rhu == (None if rhu is None else pytest.approx(rhu))
    assert one.is_aux_above_heat_pump is dead


@given(bin_parts(DAY))
def test_sums_keep_strips_runtime_below_compressor_runtime(
    days: list[HeatingPeriod],
) -> None:
    assert not any(one.is_aux_above_heat_pump for one in bin_by_outdoor(days))


@given(bin_parts(DAY))
def test_rhu_is_a_share(days: list[HeatingPeriod]) -> None:
    assert all(one.rhu is None or 0 <= one.rhu <= 1 for one in bin_by_outdoor(days))


# ERS

AT_47 = celsius(47)
AT_17 = celsius(17)


@pytest.mark.parametrize(
    ("hours", "window", "score"),
    [
        # The compressor was idle for half an hour, so 15 minutes of strips were not needed.
        ([HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=900)], 1, 900 / 2700),
        # The strips ran beside the compressor for the whole hour, which had no spare capacity.
        ([HeatingPeriod(outdoor=AT_47, heat_pump=3600, aux=3600, emergency=0)], 1, 0),
        # The compressor had six minutes left.
        ([HeatingPeriod(outdoor=AT_47, heat_pump=3240, aux=1800, emergency=0)], 1, 360 / 5040),
        # At 17 °F a minute of the compressor is 0.64 of one at 47 °F.
        (
            [HeatingPeriod(outdoor=AT_17, heat_pump=3240, aux=1800, emergency=0)],
            1,
            0.64 * 360 / (0.64 * 3240 + 1800),
        ),
        # The next hour has the capacity that this one lacks.
        (
            [
                HeatingPeriod(outdoor=AT_47, heat_pump=3600, aux=1800, emergency=0),
                HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=0),
            ],
            1,
            0,
        ),
        (
            [
                HeatingPeriod(outdoor=AT_47, heat_pump=3600, aux=1800, emergency=0),
                HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=0),
            ],
            2,
            1800 / 2 / 7200,
        ),
        # The hour in between is unknown, so no window of two hours is complete.
        (
            [
                HeatingPeriod(outdoor=AT_47, heat_pump=3600, aux=1800, emergency=0),
                HeatingPeriod(outdoor=None, heat_pump=0, aux=0, emergency=0),
                HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=0),
            ],
            2,
            None,
        ),
        (
            [
                HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=900),
                HeatingPeriod(outdoor=nan, heat_pump=3600, aux=0, emergency=3600),
                HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=900),
            ],
            1,
            900 / 2700,
        ),
        # Nothing heated; too short; nothing at all.
        ([HeatingPeriod(outdoor=AT_47, heat_pump=0, aux=0, emergency=0)], 1, None),
        ([HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=900)], 2, None),
        ([], 1, None),
        # So cold that the line would make the compressor cool the house.
        ([HeatingPeriod(outdoor=-50, heat_pump=1800, aux=900, emergency=0)], 1, 0),
        # A clock that is off by a second.
        ([HeatingPeriod(outdoor=AT_47, heat_pump=3601, aux=1800, emergency=0)], 1, 0),
    ],
)
def test_excess_resistance(hours: list[HeatingPeriod], window: int, score: float | None) -> None:
    assert excess_resistance(hours, window, strips=1) == (
        None if score is None else pytest.approx(score)
    )


def test_strips_are_slightly_weaker_than_the_compressor_unless_said_otherwise() -> None:
    hours = [HeatingPeriod(outdoor=AT_47, heat_pump=1800, aux=0, emergency=900)]
    assert (
        excess_resistance(hours, 1)
        == excess_resistance(hours, 1, STRIPS_TO_COMPRESSOR)
        == pytest.approx(855 / 2655)
    )


@given(bin_parts(SECONDS_PER_HOUR), st.integers(1, 3), st.floats(0.1, 3))
def test_excess_resistance_as_written_down(
    hours: list[HeatingPeriod], window: int, strips: float
) -> None:
    score = excess_resistance(hours, window, strips)
    known = [hour for hour in hours if hour.outdoor is not None and abs(hour.outdoor) < inf]
    total = sum(
        strips * (hour.aux + hour.emergency) + hour.heat_pump * scale_hour(hour) for hour in known
    )
    excess = [
        min(
            strips * sum(hour.aux + hour.emergency for hour in hours[start : start + window]),
            sum(
                (SECONDS_PER_HOUR - hour.heat_pump) * scale_hour(hour)
                for hour in hours[start : start + window]
            ),
        )
        for start in range(len(hours) - window + 1)
        if all(hour in known for hour in hours[start : start + window])
    ]
    assert (score is None) == (not excess or not total)
    assert score is None or score == pytest.approx(sum(excess) / window / total, abs=1e-9)


@given(bin_parts(SECONDS_PER_HOUR), st.integers(1, 3))
def test_excess_resistance_is_a_share_of_the_strips_heat(
    hours: list[HeatingPeriod], window: int
) -> None:
    score = excess_resistance(hours, window)
    assert score is None or 0 <= score <= 1 + 1e-9


def scale_hour(hour: HeatingPeriod) -> float:
    assert hour.outdoor is not None
    return max(1 - 0.012 * (47 - (hour.outdoor * 9 / 5 + 32)), 0)
