"""Cutting and joining archived history loses and doubles nothing, and mixes up no season."""

from dataclasses import astuple, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account import archive, days, replay
from custom_components.aux_heat_guard.core.account.archive import ArchiveSegment
from custom_components.aux_heat_guard.core.account.energy import Amounts
from custom_components.aux_heat_guard.core.account.figures import usage_windows
from custom_components.aux_heat_guard.core.account.ledger import Ledger, Point, Totals, open_ledger
from custom_components.aux_heat_guard.core.account.tracker import begin_tracking
from custom_components.aux_heat_guard.core.model import Cause, HeatState, Observation, Run
from custom_components.aux_heat_guard.core.persistence.history import decode_points, encode_points
from custom_components.aux_heat_guard.core.settings.guard import (
    MAX_MONTHS,
    MAX_POINTS,
    MAX_RUNS,
    EnergySource,
    Settings,
)

from ..helpers import START, STATE_OBSERVATIONS, after, observe_state, quick, run_states
from ..oracle import Oracle, window_starts
from ..random_lives import (
    AUX,
    BY_ENERGY,
    Moment,
    are_same_points,
    are_same_runs,
    is_close,
    is_same_ledger,
    is_same_run,
    moment_lists,
    observe_moments,
)

OFF, PUMP, UNKNOWN = HeatState.OFF, HeatState.HEAT_PUMP, HeatState.UNKNOWN
HOUR = 3600
RATED = BY_ENERGY[EnergySource.RATED]


def run_observations(
    observations: list[Observation],
    until: datetime,
    settings: Settings = RATED,
    start: datetime = START,
) -> Ledger:
    """Return the ledger of some observations, with all points kept."""
    return (
        replay.start_replay(begin_tracking(start, settings))
        .advance(observations, until, settings)
        .full_ledger()
    )


def have_same_months(one: Ledger, other: Ledger) -> bool:
    """Return True if two ledgers have the same starts of months, with the same totals."""
    return are_same_points(
        [replace(month, state=OFF) for month in one.months],
        [replace(month, state=OFF) for month in other.months],
    )


def conserves_seconds(ledger: Ledger) -> bool:
    """Return True if all parts of a ledger count exactly the seconds that passed."""
    passed = [(point.at - ledger.months[0].at).total_seconds() for point in ledger.points]
    return all(
        point.totals.aux + point.totals.aux_unknown <= seconds + 1e-6
        and point.totals.cycles <= ledger.totals.cycles
        for point, seconds in zip(ledger.points, passed, strict=True)
    )


