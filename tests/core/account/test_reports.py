"""Reports of a period follow the home's clock, to the second, and show unknown time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.bins import CELSIUS_EDGES, OutdoorBin
from custom_components.aux_heat_guard.core.account.ledger import Ledger, Totals
from custom_components.aux_heat_guard.core.account.replay import start_replay
from custom_components.aux_heat_guard.core.account.reports import (
    Report,
    ReportRequest,
    Resolution,
    Row,
    build_report,
)
from custom_components.aux_heat_guard.core.account.tracker import begin_tracking
from custom_components.aux_heat_guard.core.model import Cause, Equipment, HeatState
from custom_components.aux_heat_guard.core.settings.guard import Settings

from ..helpers import (
    START,
    STATE_OBSERVATIONS,
    STRIPS_AND_COMPRESSOR,
    after,
    observe_state,
    run_states,
    thorough,
)
from ..oracle import STATE_CODES, Oracle, local_midnights
from .test_totals import EVENTS, LENGTH, OBSERVE, PLACES, RESTART

HOUR = 3600
NEW_YORK = ZoneInfo("America/New_York")
OFF, HEAT_PUMP, AUX, EMERGENCY = (
    HeatState.OFF,
    HeatState.HEAT_PUMP,
    HeatState.HEAT_PUMP_AUX,
    HeatState.EMERGENCY,
)
CHUNK = timedelta(days=5)


def build_history(
    *changes: tuple[datetime, HeatState | str],
    until: datetime,
    settings: Settings,
    outdoor: float | None = None,
) -> Ledger:
    """Return the full history of some heat states."""
    replay = start_replay(begin_tracking(changes[0][0], settings))
    observations = [replace(observe_state(state, at), outdoor=outdoor) for at, state in changes]
    at = changes[0][0]
    while at < until:
        end = min(at + CHUNK, until)
        replay = replay.advance(
            [look for look in observations if at <= look.at < end], end, settings
        )
        at = end
    return replay.full_ledger()


def simple_ledger(
    *changes: tuple[float, HeatState | str], hours: float = 48, outdoor: float | None = None
) -> Ledger:
    """Return the ledger of heat states, each (seconds after the start, state)."""
    moments = [(after(seconds), state) for seconds, state in changes]
    return build_history(
        *moments, until=after(hours=hours), settings=STRIPS_AND_COMPRESSOR, outdoor=outdoor
    )


def full_report(
    ledger: Ledger,
    resolution: Resolution = Resolution.DAY,
    settings: Settings = STRIPS_AND_COMPRESSOR,
    **wanted: object,
) -> Report:
    """Return a report, of the whole ledger by default."""
    whole = ReportRequest(start=ledger.months[0].at, end=ledger.at, resolution=resolution)
    return build_report(ledger, replace(whole, **wanted), settings)  # type: ignore[arg-type]


def local_rows(rows: tuple[Row, ...], zone: tzinfo) -> list[str]:
    return [f"{row.start.astimezone(zone):%Y-%m-%d %H:%M}" for row in rows]


def count_expected(oracle: Oracle, row: Row) -> Totals:
    """Return the expected counts. A run that starts at the very end belongs to the next row."""
    totals = oracle.count_totals(row.start, row.end)
    return replace(
        totals, cycles=oracle.count_totals(row.start, row.end - timedelta(seconds=1)).cycles
    )


def hours_on_the_clock(zone: tzinfo, start: datetime, end: datetime) -> list[datetime]:
    """Return the instants at which the local clock shows another hour, in steps of 15 min."""
    first = start.replace(minute=0, second=0) - timedelta(hours=1)
    quarters = [
        first + timedelta(minutes=15 * quarter)
        for quarter in range(int((end - first).total_seconds() // 900) + 1)
    ]
    shown = [(at, f"{at.astimezone(zone):%d %H %z}") for at in quarters]
    return [at for (_, before), (at, now) in pairwise(shown) if now != before and start < at < end]


# Rows


@thorough
@given(
    place=st.sampled_from(PLACES),
    events=EVENTS,
    ends=st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(sorted),
)
def test_each_row_equals_the_count_of_seconds(
    place: tuple[str, datetime], events: list[tuple[int, str]], ends: list[int]
) -> None:
    zone, start = ZoneInfo(place[0]), place[1]
    settings = replace(STRIPS_AND_COMPRESSOR, zone=zone, strips_kw=3600.0)
    oracle = Oracle(start, LENGTH)
    states = [(second, name) for second, name in events if name not in {OBSERVE, RESTART}]
    for second, name in states:
        oracle.set_state_from(second, name)
    changes = [(start + timedelta(seconds=second), name) for second, name in states]
    ledger = build_history(
        (start, HeatState.UNKNOWN),
        *changes,
        until=start + timedelta(seconds=LENGTH),
        settings=settings,
    )
    since, until = (start + timedelta(seconds=second) for second in ends)

    midnights = [
        at
        for _, at in local_midnights(
            zone, start.replace(minute=0, second=0) - timedelta(days=3), 12
        )
    ]
    inner = {
        Resolution.DAY: [at for at in midnights if since < at < until],
        Resolution.HOUR: hours_on_the_clock(zone, since, until),
    }
    for resolution, edges in inner.items():
        made = full_report(ledger, resolution, settings, start=since, end=until)
        assert (made.total.start, made.total.end) == (since, until)
        assert made.total.totals == count_expected(oracle, made.total)
        assert [row.start for row in made.rows] == ([since, *edges] if since < until else [])
        assert [row.end for row in made.rows] == ([*edges, until] if since < until else [])
        for row in made.rows:
            assert row.totals == count_expected(oracle, row)
            assert row.amounts.kwh == pytest.approx(row.totals.aux, abs=1e-3)
            unknown = oracle.seconds[_second(oracle, row.start) : _second(oracle, row.end)].count(
                STATE_CODES[HeatState.UNKNOWN]
            )
            assert row.coverage == pytest.approx(
                1 - unknown / (row.end - row.start).total_seconds()
            )


def _second(oracle: Oracle, at: datetime) -> int:
    return round((at - oracle.start).total_seconds())


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
        ("Asia/Kolkata", datetime(2026, 1, 30, 18, 30, tzinfo=UTC), 24),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 13, tzinfo=UTC), 24.5),
    ],
)
def test_days_follow_the_home_clock(zone: str, day: datetime, hours: float) -> None:
    settings = replace(STRIPS_AND_COMPRESSOR, zone=ZoneInfo(zone))
    ledger = build_history(
        (day - timedelta(hours=30), AUX), until=day + timedelta(days=3), settings=settings
    )
    (row,) = [row for row in full_report(ledger, Resolution.DAY, settings).rows if row.start == day]
    assert row.end - row.start == timedelta(hours=hours)
    assert row.totals.aux == hours * HOUR
    short = [
        row
        for row in full_report(ledger, Resolution.HOUR, settings, start=day, end=row.end).rows
        if row.totals.aux != HOUR
    ]
    assert [row.totals.aux for row in short] == ([HOUR / 2] if hours % 1 else [])


def test_months_and_seasons() -> None:
    begin = datetime(2025, 11, 20, 17, tzinfo=UTC)
    settings = replace(STRIPS_AND_COMPRESSOR, zone=NEW_YORK)
    ledger = build_history(
        (begin, OFF),
        (begin + timedelta(days=40), AUX),
        until=begin + timedelta(days=250),
        settings=settings,
    )
    months = full_report(ledger, Resolution.MONTH, settings)
    assert local_rows(months.rows, NEW_YORK)[:3] == [
        "2025-11-20 12:00",
        "2025-12-01 00:00",
        "2026-01-01 00:00",
    ]
    assert len(months.rows) == 9
    assert [row.totals.aux / HOUR / 24 for row in months.rows][2:6] == pytest.approx(
        [31, 28, 31 - 1 / 24, 30]
    )
    assert local_rows(full_report(ledger, Resolution.SEASON, settings).rows, NEW_YORK) == [
        "2025-11-20 12:00",
        "2026-07-01 00:00",
    ]
    southern = replace(settings, season_start_month=1)
    assert local_rows(full_report(ledger, Resolution.SEASON, southern).rows, NEW_YORK) == [
        "2025-11-20 12:00",
        "2026-01-01 00:00",
    ]
    assert sum(row.totals.aux for row in months.rows) == months.total.totals.aux == 210 * 24 * HOUR


# Coverage


def test_a_report_covers_only_counted_time() -> None:
    made = full_report(
        simple_ledger((0, AUX), hours=30), start=after(days=-400), end=after(days=400)
    )
    assert (made.total.start, made.total.end) == (START, after(hours=30))
    assert [(row.start, row.end) for row in made.rows] == [
        (START, after(hours=12)),
        (after(hours=12), after(hours=30)),
    ]


@pytest.mark.parametrize(("start", "end"), [(-48, -24), (72, 96), (6, 6)])
def test_a_time_in_which_nothing_was_counted_has_no_rows(start: float, end: float) -> None:
    made = full_report(simple_ledger((0, AUX)), start=after(hours=start), end=after(hours=end))
    assert made.rows == ()
    assert made.total.start == made.total.end
    assert made.total.totals == Totals()
    assert made.excess_resistance == (None, None, None)


def lose_hours(first: float, last: float) -> Ledger:
    """Return a ledger without the points between two hours."""
    whole = simple_ledger((0, AUX), hours=48, outdoor=2.0)
    kept = tuple(
        point for point in whole.points if not after(hours=first) < point.at < after(hours=last)
    )
    return replace(whole, points=kept)


def test_a_report_after_a_gap_starts_behind_it() -> None:
    made = full_report(lose_hours(10, 20), Resolution.HOUR)
    assert made.total.start - after(hours=20) == timedelta.resolution
    assert made.total.totals.aux == pytest.approx(28 * HOUR)
    assert max(row.totals.aux for row in made.rows) <= HOUR


def test_a_period_before_a_gap_is_reported() -> None:
    made = full_report(lose_hours(10, 20), Resolution.HOUR, end=after(hours=15))
    assert (made.total.start, made.total.end) == (START, after(hours=10))
    assert made.total.totals.aux == 10 * HOUR


def test_unknown_time_lowers_the_coverage() -> None:
    ledger = simple_ledger(
        (0, AUX), (6 * HOUR, HeatState.UNKNOWN), (9 * HOUR, "strips off, thermostat gone"), hours=12
    )
    (row,) = full_report(ledger).rows
    assert (row.coverage, row.heat_pump_coverage) == (0.75, 0.5)


# Runs


def test_a_run_that_goes_on_is_not_in_a_period_to_come() -> None:
    ledger = run_states((0, AUX), (600, HeatState.EMERGENCY)).ledger

    assert (
        build_report(
            ledger,
            ReportRequest(start=after(hours=1), end=after(hours=2), resolution=Resolution.HOUR),
            STRIPS_AND_COMPRESSOR,
        ).runs
        == ()
    )
    assert (
        len(
            build_report(
                ledger,
                ReportRequest(
                    start=after(minutes=5), end=after(hours=2), resolution=Resolution.HOUR
                ),
                STRIPS_AND_COMPRESSOR,
            ).runs
        )
        == 1
    )


def test_the_runs_that_reach_into_the_period() -> None:
    ledger = simple_ledger(
        (0, AUX), (HOUR, OFF), (2 * HOUR, AUX), (3 * HOUR, OFF), (4 * HOUR, AUX), hours=6
    )
    starts = [
        run.start for run in full_report(ledger, start=after(hours=2.5), end=after(hours=5)).runs
    ]
    assert starts == [after(hours=2), after(hours=4)]
    assert [
        run.start for run in full_report(ledger, start=after(hours=1), end=after(hours=4)).runs
    ] == [after(hours=2)]
    first, _, last = full_report(ledger).runs
    assert (first.end, first.seconds) == (after(hours=1), HOUR)
    assert (last.end, last.seconds) == (None, 2 * HOUR)


def test_a_home_without_a_run() -> None:
    assert full_report(simple_ledger((0, HEAT_PUMP))).runs == ()


def test_runs_of_strips_alone_are_emergency_heat() -> None:
    ledger = simple_ledger(
        *((0, EMERGENCY), (HOUR, OFF)),
        *((2 * HOUR, AUX), (3 * HOUR, OFF)),
        *((4 * HOUR, EMERGENCY), (5 * HOUR, AUX), (6 * HOUR, OFF)),
        *((7 * HOUR, EMERGENCY), (8 * HOUR, HeatState.UNKNOWN), (9 * HOUR, EMERGENCY)),
        hours=10,
    )
    assert [run.cause for run in full_report(ledger).runs] == [
        Cause.EMERGENCY,
        Cause.UNKNOWN,
        Cause.UNKNOWN,
        Cause.EMERGENCY,
    ]


# By outdoor temperature


def test_only_whole_days_are_sorted_by_outdoor_temperature() -> None:
    # Noon to noon, two days of it whole.
    made = full_report(
        simple_ledger((0, AUX), (60 * HOUR, EMERGENCY), hours=72, outdoor=2.0), edges=CELSIUS_EDGES
    )
    day = 24 * HOUR
    assert made.near_freezing == OutdoorBin(
        low=made.near_freezing.low,
        high=made.near_freezing.high,
        heat_pump=2 * day,
        aux=2 * day,
        emergency=0,
    )
    assert [one for one in made.by_outdoor if one.heat_pump] == [
        OutdoorBin(low=0, high=3, heat_pump=2 * day, aux=2 * day, emergency=0)
    ]


def test_furnace_heat_is_not_aux_heat_from_strips() -> None:
    furnace = replace(STRIPS_AND_COMPRESSOR, equipment=Equipment.FURNACE)
    ledger = build_history(
        (after(hours=12), EMERGENCY), until=after(hours=36), settings=furnace, outdoor=2.0
    )
    made = full_report(ledger, settings=furnace)
    assert made.total.totals.furnace == 24 * HOUR
    assert (made.near_freezing.aux, made.near_freezing.emergency, made.near_freezing.heat_pump) == (
        0,
        0,
        0,
    )


def test_a_day_of_unknown_temperature_has_a_bin_of_its_own() -> None:
    made = full_report(simple_ledger((0, HEAT_PUMP)))
    assert made.by_outdoor[-1] == OutdoorBin(
        low=None, high=None, heat_pump=24 * HOUR, aux=0, emergency=0
    )


def test_excess_resistance_is_scored_by_whole_hours() -> None:
    # The compressor could have given all heat of the first half hour.
    ledger = simple_ledger((0, EMERGENCY), (HOUR / 2, OFF), hours=4, outdoor=5.0)
    assert full_report(ledger).excess_resistance == pytest.approx((1, 1 / 2, 1 / 3))
    assert full_report(ledger, start=after(hours=-1.5)).excess_resistance == pytest.approx(
        (1, 1 / 2, 1 / 3)
    )
    # Without its first second the first hour is incomplete, and nothing heated in the others.
    assert full_report(ledger, start=after(seconds=1)).excess_resistance == (None, None, None)


def test_a_barely_observed_hour_has_no_score() -> None:
    changes = [(0.0, EMERGENCY), (1800.0, OFF), (2.0 * HOUR, HeatState.UNKNOWN)]
    seen_all = full_report(simple_ledger(*changes, hours=2, outdoor=5.0)).excess_resistance
    unseen_after = full_report(simple_ledger(*changes, hours=6, outdoor=5.0)).excess_resistance
    assert unseen_after == seen_all


def test_every_heat_state_is_reported() -> None:
    ledger = simple_ledger(
        *((second * HOUR, name) for second, name in enumerate(STATE_OBSERVATIONS)),
        hours=len(STATE_OBSERVATIONS),
    )
    rows = full_report(ledger, Resolution.HOUR).rows
    assert {name: row.totals for name, row in zip(STATE_OBSERVATIONS, rows, strict=True)}[
        HeatState.DEFROST
    ] == Totals(defrost=HOUR)
