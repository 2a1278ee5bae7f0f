"""The full hours of UTC are complete, without duplicates, and add up to the ledger."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import fsum
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account import hours
from custom_components.aux_heat_guard.core.account.hours import Hour, Sums
from custom_components.aux_heat_guard.core.account.ledger import Ledger
from custom_components.aux_heat_guard.core.account.replay import start_replay
from custom_components.aux_heat_guard.core.account.tracker import begin_tracking
from custom_components.aux_heat_guard.core.model import HeatState, Observation
from custom_components.aux_heat_guard.core.settings.guard import RECENT_PERIOD, Settings
from tests.core.helpers import START, STATE_OBSERVATIONS, STRIPS_AND_COMPRESSOR, after, quick

HOUR = timedelta(hours=1)
AUX, PUMP, OFF, EMERGENCY = (
    HeatState.HEAT_PUMP_AUX,
    HeatState.HEAT_PUMP,
    HeatState.OFF,
    HeatState.EMERGENCY,
)


def build_ledger(
    *states: tuple[float, HeatState | str],
    until: float,
    start: datetime = START,
    settings: Settings = STRIPS_AND_COMPRESSOR,
) -> Ledger:
    """Return the ledger of (minutes after the start, state), with 10 kW at a price of 0.2."""
    watch = begin_tracking(start, settings)
    observations = [
        replace(STATE_OBSERVATIONS[what], at=start + timedelta(minutes=minute), price=0.2)
        for minute, what in states
    ]
    return (
        start_replay(watch)
        .advance(observations, start + timedelta(minutes=until), settings)
        .full_ledger()
    )


def rounded_sums(sums: Sums) -> tuple[float, ...]:
    return tuple(
        round(value, 6) for value in (sums.aux, sums.emergency, sums.heat_pump, sums.kwh, sums.cost)
    )


def test_each_hour_has_its_amounts_and_the_sums_at_its_end() -> None:
    ledger = build_ledger((0, PUMP), (30, AUX), (90, EMERGENCY), (100, OFF), until=185)
    first, second, third = hours.completed_hours(ledger, START)
    assert [hour.start for hour in (first, second, third)] == [
        after(hours=hour) for hour in range(3)
    ]
    assert rounded_sums(first.within_hour) == (1800, 0, 3600, 5, 1)
    assert rounded_sums(second.within_hour) == (2400, 600, 1800, round(20 / 3, 6), round(4 / 3, 6))
    assert rounded_sums(third.within_hour) == (0, 0, 0, 0, 0)
    assert (
        rounded_sums(third.cumulative)
        == rounded_sums(second.cumulative)
        == (4200, 600, 5400, round(35 / 3, 6), round(7 / 3, 6))
    )


def test_the_hour_in_which_counting_started_counts_from_there() -> None:
    ledger = build_ledger((0, AUX), until=45, start=after(minutes=20))
    (only,) = hours.completed_hours(ledger, START)
    assert (only.start, only.within_hour.aux) == (START, 2400)


def test_an_unfinished_hour_is_left_out() -> None:
    assert not list(hours.completed_hours(build_ledger((0, AUX), until=59.9), START))
    assert len(list(hours.completed_hours(build_ledger((0, AUX), until=60), START))) == 1


def test_hours_start_with_the_hour_of_an_instant() -> None:
    ledger = build_ledger((0, AUX), until=300)
    assert [hour.start for hour in hours.completed_hours(ledger, after(minutes=150))] == [
        after(hours=2),
        after(hours=3),
        after(hours=4),
    ]
    assert not list(hours.completed_hours(ledger, after(hours=5)))


def test_a_trimmed_ledger_starts_with_its_first_complete_hour() -> None:
    whole = build_ledger((0, AUX), (20, PUMP), (40, AUX), until=60 * 24 * 9 + 30)
    recent = whole.trim()
    assert hours.first_complete_hour(whole) == START
    assert hours.first_complete_hour(recent) == hours.hour_start(whole.at - RECENT_PERIOD)
    begun_between = replace(recent, points=recent.points[1:])
    begun_between = replace(
        begun_between,
        points=(
            replace(begun_between.points[0], at=after(days=2, minutes=7)),
            *begun_between.points[1:],
        ),
    )
    assert hours.first_complete_hour(begun_between) == after(days=2, hours=1)
    assert list(hours.completed_hours(recent, START)) == list(
        hours.completed_hours(whole, hours.first_complete_hour(recent))
    )


def test_a_mark_is_exact_where_the_changes_before_it_were_thinned_out() -> None:
    minute = [(float(at), AUX if at % 2 else OFF) for at in range(180)]
    whole = build_ledger(*minute, until=180)
    thinned = replace(
        whole,
        points=(whole.points[0], *(point for point in whole.points[1:] if point.at.minute == 0)),
    )
    assert [hour.within_hour.aux for hour in hours.completed_hours(thinned, START)] == [
        1800,
        1800,
        1800,
    ]
    assert list(hours.completed_hours(thinned, START)) == list(hours.completed_hours(whole, START))


def test_where_a_mark_is_missing_the_hours_still_add_up() -> None:
    whole = build_ledger((0, OFF), (30, AUX), (150, PUMP), (170, AUX), until=240)
    unmarked = replace(whole, points=tuple(point for point in whole.points if point.at.minute))
    unmarked = replace(unmarked, points=(whole.points[0], *unmarked.points))
    assert [rounded_sums(hour.cumulative) for hour in hours.completed_hours(unmarked, START)] == [
        rounded_sums(hour.cumulative) for hour in hours.completed_hours(whole, START)
    ]


def test_a_clock_set_back_skips_no_hour() -> None:
    ledger = build_ledger((0, AUX), until=330)
    ledger = ledger.rewind(after(hours=3, minutes=10))
    ledger = (
        begin_tracking(ledger.at, STRIPS_AND_COMPRESSOR, ledger)
        .advance_to(after(hours=6), STRIPS_AND_COMPRESSOR)
        .ledger
    )
    lengths = [hour.within_hour.aux for hour in hours.completed_hours(ledger, START)]
    assert lengths == [3600, 3600, 3600, pytest.approx(330 * 60 - 3 * 3600), 0, 0]


def test_a_clock_set_back_to_before_the_start() -> None:
    ledger = build_ledger((0, AUX), until=90).rewind(after(hours=-3, minutes=5))
    ledger = ledger.advance(after(hours=-1))
    assert [
        (hour.start, hour.cumulative.aux, hour.within_hour.aux)
        for hour in hours.completed_hours(ledger, after(days=-1))
    ] == [
        (after(hours=-3), 5400 + 3300, 3300),
        (after(hours=-2), 5400 + 6900, 3600),
    ]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    "start",
    [datetime(2026, 3, 7, 20, 10), datetime(2026, 10, 31, 20, 10), datetime(2026, 4, 4, 10, 10)],  # noqa: DTZ001
)
def test_hours_are_utc_hours_in_every_zone(zone: str, start: datetime) -> None:
    settings = replace(STRIPS_AND_COMPRESSOR, zone=ZoneInfo(zone))
    ledger = build_ledger(
        (0, AUX), until=48 * 60, start=start.replace(tzinfo=START.tzinfo), settings=settings
    )
    found = list(hours.completed_hours(ledger, ledger.points[0].at))
    assert len(found) == 48
    assert all(later.start - earlier.start == HOUR for earlier, later in pairwise(found))
    assert [round(hour.within_hour.aux) for hour in found] == [3000, *[3600] * 47]


def observe_draws(draws: list[tuple[float, HeatState | str]]) -> list[Observation]:
    at, found = 0.0, []
    for length, what in draws:
        found.append(replace(STATE_OBSERVATIONS[what], at=after(at), price=0.3))
        at += length
    return found


@quick
@given(
    st.lists(
        st.tuples(st.floats(0.001, 30_000), st.sampled_from(sorted(STATE_OBSERVATIONS, key=str))),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 59),
)
def test_the_hours_add_up_to_the_ledger(
    draws: list[tuple[float, HeatState | str]], minute: int
) -> None:
    end = after(fsum(length for length, _ in draws))
    watch = begin_tracking(after(minutes=-minute), STRIPS_AND_COMPRESSOR)
    ledger = (
        start_replay(watch).advance(observe_draws(draws), end, STRIPS_AND_COMPRESSOR).full_ledger()
    )
    found: list[Hour] = list(hours.completed_hours(ledger, ledger.points[0].at))
    assert len(found) == (hours.hour_start(end) - hours.hour_start(after(minutes=-minute))) // HOUR
    for part in ("aux", "emergency", "heat_pump", "kwh", "cost"):
        own = [getattr(hour.within_hour, part) for hour in found]
        assert all(value >= -1e-9 for value in own)
        assert fsum(own) == pytest.approx(
            getattr(hours.sums_at(ledger, hours.hour_start(end)), part), abs=1e-6
        )
    assert list(hours.completed_hours(ledger, ledger.points[0].at)) == found