class TestChapters:
    @pytest.mark.parametrize(
        ("at", "year"),
        [
            (datetime(2026, 7, 1, tzinfo=UTC), 2026),
            (datetime(2026, 6, 30, 23, 59, 59, 999_999, tzinfo=UTC), 2025),
            (datetime(2027, 1, 1, tzinfo=UTC), 2026),
            (datetime(2028, 2, 29, 12, tzinfo=UTC), 2027),
            (datetime(2026, 6, 30, 22, tzinfo=ZoneInfo("America/New_York")), 2026),
            (datetime(2026, 7, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")), 2025),
        ],
    )
    def test_a_chapter_goes_from_july_to_june_in_utc(self, at: datetime, year: int) -> None:
        assert archive.season_year(at) == year

    @pytest.mark.parametrize(
        "border", [datetime(2026, 7, 1, tzinfo=UTC), datetime(2028, 7, 1, tzinfo=UTC)]
    )
    def test_a_history_across_july_first_is_split_without_overlap(self, border: datetime) -> None:
        start = border - timedelta(days=2)
        observations = [
            replace(
                STATE_OBSERVATIONS[AUX if hour % 4 == 3 else PUMP], at=start + timedelta(hours=hour)
            )
            for hour in range(4 * 24)
        ]
        ledger = run_observations(observations, start + timedelta(days=4), start=start)

        chapters = archive.split_by_season(ledger)

        assert list(chapters) == [border.year - 1, border.year]
        earlier, later = chapters.values()
        assert earlier.points[-1].at < border <= later.points[0].at == border
        assert (*earlier.points, *later.points) == ledger.points
        assert (*earlier.runs, *later.runs) == ledger.runs
        # The run that begins an hour before the new season belongs to the old one.
        assert earlier.runs[-1].start < border == earlier.runs[-1].last_seen

    def test_a_leap_day_is_a_day(self) -> None:
        start = datetime(2028, 2, 28, 12, tzinfo=UTC)
        ledger = run_observations(
            [replace(STATE_OBSERVATIONS[AUX], at=start)], start + timedelta(days=2), start=start
        )

        assert list(archive.split_by_season(ledger)) == [2027]
        assert ledger.months[1].at == datetime(2028, 3, 1, tzinfo=UTC)
        assert ledger.cumulative_at(ledger.months[1].at)[0].aux == 36 * HOUR

    def test_runs_that_ended_before_the_last_archive_write_are_repeated(self) -> None:
        ledger = run_states((0, AUX), (60, UNKNOWN), (3 * 24 * HOUR, OFF)).ledger

        chapters = archive.split_by_season(ledger, ledger.points[-2])

        assert [run.start for run in chapters[2025].runs] == [START]

    def test_a_start_ahead_of_the_clock_returns_everything(self) -> None:
        ledger = run_states((0, AUX), (60, OFF)).ledger

        assert (
            archive.split_by_season(ledger, replace(ledger.points[-1], at=after(days=4000)))[
                2025
            ].points
            == ledger.points
        )


FULL_LEDGER = run_observations(
    [observe_state(AUX if hour % 5 == 0 else PUMP, after(hours=hour)) for hour in range(60)],
    after(hours=60),
)


def points_since(ledger: Ledger, since: datetime) -> tuple[Point, ...]:
    return tuple(point for point in ledger.points if point.at >= since)


def tail(ledger: Ledger, since: datetime) -> Ledger:
    """Return the part of a ledger since an instant."""
    return replace(
        ledger,
        points=points_since(ledger, since),
        runs=tuple(run for run in ledger.runs if run.last_seen >= since),
    )


class TestJoined:
    @quick
    @given(
        moments=moment_lists(15), cuts=st.lists(st.floats(0, 1), min_size=1, max_size=5).map(sorted)
    )
    def test_an_archive_written_in_parts_equals_the_whole(
        self, moments: list[Moment], cuts: list[float]
    ) -> None:
        observations = observe_moments(START, moments)
        end = observations[-1].at + timedelta(hours=1)
        whole = run_observations(observations, end)
        written, since = ArchiveSegment(), START
        for at in [*(START + (end - START) * cut for cut in cuts), end]:
            then = run_observations([look for look in observations if look.at <= at], at)
            written = written.append(
                ArchiveSegment(
                    points_since(then, since), tail(then, since - timedelta(days=1)).runs
                )
            )
            since = then.points[-1].at
            again = written.append(ArchiveSegment(points_since(then, since), then.runs))
            assert again == written

        assert are_same_points(written.points, whole.points)
        assert are_same_runs(written.runs, whole.runs)

    @quick
    @given(moments=moment_lists(15), cut=st.floats(0, 1))
    def test_archived_points_are_joined_before_recent_points_once(
        self, moments: list[Moment], cut: float
    ) -> None:
        # Runs without length that start at the same instant cannot be distinguished.
        observations = observe_moments(
            START, [replace(moment, wait=moment.wait + 1) for moment in moments]
        )
        end = observations[-1].at + timedelta(hours=1)
        whole = run_observations(observations, end)
        kept = tail(whole, min(START + (end - START) * cut, whole.points[-1].at))
        chapter = ArchiveSegment(whole.points, whole.runs)

        once = archive.prepend(kept, chapter)

        assert once == whole
        assert archive.prepend(once, chapter) == once

    def test_the_last_run_stays_in_the_list_however_old(self) -> None:
        whole = run_states((0, AUX), (60, OFF), (10 * 24 * HOUR, PUMP)).ledger
        at_hand = replace(whole, runs=())
        assert at_hand.run is not None

        assert archive.prepend(at_hand, ArchiveSegment((), (at_hand.run,))).runs == (at_hand.run,)

    def test_a_running_run_is_not_in_the_list_of_ended_runs(self) -> None:
        whole = run_states((0, AUX), (60, AUX)).ledger
        assert whole.run is not None

        assert archive.prepend(whole, ArchiveSegment((), (whole.run,))).runs == ()

    def test_a_clock_that_was_ahead_by_years_does_not_stop_the_archive(self) -> None:
        ahead = run_states(
            (0, AUX), (60, OFF), (10 * 365 * 24 * HOUR, OFF), (10 * 365 * 24 * HOUR + 60, PUMP)
        )
        written = ArchiveSegment(ahead.ledger.points, ahead.ledger.runs)
        state = engine.step(ahead, observe_state(AUX, after(120)), RATED).state
        state = engine.step(state, observe_state(OFF, after(200)), RATED).state

        again = written.append(archive.split_by_season(state.ledger, written.points[-1])[2025])

        assert again.points[-1].at == after(200)
        assert again.points[-1].totals == state.ledger.totals
        assert [run.start for run in again.runs][-1] == after(120)

    def test_joining_with_an_empty_chapter_changes_nothing(self) -> None:
        chapter = ArchiveSegment(FULL_LEDGER.points, FULL_LEDGER.runs)

        assert ArchiveSegment().append(chapter) == chapter
        assert chapter.append(ArchiveSegment()) == chapter
        assert archive.prepend(FULL_LEDGER, ArchiveSegment()) == FULL_LEDGER


class TestThinned:
    @quick
    @given(moments=moment_lists(25), share=st.floats(0, 1))
    def test_each_hour_stays_exact_and_no_run_is_lost(
        self, moments: list[Moment], share: float
    ) -> None:
        # A run without length between two hours may belong to either of them.
        observations = observe_moments(
            START, [replace(moment, wait=moment.wait + 1) for moment in moments]
        )
        end = observations[-1].at + timedelta(hours=2)
        ledger = run_observations(observations, end)
        until = START + (end - START) * share

        thin = ArchiveSegment(ledger.points, ledger.runs).thin(until)

        assert thin.runs == ledger.runs
        assert set(thin.points) <= set(ledger.points)
        assert [point for point in thin.points if point.at >= until] == [
            point for point in ledger.points if point.at >= until
        ]
        assert are_same_points(decode_points(encode_points(thin.points)), thin.points)
        marks = [
            point
            for point in ledger.points
            if point.at.minute == point.at.second == point.at.microsecond == 0
        ]
        again = replace(ledger, points=thin.points)
        for mark in marks:
            assert is_close(again.cumulative_at(mark.at)[0], ledger.cumulative_at(mark.at)[0])
            assert is_close(again.cumulative_at(mark.at)[1], ledger.cumulative_at(mark.at)[1])

    def test_a_busy_day_leaves_an_hour_each(self) -> None:
        ledger = run_states(
            *((300 * turn + 0.5, AUX if turn % 2 else PUMP) for turn in range(288))
        ).ledger

        thin = ArchiveSegment(ledger.points, ledger.runs).thin(ledger.at)

        assert len(ledger.points) > 300
        assert {point.at.minute for point in thin.points[:-1]} == {0}
        assert len(thin.points) <= 26

    def test_local_midnights_of_all_zones_are_kept(self) -> None:
        kathmandu = replace(RATED, zone=ZoneInfo("Asia/Kathmandu"))
        ledger = run_observations(
            [observe_state(PUMP, after(hours=1)), observe_state(AUX, after(hours=6, minutes=20))],
            after(hours=30),
            kathmandu,
        )
        midnight = datetime(2026, 1, 14, 18, 15, tzinfo=UTC)

        thin = ArchiveSegment(ledger.points).thin(ledger.at)

        assert midnight in {point.at for point in thin.points}

    def test_thinning_twice_changes_nothing(self) -> None:
        thin = ArchiveSegment(FULL_LEDGER.points, FULL_LEDGER.runs).thin(FULL_LEDGER.at)

        assert thin.thin(FULL_LEDGER.at) is thin

    def test_rewinding_stops_at_a_fully_known_instant(self) -> None:
        ledger = run_states((0, OFF), (600, AUX), (1200, OFF), (3 * HOUR, OFF)).ledger
        thin = replace(ledger, points=ArchiveSegment(ledger.points).thin(ledger.at).points)

        begin = archive.as_of(thin, after(1800))

        assert (begin.at, begin.totals.aux) == (after(hours=1), 600)
        assert archive.as_of(thin, after(hours=1.5)).at == after(hours=1.5)


class TestRevived:
    def test_an_empty_history_revives_nothing(self) -> None:
        assert ArchiveSegment().to_ledger() is None

    def test_a_ledger_is_revived_from_the_history_up_to_the_last_state(self) -> None:
        ledger = ArchiveSegment(FULL_LEDGER.points, FULL_LEDGER.runs).to_ledger()

        assert ledger is not None
        assert (ledger.at, ledger.totals, ledger.points) == (
            FULL_LEDGER.points[-1].at,
            FULL_LEDGER.points[-1].totals,
            FULL_LEDGER.points,
        )
        assert (ledger.run, ledger.runs) == (FULL_LEDGER.runs[-1], FULL_LEDGER.runs)

    def test_a_history_without_aux_revives_no_run(self) -> None:
        ledger = ArchiveSegment(FULL_LEDGER.points[:1]).to_ledger()

        assert ledger is not None
        assert ledger.run is None


ZONES = [
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Pacific/Kiritimati",
    "UTC",
]
STARTS = [
    datetime(2026, 3, 5, 21, 7, 13, tzinfo=UTC),
    datetime(2026, 10, 27, 3, 0, 1, tzinfo=UTC),
    datetime(2026, 6, 28, 12, tzinfo=UTC),
]
SPAN = 6 * 24 * HOUR


class TestRezoned:
    @quick
    @given(
        start=st.sampled_from(STARTS),
        old=st.sampled_from(ZONES),
        new=st.sampled_from(ZONES),
        events=st.lists(
            st.tuples(st.integers(0, SPAN - 1), st.sampled_from(list(STATE_OBSERVATIONS))),
            min_size=1,
            max_size=15,
        ),
    )
    def test_in_another_zone_every_window_equals_the_count_of_seconds(
        self, start: datetime, old: str, new: str, events: list[tuple[int, str]]
    ) -> None:
        events = sorted(events, key=lambda event: event[0])
        oracle = Oracle(start, SPAN + 1)
        for second, name in events:
            oracle.set_state_from(second, name)
        end, zone = start + timedelta(seconds=SPAN), ZoneInfo(new)
        observations = [
            replace(STATE_OBSERVATIONS[name], at=start + timedelta(seconds=second))
            for second, name in events
        ]
        ledger = run_observations(observations, end, replace(RATED, zone=ZoneInfo(old)), start)

        moved = archive.with_time_zone(ledger, zone)

        shown = usage_windows(moved, days.bounds(end, zone, 7))
        first = start.replace(minute=0, second=0) - timedelta(days=3)
        starts = window_starts(end, zone, first, 12)
        for name, window in (
            ("today", shown.today),
            ("week", shown.week),
            ("month", shown.month),
            ("season", shown.season),
        ):
            assert window.totals == oracle.count_totals(starts[name], end)
        at_hand = moved.trim()
        assert usage_windows(at_hand, days.bounds(end, zone, 7)) == shown

    def test_months_and_seasons_of_a_year_are_exact_in_another_zone(self) -> None:
        observations = [
            observe_state(AUX if hour % 7 == 0 else OFF, after(hours=hour, minutes=17))
            for hour in range(0, 500 * 24, 5)
        ]
        end = after(days=500)
        there, here = ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")
        at_home = run_observations(observations, end, replace(RATED, zone=there))

        moved = archive.with_time_zone(at_home, here).trim()

        born_there = run_observations(observations, end, replace(RATED, zone=here)).trim()
        assert have_same_months(moved, born_there)
        assert len(moved.months) == MAX_MONTHS + 1

    def test_months_are_rezoned_without_replaying(self) -> None:
        state = run_states((0, AUX), (20 * 24 * HOUR, OFF))
        moved = archive.with_time_zone(state.ledger, ZoneInfo("Asia/Kathmandu"))

        again = engine.build_state(state.tracker.with_months(moved.months))

        assert (again.ledger.months, again.ledger.totals) == (moved.months, state.ledger.totals)
        assert again.ledger.months[1].at == datetime(2026, 1, 31, 18, 15, tzinfo=UTC)
        assert again.figures.month == state.figures.month

    def test_months_before_the_first_known_point_stay_where_they_were(self) -> None:
        ledger = run_observations([observe_state(AUX, START)], after(days=100))
        lost = replace(ledger, points=points_since(ledger, after(days=70)))

        moved = archive.with_time_zone(lost, ZoneInfo("Asia/Kathmandu"))

        assert moved.months[:3] == ledger.months[:3]
        assert [point.at for point in moved.months[3:]] == [
            datetime(2026, 3, 31, 18, 15, tzinfo=UTC)
        ]

    def test_a_month_that_starts_with_the_first_known_point_is_marked(self) -> None:
        ledger = run_observations([observe_state(AUX, START)], after(days=30))
        first = datetime(2026, 2, 1, tzinfo=UTC)

        moved = archive.with_time_zone(replace(ledger, points=points_since(ledger, first)), UTC)

        assert [point.at for point in moved.months] == [START, first]


class TestReopened:
    @quick
    @given(
        moments=moment_lists(15),
        share=st.floats(0, 1),
        at_a_change=st.booleans(),
        settings=st.sampled_from([RATED]),
    )
    def test_replaying_from_a_rewound_ledger_restores_it(
        self, moments: list[Moment], share: float, at_a_change: bool, settings: Settings
    ) -> None:
        observations = observe_moments(START, moments)
        end = observations[-1].at + timedelta(hours=2)
        whole = run_observations(observations, end, settings)
        at = START + (end - START) * share
        if at_a_change:
            at = whole.points[int(share * (len(whole.points) - 1))].at

        begin = archive.as_of(whole, at)
        held = [look for look in observations if look.at < begin.at][-1:]
        rest = [replace(look, at=begin.at) for look in held] + [
            look for look in observations if look.at >= begin.at
        ]
        again = (
            replay.start_replay(begin_tracking(begin.at, settings, begin))
            .advance(rest, end, settings)
            .full_ledger()
        )

        assert is_close(again.totals, whole.totals)
        # Energy is exact at a point, and interpolated between two points.
        assert again.amounts.kwh == pytest.approx(whole.amounts.kwh, abs=1e-6)
        assert not at_a_change or is_close(again.amounts, whole.amounts, 1e-5)
        assert have_same_months(again, whole)
        assert (again.run is None) is (whole.run is None)
        if again.run and whole.run:
            assert is_same_run(replace(again.run, cost=whole.run.cost), whole.run, 1e-5)
        assert [astuple(run)[:2] for run in again.runs] == [astuple(run)[:2] for run in whole.runs]
        for point in whole.points:
            assert is_close(again.cumulative_at(point.at)[0], whole.cumulative_at(point.at)[0])

    def test_rewinding_before_the_start_returns_the_start(self) -> None:
        assert archive.as_of(FULL_LEDGER, after(-60)) == open_ledger(after(-60))
        assert archive.as_of(FULL_LEDGER, START) == open_ledger(START)

    def test_rewinding_after_the_end_returns_the_end(self) -> None:
        late = archive.as_of(FULL_LEDGER, after(days=30))

        assert (late.at, late.totals, late.amounts) == (
            FULL_LEDGER.at,
            FULL_LEDGER.totals,
            FULL_LEDGER.amounts,
        )

    def test_rewinding_before_the_first_known_point_starts_at_that_point(
        self,
    ) -> None:
        lost = replace(FULL_LEDGER, points=points_since(FULL_LEDGER, after(hours=40)))

        begin = archive.as_of(lost, after(hours=10))

        assert (begin.at, begin.totals) == (after(hours=40), lost.points[0].totals)

    def test_rewinding_into_a_run_keeps_it_running(self) -> None:
        ledger = run_states((0, OFF), (100, AUX), (160, UNKNOWN), (200, AUX), (300, OFF)).ledger

        run = archive.as_of(ledger, after(250)).run

        assert run is not None
        assert (run.start, run.last_seen, run.seconds, run.is_running) == (
            after(100),
            after(250),
            60 + 50,
            True,
        )
        assert run.kwh == pytest.approx(110 / 360)

    @pytest.mark.parametrize(
        "then",
        [(400, AUX), (400, OFF), (400, UNKNOWN)],
        ids=["goes on", "was over", "is still not seen"],
    )
    def test_rewinding_into_a_gap_leaves_the_run_end_unknown(
        self, then: tuple[float, HeatState]
    ) -> None:
        ledger = run_states((0, OFF), (100, AUX), (160, UNKNOWN), then).ledger

        begin = archive.as_of(ledger, after(300))

        assert begin.run is not None
        assert (begin.run.last_seen, begin.run.seconds, begin.run.is_running, begin.runs) == (
            after(160),
            60,
            True,
            (),
        )

    def test_rewinding_after_a_run_keeps_it_ended(self) -> None:
        ledger = run_states((0, AUX), (60, OFF), (200, AUX), (260, OFF)).ledger

        begin = archive.as_of(ledger, after(100))

        assert begin.run == ledger.runs[0]
        assert begin.runs == ledger.runs[:1]
        assert begin.totals.cycles == 1

    def test_rewinding_excludes_changes_at_the_instant_itself(self) -> None:
        ledger = run_states((0, OFF), (100, AUX), (160, OFF)).ledger

        begin = archive.as_of(ledger, after(100))

        assert (begin.points[-1].state, begin.totals.cycles, begin.run) == (OFF, 0, None)


def without_stretch(
    observations: list[Observation], begin: datetime, end: datetime
) -> list[Observation]:
    """Return observations without those of a stretch of time."""
    held = [look for look in observations if look.at <= end][-1:]
    return [
        *(look for look in observations if look.at < begin),
        replace(STATE_OBSERVATIONS[UNKNOWN], at=begin),
        *(replace(look, at=end, outdoor_last_reported=end) for look in held),
        *(look for look in observations if look.at > end),
    ]


class TestMerged:
    @quick
    @given(
        moments=moment_lists(12),
        spans=st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted),
        share=st.floats(0, 1),
    )
    def test_merging_fills_gaps_of_the_new_ledger_from_the_old_one(
        self, moments: list[Moment], spans: list[float], share: float
    ) -> None:
        observations = observe_moments(START, moments)
        end = observations[-1].at + timedelta(hours=2)
        old = run_observations(observations, end)
        begin = archive.as_of(old, START + (end - START) * share)
        dark, light = (START + (end - START) * span for span in spans)
        new = run_observations(without_stretch(observations, dark, light), end)

        merged = archive.merge(begin, old, new)

        assert merged.at == end
        assert is_close(merged.totals, replace(old.totals, cycles=merged.totals.cycles))
        assert conserves_seconds(merged)
        for point in old.points:
            if point.at > begin.at:
                assert is_close(
                    merged.cumulative_at(point.at)[0],
                    replace(
                        old.cumulative_at(point.at)[0],
                        cycles=merged.cumulative_at(point.at)[0].cycles,
                    ),
                )
        assert merged.amounts.kwh == pytest.approx(old.amounts.kwh, abs=1e-5)

    @quick
    @given(moments=moment_lists(12), other=moment_lists(12))
    def test_merging_keeps_the_new_ledger_where_it_is_complete(
        self, moments: list[Moment], other: list[Moment]
    ) -> None:
        moments = [
            replace(
                moment, wait=moment.wait + 1, state=OFF if moment.state == UNKNOWN else moment.state
            )
            for moment in moments
        ]
        moments[0] = replace(moments[0], wait=0)
        observations = observe_moments(START, moments)
        end = observations[-1].at + timedelta(hours=1)
        new = run_observations(observations, end)
        old = run_observations(observe_moments(START, other), end)

        merged = archive.merge(open_ledger(START), old, new)

        assert is_close(merged.totals, new.totals)
        # Only unknown power, price and weather may come from the old ledger.
        assert (
            new.amounts.kwh - 1e-5 <= merged.amounts.kwh <= new.amounts.kwh + old.amounts.kwh + 1e-5
        )
        assert merged.amounts.unmeasured <= new.amounts.unmeasured + 1e-3
        assert merged.amounts.outdoor_seconds >= new.amounts.outdoor_seconds - 1e-3
        assert is_same_run(_without_cause(merged.run), _without_cause(new.run), 1e-5)
        assert [(run.start, run.last_seen) for run in merged.runs] == [
            (run.start, run.last_seen) for run in new.runs if run.last_seen > run.start
        ]

    def test_merging_adds_no_more_than_the_old_ledger_has(self) -> None:
        old = run_states((0, AUX), (600, AUX), (601, AUX)).ledger
        new = run_observations([], after(HOUR))

        merged = archive.merge(open_ledger(START), old, new)

        # Until the end of the gap, and not a second longer.
        assert merged.totals.aux == (old.at - START).total_seconds()
        assert merged.totals.aux_unknown == HOUR - merged.totals.aux

    def test_merging_leaves_time_before_the_old_ledger_unknown(self) -> None:
        old = run_observations([observe_state(AUX, after(600))], after(1000), start=after(600))
        new = run_observations([], after(1000))

        merged = archive.merge(open_ledger(START), replace(old, points=old.points[1:]), new)

        assert (merged.totals.aux, merged.totals.aux_unknown) == (400, 600)

    def test_a_run_across_the_merge_boundary_continues(self) -> None:
        old = run_states((0, OFF), (100, AUX), (400, OFF), (500, PUMP)).ledger
        begin = archive.as_of(old, after(200))
        new = (
            replay.start_replay(begin_tracking(after(200), RATED, begin))
            .advance(
                [observe_state(AUX, after(300)), observe_state(OFF, after(400))], after(500), RATED
            )
            .full_ledger()
        )

        merged = archive.merge(begin, old, new)

        assert (merged.totals.aux, merged.totals.cycles, merged.totals.aux_unknown) == (300, 1, 0)
        assert [(run.start, run.last_seen, run.seconds) for run in merged.runs] == [
            (after(100), after(400), 300)
        ]

    def test_a_run_starting_at_the_merge_boundary_is_one_run(self) -> None:
        old = run_states((0, OFF), (100, AUX), (400, OFF), (500, PUMP)).ledger
        begin = archive.as_of(old, after(100))

        merged = archive.merge(begin, old, run_observations([], after(500), start=after(100)))

        assert (merged.totals.cycles, merged.totals.aux, len(merged.runs)) == (1, 300, 1)

    def test_overlapping_runs_of_both_ledgers_are_one_run(self) -> None:
        old = run_states((0, AUX), (300, UNKNOWN), (600, PUMP)).ledger
        new = run_states((0, UNKNOWN), (250, AUX), (500, OFF), (600, PUMP)).ledger

        merged = archive.merge(open_ledger(START), old, new)

        assert [(run.start, run.last_seen, run.seconds) for run in merged.runs] == [
            (START, after(500), 500)
        ]
        assert merged.totals.cycles == 1

    def test_merging_a_long_history_does_not_thin_it(self) -> None:
        changes = MAX_POINTS + 500
        old = run_observations([], after(10 * changes + 100))
        new = replay.start_replay(begin_tracking(START, RATED))
        for start in range(0, changes, 1000):
            observations = [
                observe_state(AUX if turn % 2 else PUMP, after(10 * turn))
                for turn in range(start, min(start + 1000, changes))
            ]
            new = new.advance(observations, after(10 * min(start + 1000, changes)), RATED)
        new = new.advance([], old.at, RATED)

        merged = archive.merge(open_ledger(START), old, new.full_ledger())

        # Points that the ledger itself thinned out are lost; all others are there.
        assert {point.at for point in merged.points} == {
            point.at for point in new.full_ledger().points
        }
        assert is_close(
            replace(merged.totals, cycles=0), replace(new.tracker.ledger.totals, cycles=0)
        )
        assert merged.totals.cycles == changes / 2

    def test_a_merged_run_keeps_the_cause_from_either_ledger(self) -> None:
        old = with_cause(
            run_states(
                (0, AUX), (60, OFF), (600, AUX), (660, OFF), (900, AUX), (960, HeatState.EMERGENCY)
            ).ledger,
            Cause.DEFROST,
        )
        new = with_cause(
            run_states((0, UNKNOWN), (600, AUX), (660, OFF), (960, PUMP)).ledger, Cause.SETBACK
        )
        unsure = with_cause(
            run_states(
                (0, UNKNOWN), (600, AUX), (660, OFF), (900, AUX), (960, HeatState.EMERGENCY)
            ).ledger,
            Cause.UNKNOWN,
        )

        merged = archive.merge(open_ledger(START), old, new)
        found = archive.merge(open_ledger(START), old, unsure)

        assert [(run.start, run.cause) for run in merged.runs] == [
            (START, Cause.DEFROST),
            (after(600), Cause.SETBACK),
        ]
        assert [(run.start, run.cause) for run in found.runs] == [
            (START, Cause.DEFROST),
            (after(600), Cause.DEFROST),
        ]
        assert found.run is not None
        assert (found.run.start, found.run.is_running, found.run.cause) == (
            after(900),
            True,
            Cause.DEFROST,
        )

    def test_merging_an_empty_interval_changes_nothing(self) -> None:
        begin = archive.as_of(FULL_LEDGER, after(hours=30))

        assert archive.merge(begin, FULL_LEDGER, begin) == begin


def test_a_relay_that_flickers_does_not_fill_the_memory_with_runs() -> None:
    ledger = run_states(
        *((second, AUX if second % 2 else PUMP) for second in range(2 * MAX_RUNS + 100))
    ).ledger

    assert len(ledger.runs) == MAX_RUNS
    assert ledger.totals.cycles == MAX_RUNS + 50
    assert ledger.runs[-1].start == after(2 * MAX_RUNS + 97) or ledger.run is not None


def test_all_fields_are_compared() -> None:
    # `limit_to` and differences name the fields one by one, for speed.
    ones = Totals(**{field.name: value for value, field in enumerate(fields(Totals), 1)})
    twos = Totals(**{field.name: 2 * value for value, field in enumerate(fields(Totals), 1)})

    assert (twos - ones, ones.limit_to(twos), twos.limit_to(ones)) == (ones, ones, ones)
    assert is_same_ledger(FULL_LEDGER, FULL_LEDGER)


def with_cause(ledger: Ledger, cause: Cause) -> Ledger:
    runs = tuple(replace(run, cause=cause) for run in ledger.runs)
    return replace(ledger, runs=runs, run=ledger.run and replace(ledger.run, cause=cause))


def _without_cause(run: Run | None) -> Run | None:
    return run and replace(run, outdoor=None, kwh=0.0, cost=0.0)


def point(seconds: float, aux: float, kwh: float = 0.0, unmeasured: float = 0.0) -> Point:
    return Point(
        at=after(seconds),
        state=AUX,
        is_aux_known=True,
        totals=Totals(aux=aux),
        amounts=Amounts(kwh=kwh, unmeasured=unmeasured),
    )


def run_ending_at(*points: Point, seconds: float, **amounts: float) -> Ledger:
    return Ledger(at=after(seconds), amounts=Amounts(**amounts), months=points[:1], points=points)


def test_energy_of_a_no_longer_recorded_meter_is_kept() -> None:
    old, new = (
        run_ending_at(point(0, 0), seconds=3600, kwh=10.0),
        run_ending_at(point(0, 0), seconds=3600, unmeasured=3600.0, kwh=0.1),
    )

    assert archive.merge(open_ledger(START), old, new).amounts == Amounts(kwh=10.0)
    assert archive.merge(open_ledger(START), new, old).amounts.kwh == 10.0


@pytest.mark.parametrize(
    ("archived", "outdated"),
    [
        ([], False),
        ([(100, 100)], False),
        ([(400, 0)], False),
        ([(100, 100), (400, 300)], False),
        ([(100, 500)], True),
        ([(100, 100), (200, 301)], True),
    ],
    ids=[
        "nothing archived",
        "less",
        "less, by a clock that was ahead",
        "as much",
        "more, by a clock that was behind",
        "a second more",
    ],
)
def test_a_longer_archive_supersedes_the_ledger(
    archived: list[tuple[float, float]], outdated: bool
) -> None:
    ledger = run_ending_at(point(200, 200), seconds=300)

    assert (
        archive.is_outdated(ledger, ArchiveSegment(tuple(point(*each) for each in archived)))
        is outdated
    )


def test_a_run_still_open_in_the_archive_comes_from_the_main_file() -> None:
    ledger = run_states((0, AUX), (60, OFF), (HOUR, AUX), (2 * HOUR, AUX)).ledger
    chapter = ArchiveSegment(ledger.points, ledger.runs)

    again = chapter.to_ledger(ledger.run)

    assert again is not None
    assert (again.run, again.runs) == (ledger.run, ledger.runs)
    assert chapter.to_ledger(ledger.runs[0]) == chapter.to_ledger()


SETBACKS = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from([0.5, 60.0, 1800.0, 7200.0, 21_600.0, 100_000.0, 4e6])
    ),
    max_size=3,
)


@quick
@given(
    moments=moment_lists(40),
    setbacks=SETBACKS,
    writes=st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=6),
)
def test_no_second_is_lost_between_the_files_whenever_they_are_written(
    moments: list[Moment], setbacks: list[tuple[int, float]], writes: list[tuple[int, bool]]
) -> None:
    state, shift = engine.start(START, RATED), timedelta(0)
    chapters: dict[int, ArchiveSegment] = {}
    archived: Point | None = None
    small = state.ledger
    for index, observation in enumerate(observe_moments(START, moments)):
        shift -= sum(
            (timedelta(seconds=seconds) for when, seconds in setbacks if when == index),
            timedelta(0),
        )
        at = observation.at + shift
        state = engine.step(
            state, replace(observation, at=at, outdoor_last_reported=at), RATED
        ).state
        for is_archived in (is_archived for when, is_archived in writes if when == index):
            if is_archived:
                for year, later in archive.split_by_season(state.ledger, archived).items():
                    chapters[year] = chapters.get(year, ArchiveSegment()).append(later)
                archived = state.ledger.points[-1]
            small = replace(
                state.ledger,
                points=archive.unarchived_points(state.ledger, archived)
                or state.ledger.points[-1:],
            )

    whole = ArchiveSegment()
    for year in sorted(chapters):
        whole = whole.append(chapters[year])
    counted = whole.points[-1].totals if whole.points else Totals()
    outdated = archive.is_outdated(small, whole)
    joined = whole.to_ledger(small.run) if outdated else archive.prepend(small, whole)

    assert joined is not None
    assert small.totals.is_within(joined.totals)
    assert counted.is_within(joined.totals)
    assert all(earlier.at <= later.at for earlier, later in pairwise(joined.points))
    assert all(earlier.totals.is_within(later.totals) for earlier, later in pairwise(joined.points))


def hour_of_state(state: HeatState | str) -> Ledger:
    return run_observations([observe_state(state, START)], after(HOUR))


class TestUnrecordedSigns:
    """Two ledgers of an hour: the old one from all signals, the new one from recorded signals."""

    EVERYWHERE = (archive.CoverageGap(START, is_aux_missing=True, is_other_missing=True),)

    @staticmethod
    def merge_hour(old: str, new: str, *blanks: archive.CoverageGap) -> Totals:
        return archive.merge(
            open_ledger(START), hour_of_state(old), hour_of_state(new), blanks
        ).totals

    @pytest.mark.parametrize(
        ("old", "new", "aux", "other", "holds"),
        [
            pytest.param(AUX, PUMP, True, False, AUX, id="the relay saw the strips run"),
            pytest.param(AUX, PUMP, False, True, PUMP, id="every sign of the strips was recorded"),
            pytest.param(AUX, PUMP, False, False, PUMP, id="everything was recorded"),
            pytest.param(
                PUMP, AUX, True, True, AUX, id="a recorded sign shows what was not counted"
            ),
            pytest.param(
                HeatState.EMERGENCY,
                AUX,
                False,
                True,
                HeatState.EMERGENCY,
                id="the compressor was seen to stand still",
            ),
            pytest.param(PUMP, OFF, False, True, PUMP, id="the thermostat called"),
            pytest.param(UNKNOWN, PUMP, True, True, PUMP, id="nobody saw it then"),
            pytest.param(PUMP, UNKNOWN, True, True, PUMP, id="nothing was recorded"),
            pytest.param(
                "strips off, thermostat gone",
                OFF,
                False,
                True,
                OFF,
                id="the old one did not know what heats",
            ),
        ],
    )
    def test_the_ledger_with_more_data_wins(
        self, old: str, new: str, aux: bool, other: bool, holds: str
    ) -> None:
        assert is_close(
            self.merge_hour(
                old, new, archive.CoverageGap(START, is_aux_missing=aux, is_other_missing=other)
            ),
            hour_of_state(holds).totals,
        )

    def test_the_old_ledger_wins_only_while_the_signal_was_unrecorded(self) -> None:
        blanks = [
            archive.CoverageGap(after(at), is_aux_missing=is_blank, is_other_missing=False)
            for at, is_blank in ((600, True), (900, False))
        ]

        totals = self.merge_hour(AUX, PUMP, *blanks)

        assert (totals.aux, totals.heat_pump, totals.cycles) == (300, HOUR, 1)

    def test_energy_comes_from_the_winning_ledger(self) -> None:
        old, new = hour_of_state(AUX), hour_of_state(PUMP)

        merged = archive.merge(open_ledger(START), old, new, self.EVERYWHERE)

        assert merged.amounts.kwh == pytest.approx(old.amounts.kwh) != 0
