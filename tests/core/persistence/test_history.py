"""The ledger and its archive as JSON and back: exact, small, and strict about foreign data."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import astuple, fields, replace
from datetime import datetime, timedelta
from itertools import pairwise
import json
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.archive import ArchiveSegment, prepend
from custom_components.aux_heat_guard.core.account.energy import Amounts, MeterState
from custom_components.aux_heat_guard.core.account.ledger import Ledger, Point, Totals, open_ledger
from custom_components.aux_heat_guard.core.account.tracker import TrackerMemory
from custom_components.aux_heat_guard.core.alerts.facts import count
from custom_components.aux_heat_guard.core.alerts.state import Alerts, AlertState, Episode, Pending
from custom_components.aux_heat_guard.core.model import Alert, HeatState, Run, Severity
from custom_components.aux_heat_guard.core.persistence.history import (
    NO_ENCODED_POINTS,
    StoredGuard,
    decode,
    decode_points,
    decode_segment,
    encode,
    encode_points,
    encode_segment,
    pack,
    with_points,
)
from custom_components.aux_heat_guard.core.persistence.json_values import InvalidDataError, Json
from custom_components.aux_heat_guard.core.settings.guard import (
    MAX_FILE_POINTS,
    MAX_FILE_RUNS,
    EnergySource,
)

from ..helpers import (
    START,
    STRIPS_AND_COMPRESSOR,
    after,
    observe_state,
    quick,
    run_states,
    thorough,
)
from ..random_lives import (
    AUX,
    BY_ENERGY,
    Moment,
    are_same_points,
    are_same_runs,
    is_same_ledger,
    is_same_run,
    moment_lists,
    observe_moments,
    step_through,
)

OFF, PUMP, UNKNOWN = HeatState.OFF, HeatState.HEAT_PUMP, HeatState.UNKNOWN
HOUR = 3600
DAY = 24 * HOUR


def json_round_trip(data: Json) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


def make_kept(state: engine.State, zone: str = "America/New_York") -> StoredGuard:
    return StoredGuard(ledger=state.ledger, memory=TrackerMemory(state.tracker.meter), zone=zone)


def archive_mark(ledger: Ledger, at: datetime) -> Point:
    """Return the last point of a ledger at or before an instant."""
    return [point for point in ledger.points if point.at <= at][-1]


def compact_size(data: Json) -> int:
    """Return the length of data as JSON without spaces."""
    return len(json.dumps(data, separators=(",", ":")))


def size_on_disk(data: Json) -> int:
    """Return the length of a file as Home Assistant writes it: each number on its own line."""
    return len(json.dumps(pack(data), indent=2))


def run_with_jumps(
    moments: list[Moment], energy: EnergySource, jumps: list[tuple[int, float, bool]]
) -> engine.State:
    """Run a life in which the clock is set back, or the guard restarts, before some moments."""
    settings = BY_ENERGY[energy]
    state, shift = engine.start(START, settings), timedelta(0)
    for index, observation in enumerate(observe_moments(START, moments)):
        for _, seconds, restarts in (jump for jump in jumps if jump[0] == index):
            if restarts:
                state = engine.start(
                    state.ledger.at + timedelta(seconds=seconds),
                    settings,
                    state.ledger,
                    TrackerMemory(state.tracker.meter),
                )
            else:
                shift -= timedelta(seconds=seconds)
        at = observation.at + shift
        moved = replace(observation, at=at, outdoor_last_reported=at, power_last_reported=at)
        state = engine.step(state, moved, settings).state
    return state


JUMPS = st.lists(
    st.tuples(st.integers(0, 20), st.floats(0, 3) | st.floats(0, 300_000), st.booleans()),
    max_size=3,
)


class TestRoundTrip:
    @thorough
    @given(moments=moment_lists(), energy=st.sampled_from(EnergySource), jumps=JUMPS)
    def test_encoded_values_decode_to_a_millionth(
        self, moments: list[Moment], energy: EnergySource, jumps: list[tuple[int, float, bool]]
    ) -> None:
        state = run_with_jumps(moments, energy, jumps)

        data = json_round_trip(encode(make_kept(state), None))
        again = decode(data)

        assert is_same_ledger(again.ledger, state.ledger)
        assert (again.memory.meter, again.zone) == (state.tracker.meter, "America/New_York")
        assert json_round_trip(encode(again, None)) == data

    @thorough
    @given(moments=moment_lists(), jumps=JUMPS)
    def test_a_chapter_is_read_as_it_was_written(
        self, moments: list[Moment], jumps: list[tuple[int, float, bool]]
    ) -> None:
        ledger = run_with_jumps(moments, EnergySource.RATED, jumps).ledger

        again = decode_segment(
            json_round_trip(encode_segment(ArchiveSegment(ledger.points, ledger.runs)))
        )

        assert are_same_points(again.points, ledger.points)
        assert are_same_runs(again.runs, ledger.runs)

    def test_a_day_of_thousands_of_changes_is_read_without_drift(self) -> None:
        settings = BY_ENERGY[EnergySource.RATED]
        state = engine.start(START, settings)
        for turn in range(3000):
            at = START + turn * timedelta(microseconds=13_333_333)
            name = PUMP if turn % 2 else AUX
            observation = replace(
                observe_state(name, at),
                outdoor=-7.777777,
                outdoor_last_reported=at,
                price=0.1234567,
            )
            state = engine.step(state, observation, settings).state

        assert are_same_points(
            decode_points(json_round_trip({"line": encode_points(state.ledger.points)})["line"]),
            state.ledger.points,
        )

    def test_clock_set_backs_under_a_millisecond_lose_nothing(self) -> None:
        state = run_states((0, OFF))
        for turn in range(500):
            name = AUX if turn % 2 else PUMP
            state = engine.step(
                state, observe_state(name, after(turn + 1)), STRIPS_AND_COMPRESSOR
            ).state
            state = engine.step(
                state, observe_state(name, after(turn + 0.9995)), STRIPS_AND_COMPRESSOR
            ).state

        assert are_same_points(
            decode_points(json_round_trip({"line": encode_points(state.ledger.points)})["line"]),
            state.ledger.points,
        )

    def test_cycles_that_steps_cannot_express_are_written_in_full(self) -> None:
        line = [
            Point(at=START, state=OFF, is_aux_known=True, totals=Totals(cycles=cycles))
            for cycles in (0, 1, 3, 4)
        ]

        assert decode_points(json_round_trip({"line": encode_points(line)})["line"]) == tuple(line)

    def test_changes_at_one_instant_stay_in_order(self) -> None:
        ledger = run_states((0, AUX), (HOUR, OFF), (HOUR, AUX), (HOUR, UNKNOWN), (HOUR, AUX)).ledger

        again = decode_points(encode_points(ledger.points))

        assert [(point.state, point.totals.cycles) for point in again] == [
            (point.state, point.totals.cycles) for point in ledger.points
        ]
        assert ledger.totals.cycles == 2

    def test_the_meter_resumes_from_its_last_reading(self) -> None:
        left = MeterState(
            count=0.5,
            read_at=after(-3),
            previous_count=12.5,
            jumped_at=after(-30),
            counted_since_jump=0.5,
        )
        ledger = run_states((0, OFF)).ledger

        for meter in (
            MeterState(),
            MeterState(power=9612.5, read_at=after(-7.25)),
            MeterState(count=1234.567, read_at=after(-3)),
            left,
        ):
            assert (
                decode(
                    json_round_trip(
                        encode(
                            StoredGuard(ledger=ledger, memory=TrackerMemory(meter), zone="UTC"),
                            None,
                        )
                    )
                ).memory.meter
                == meter
            )


def run_busy_days(days: float, changes: int) -> engine.State:
    """Return winter days with some number of changes a day, with all digits in every figure."""
    settings = BY_ENERGY[EnergySource.RATED]
    state = engine.start(START, settings)
    for change in range(int(days * changes)):
        at = START + change * timedelta(seconds=DAY / changes, microseconds=137)
        # Half of the changes are those of aux heat: twenty runs, beside the cycles of the pump.
        name = (OFF, PUMP, AUX, PUMP)[change % 4]
        observation = replace(
            observe_state(name, at),
            outdoor=-7.3 + change % 17 / 7,
            outdoor_last_reported=at,
            price=0.31415,
        )
        state = engine.step(state, observation, settings).state
    return state


class TestSize:
    def test_a_busy_day_after_an_archive_write_stays_small(self) -> None:
        state = run_busy_days(9, 200)
        month = replace(
            state.ledger.points[-1],
            totals=Totals(**dict.fromkeys((field.name for field in fields(Totals)), 12345678)),
        )
        ledger = replace(state.ledger, months=(month,) * 15, runs=state.ledger.runs[-20:])

        data = encode(
            StoredGuard(
                ledger=ledger,
                memory=TrackerMemory(MeterState(power=9876.5, count=None, read_at=START)),
                zone="America/Argentina/ComodRivadavia",
            ),
            archive_mark(ledger, ledger.at - timedelta(days=1)),
        )

        assert len(data["line"]) >= 200 + 24
        assert len(data["runs"]) == 20
        assert size_on_disk(data) < 20_000

    def test_a_relay_flickering_for_an_hour_stays_small(self) -> None:
        state = run_states(
            (0, OFF), *((second + 0.123456, AUX if second % 2 else PUMP) for second in range(HOUR))
        )

        for archived in (None, state.ledger.points[0]):
            data = encode(make_kept(state), archived)
            assert size_on_disk(data) < 20_000
            again = decode(data).ledger
            assert again.totals.cycles == HOUR / 2
            assert (len(again.points), len(again.runs)) == (MAX_FILE_POINTS, MAX_FILE_RUNS)
            assert are_same_points(again.points, state.ledger.points[-MAX_FILE_POINTS:])
            assert are_same_runs(again.runs, state.ledger.runs[-MAX_FILE_RUNS:])

    def test_a_flickering_relay_with_every_alert_active_stays_small(self) -> None:
        settings = BY_ENERGY[EnergySource.RATED]
        state = engine.start(START, settings)
        for second in range(HOUR):
            at = START + timedelta(seconds=second, microseconds=second * 7919 % 1_000_000)
            observation = replace(
                observe_state(AUX if second % 2 else PUMP, at),
                outdoor=-13.333333 + second % 7 / 9,
                outdoor_last_reported=at,
                price=0.31415,
            )
            state = engine.step(state, observation, settings).state
        month = replace(
            state.ledger.points[-1],
            amounts=Amounts(
                **dict.fromkeys((field.name for field in fields(Amounts)), 1_234_567.123456)
            ),
        )
        ledger = replace(state.ledger, months=(month,) * 15)

        kept = StoredGuard(
            ledger=ledger,
            memory=TrackerMemory(MeterState(power=9876.5, count=None, read_at=START)),
            zone="America/Argentina/ComodRivadavia",
            alerts=make_all_alerts(),
        )

        assert size_on_disk(encode(kept, None)) < 21_000

    def test_a_busy_year_stays_small(self) -> None:
        # A week with 140 changes and 35 runs a day, and half a winter with every hour and run.
        ledger = run_busy_days(8, 140).ledger
        week, begin = ArchiveSegment(ledger.points, ledger.runs), ledger.points[0].at
        winter = week.thin(ledger.at)
        summer = ArchiveSegment(run_states((0, OFF), (8 * DAY, OFF)).ledger.points).thin(
            begin + timedelta(days=8)
        )

        sizes = [size_on_disk(encode_segment(chapter)) / 8 for chapter in (week, winter, summer)]

        assert len(winter.runs) == len(week.runs) > 270
        assert 8 * sizes[0] + 174 * sizes[1] + 183 * sizes[2] < 1_000_000


def make_all_alerts() -> Alerts:
    """Return every alert as raised, notified and snoozed, each with several facts."""
    facts = {f"fact_{number}": count(12345.678901) for number in range(4)} | {"at": after(0.123456)}
    at = after(1.234567)
    episode = Episode(
        raised_at=at,
        severity=Severity.CRITICAL,
        initial_facts=facts,
        facts=facts,
        variant="low_refrigerant",
        is_acknowledged=True,
        notified_at=at,
        over_since=at,
    )
    state = AlertState(
        pendings=(Pending(at, at),) * 2,
        episode=episode,
        last_notified_at=at,
        snoozed_until=at,
    )
    return Alerts(dict.fromkeys(Alert, state), at, at)


class TestPacked:
    def test_rows_are_texts_and_are_read_as_they_were(self) -> None:
        data = encode(make_kept(SAMPLE_STATE), None)

        texts = json_round_trip(pack(data))

        assert all(
            isinstance(texts[key], str) and " " not in texts[key]
            for key in ("months", "line", "runs")
        )
        assert decode(texts) == decode(json_round_trip(data))

    @pytest.mark.parametrize(
        "text",
        ["", "x", "[", "[" * 100_000, "{}", "5", "NaN", '"[]"', "[NaN]", "[[1e999, 0, [], []]]"],
    )
    @pytest.mark.parametrize("key", ["months", "line", "runs"])
    def test_text_without_rows_is_rejected(self, key: str, text: str) -> None:
        with pytest.raises(InvalidDataError):
            decode({**WRITTEN, key: text})


class TestGoingOn:
    @given(moments=moment_lists(), jumps=JUMPS, data=st.data())
    def test_incremental_encoding_equals_full_encoding(
        self, moments: list[Moment], jumps: list[tuple[int, float, bool]], data: st.DataObject
    ) -> None:
        points = run_with_jumps(moments, EnergySource.RATED, jumps).ledger.points
        cuts = sorted(data.draw(st.lists(st.integers(0, len(points)), max_size=4)))
        line = NO_ENCODED_POINTS
        for cut in (*cuts, len(points)):
            line = with_points(line, points[:cut])

        assert list(line.items) == encode_points(points)

    def test_encoding_restarts_for_an_unrelated_ledger(self) -> None:
        points, others = run_busy_days(1, 20).ledger.points, run_busy_days(2, 10).ledger.points
        line = with_points(NO_ENCODED_POINTS, points)

        for changed in (others, points[1:], points[:5] + points[6:], points[:-1], ()):
            assert list(with_points(line, changed).items) == encode_points(changed)


class TestSinceTheArchive:
    def test_only_data_missing_from_the_archive_is_written(self) -> None:
        state = run_busy_days(3, 40)
        points = state.ledger.points

        again = decode(json_round_trip(encode(make_kept(state), points[-50]))).ledger

        assert are_same_points(again.points, points[-50:])
        assert is_same_ledger(
            prepend(again, ArchiveSegment(points[:-49], state.ledger.runs)), state.ledger
        )

    def test_where_nothing_happened_since_the_last_point_is_written(self) -> None:
        state = run_states((0, AUX), (60, OFF))

        again = decode(encode(make_kept(state), state.ledger.points[-1])).ledger

        assert is_same_ledger(again, replace(state.ledger, points=again.points))
        assert again.points[-1].state is OFF

    def test_where_the_clock_was_set_back_everything_is_written(self) -> None:
        # Otherwise the file would hold a single point until the clock reaches the old time again.
        state = run_states((0, AUX), (60, OFF), (2 * HOUR, OFF))

        ahead = replace(state.ledger.points[-1], at=after(days=3650))
        again = decode(encode(make_kept(state), ahead)).ledger

        assert is_same_ledger(again, state.ledger)

    def test_a_run_whose_end_was_seen_late_is_written(self) -> None:
        state = run_states((0, AUX), (60, UNKNOWN), (5 * DAY, OFF))

        again = decode(encode(make_kept(state), archive_mark(state.ledger, after(days=4)))).ledger

        assert are_same_runs(again.runs, state.ledger.runs)
        assert len(again.runs) == 1

    def test_runs_the_archive_has_are_left_out(self) -> None:
        state = run_states((0, AUX), (60, OFF), (4 * DAY, AUX), (4 * DAY + 60, OFF))

        again = decode(encode(make_kept(state), archive_mark(state.ledger, after(days=3)))).ledger

        assert are_same_runs(again.runs, state.ledger.runs[-1:])

    @quick
    @given(moments=moment_lists(40), since=st.floats(-10, 700_000))
    def test_a_chapter_read_from_an_instant_on_is_the_tail_of_the_whole(
        self, moments: list[Moment], since: float
    ) -> None:
        ledger = step_through(
            engine.start(START, STRIPS_AND_COMPRESSOR),
            observe_moments(START, moments),
            STRIPS_AND_COMPRESSOR,
        ).ledger
        data = json_round_trip(encode_segment(ArchiveSegment(ledger.points, ledger.runs)))
        whole, begin = decode_segment(data), after(since)

        tail = decode_segment(data, begin)

        assert tail.points == whole.points[len(whole.points) - len(tail.points) :]
        # The points at the instant are included, with no more than those before on that day (UTC).
        assert tail.points[0].at <= begin or tail.points == whole.points
        before = [point.at for point in tail.points if point.at <= begin]
        assert len({at.date() for at in before}) <= 1
        assert tail.runs == tuple(run for run in whole.runs if run.last_seen >= begin)


SAMPLE_STATE = run_states(
    (0, PUMP),
    (1.25, AUX),
    (HOUR, OFF),
    (30 * HOUR, AUX),
    (31 * HOUR, OFF),
    (32 * HOUR, AUX),
    (33 * HOUR, AUX),
)
WRITTEN = json_round_trip(
    encode(
        StoredGuard(
            ledger=SAMPLE_STATE.ledger,
            memory=TrackerMemory(MeterState(power=9600.0, count=None, read_at=after(hours=33))),
            zone="UTC",
        ),
        None,
    )
)
CHAPTER = json_round_trip(
    encode_segment(ArchiveSegment(SAMPLE_STATE.ledger.points, SAMPLE_STATE.ledger.runs))
)


def node_paths(data: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each node of JSON."""
    yield path
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, inner in items:
        yield from node_paths(inner, (*path, key))


def with_node(data: Json, path: tuple[Any, ...], value: object) -> Any:
    """Return JSON with one node replaced."""
    if not path:
        return value
    data = deepcopy(data)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


def without_node(data: Json, path: tuple[Any, ...]) -> Any:
    """Return JSON without one node."""
    data = deepcopy(data)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return data


INVALID_VALUES: list[object] = [
    "x",
    True,
    False,
    float("nan"),
    float("inf"),
    -float("inf"),
    10**400,
    -(10**400),
    {"at": 1},
    [[]],
    1e300,
]
"""What stands nowhere in a file. (Text stands in one place.)"""
OPTIONAL_KEYS = ("tally", "circumstances", "alerts", "protection")
"""On these hangs nothing of what was counted."""
NUMBERS_ONLY = [
    path
    for path in node_paths(WRITTEN)
    if path
    and path[0] not in OPTIONAL_KEYS
    and path not in {("zone",), ("run", 3), *((("runs", n, 3)) for n in range(9))}
]
GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(
        [10**400, START.timestamp(), 253_402_300_799, -1e9, 1e15, 5e-324, "America/New_York"]
    ),
    lambda inner: (
        st.lists(inner, max_size=8)
        | st.dictionaries(st.sampled_from(["version", "at", "line", "run", "runs"]), inner)
    ),
    max_leaves=12,
)


def decode_or_refuse(data: object) -> None:
    """Assert that data is refused, or that its ledger can continue without negative sums."""
    try:
        read = decode(data)
    except InvalidDataError:
        return
    if max(map(abs, (*astuple(read.ledger.totals), *astuple(read.ledger.amounts)))) > 1e14:
        # A little later the sums would exceed the readable range.
        return
    state = engine.start(after(days=3), STRIPS_AND_COMPRESSOR, read.ledger, read.memory)
    state = engine.step(
        state, observe_state(AUX, after(days=3, hours=1)), STRIPS_AND_COMPRESSOR
    ).state
    shown = state.figures
    for window in (
        shown.today,
        shown.day,
        shown.seven_days,
        shown.week,
        shown.month,
        shown.season,
        shown.total,
    ):
        assert (
            min(
                window.totals.aux,
                window.totals.aux_unknown,
                window.totals.heat_pump,
                window.totals.cycles,
            )
            > -1e-3
        )
    again = decode(json_round_trip(encode(make_kept(state), None)))
    assert again.ledger.at == state.ledger.at


class TestUnsound:
    @pytest.mark.parametrize("value", INVALID_VALUES, ids=str)
    def test_an_invalid_value_in_any_node_is_rejected(self, value: object) -> None:
        for path in NUMBERS_ONLY:
            with pytest.raises(InvalidDataError):
                decode(with_node(WRITTEN, path, value))
        for path in node_paths(CHAPTER):
            if path[:1] != ("runs",) or path[-1:] != (3,):
                with pytest.raises(InvalidDataError):
                    decode_segment(with_node(CHAPTER, path, value))

    def test_a_missing_node_is_rejected_or_leaves_a_valid_file(self) -> None:
        for path in [path for path in node_paths(WRITTEN) if path]:
            decode_or_refuse(without_node(WRITTEN, path))

    @pytest.mark.parametrize(
        "key", ["version", "zone", "at", "amounts", "months", "line", "runs", "meter"]
    )
    def test_a_part_that_is_missing_is_refused(self, key: str) -> None:
        with pytest.raises(InvalidDataError):
            decode(without_node(WRITTEN, (key,)))

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            pytest.param(("version",), 1, id="an older version"),
            pytest.param(("version",), 5, id="a later version"),
            pytest.param(("version",), 2.0, id="a version with a point"),
            pytest.param(("zone",), None, id="no zone"),
            pytest.param(("months",), [], id="no start"),
            pytest.param(("line",), [], id="no point"),
            pytest.param(("at",), START.timestamp(), id="before its last point"),
            pytest.param(("at",), after(days=365).timestamp(), id="a year after its last point"),
            pytest.param(("at",), -1, id="before all clocks"),
            pytest.param(("at",), 253_402_300_799, id="at the end of all calendars"),
            pytest.param(
                ("months", 0, 0), after(days=9).timestamp(), id="a month that has not begun"
            ),
            pytest.param(("line", 0, 1), 28, id="a state that does not exist"),
            pytest.param(("line", 0, 1), -1, id="a state under all others"),
            pytest.param(("line", 0, 0), after(days=1).timestamp(), id="points out of order"),
            pytest.param(("line", 0, 2, 0), -1, id="seconds under zero"),
            pytest.param(("line", 0, 2, 7), 0.5, id="half a cycle"),
            pytest.param(("line", 0, 2, 5), 1e9, id="totals that shrink"),
            pytest.param(
                ("line", 1), [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], id="more amounts than there are"
            ),
            pytest.param(("line", 1), [1e14, 0], id="a step out of all calendars"),
            pytest.param(("line", 1), [], id="an empty step"),
            pytest.param(("line", 0), [0, 0], id="a step from nowhere"),
            pytest.param(("run", 1), -DAY, id="a run that ends before it starts"),
            pytest.param(("run", 1), 1000 * DAY, id="a run seen in the future"),
            pytest.param(("run", 2), -1, id="a run of less than no time"),
            pytest.param(("run", 3), 1, id="a run that goes on by one"),
            pytest.param(("run",), 0, id="no run at all, said oddly"),
            pytest.param(("runs", 0, 0), after(hours=30.5).timestamp(), id="runs out of order"),
            pytest.param(("meter",), [None, None], id="half a meter"),
            pytest.param(
                ("meter",),
                [None, 1.0, 2.0, 3.0, None, 0.0],
                id="a meter that left its course nobody knows when",
            ),
            pytest.param(
                ("meter",),
                [None, 1.0, 2.0, None, 3.0, 0.0],
                id="a meter that left its course nobody knows where",
            ),
            pytest.param(("rebuilds",), -1, id="rebuilt less than never"),
            pytest.param(("rebuilds",), 0.5, id="rebuilt by half"),
        ],
    )
    def test_impossible_values_are_rejected(self, path: tuple[Any, ...], value: object) -> None:
        with pytest.raises(InvalidDataError):
            decode(with_node(WRITTEN, path, value))

    @pytest.mark.parametrize(
        "garbage",
        [
            None,
            "",
            "ledger",
            7,
            [],
            [1],
            {},
            {"version": 2},
            {"version": 2, "line": [], "runs": {}},
        ],
    )
    def test_garbage_is_rejected(self, garbage: object) -> None:
        with pytest.raises(InvalidDataError):
            decode(garbage)
        with pytest.raises(InvalidDataError):
            decode_segment(garbage)

    @pytest.mark.parametrize(
        "garbage",
        [[[True, 0]], [[10**400, 0, [], []]], [None], "line", [[START.timestamp(), 0, []]]],
    )
    def test_a_chapter_with_garbage_is_rejected_from_any_instant(self, garbage: object) -> None:
        with pytest.raises(InvalidDataError):
            decode_segment({"version": 2, "line": garbage, "runs": []}, since=START)

    def test_unknown_fields_are_ignored(self) -> None:
        assert is_same_ledger(
            decode({**WRITTEN, "comment": {"x": [1]}}).ledger, SAMPLE_STATE.ledger
        )

    @thorough
    @example(spoilt=[(("run", 0), 0)])
    @example(spoilt=[(("months", 0, 2, 7), 5)])
    @given(
        spoilt=st.lists(
            st.tuples(st.sampled_from(list(node_paths(WRITTEN))), GARBAGE), min_size=1, max_size=2
        )
    )
    def test_a_damaged_file_is_rejected_or_usable(
        self, spoilt: list[tuple[tuple[Any, ...], object]]
    ) -> None:
        data: Any = WRITTEN
        for path, value in spoilt:
            try:
                data = with_node(data, path, value)
            except KeyError, IndexError, TypeError:
                # The first change removed the node of the second change.
                continue
        decode_or_refuse(data)

    @thorough
    @given(
        path=st.sampled_from(list(node_paths(CHAPTER))),
        value=GARBAGE,
        since=st.none() | st.floats(-1000, 200_000).map(after),
    )
    def test_a_damaged_chapter_is_rejected_or_in_order(
        self, path: tuple[Any, ...], value: object, since: Any
    ) -> None:
        try:
            chapter = decode_segment(with_node(CHAPTER, path, value), since)
        except InvalidDataError:
            return
        assert all(one.at <= other.at for one, other in pairwise(chapter.points))
        assert all(one.start <= other.start for one, other in pairwise(chapter.runs))


VERSION_3_FILE = json.loads((Path(__file__).parent / "files/version_3.json").read_text())


def test_version_3_files_are_always_read() -> None:
    read, chapter = decode(VERSION_3_FILE["main"]), decode_segment(VERSION_3_FILE["chapter"])
    ledger = run_states(
        (0, PUMP), (1.25, AUX), (HOUR, OFF), (2 * HOUR, AUX), (3 * HOUR, OFF), (3.5 * HOUR, AUX)
    ).ledger

    assert is_same_ledger(read.ledger, ledger)
    assert read.alerts.states.keys() == {Alert.OVERRUN, Alert.MISSING_DATA}
    assert (read.memory.counters.airflow_seconds, read.rebuilds) == (3, 0)
    assert are_same_points(chapter.points, ledger.points)
    assert are_same_runs(chapter.runs, ledger.runs)
    assert decode(json_round_trip(pack(encode(read, None)))) == read


def test_growth_beyond_the_state_is_written_as_a_leap() -> None:
    line = [
        Point(at=START, state=OFF, is_aux_known=True, totals=Totals()),
        Point(
            at=after(60),
            state=OFF,
            is_aux_known=True,
            totals=Totals(aux=20.5, cycles=3),
            amounts=Amounts(kwh=1.5, outdoor_seconds=60),
        ),
        Point(
            at=after(120),
            state=AUX,
            is_aux_known=True,
            totals=Totals(aux=20.5, cycles=3),
            amounts=Amounts(kwh=1.5, outdoor_seconds=60),
        ),
    ]

    items = encode_points(line)

    assert items[1] == [60.0, 2, [20.5, 0, 0, 0, 0, 0, 0, 3], 0, 0, 1.5]
    assert decode_points(json_round_trip({"line": items})["line"]) == tuple(line)


def test_shrinking_totals_are_written_in_full_and_rejected() -> None:
    line = [
        Point(at=after(seconds), state=OFF, is_aux_known=True, totals=Totals(aux=aux))
        for seconds, aux in ((0, 10), (60, 5))
    ]

    items = encode_points(line)

    assert items[1][0] == after(60).timestamp()
    with pytest.raises(InvalidDataError):
        decode_points(items)


def test_sums_out_of_bounds_are_rejected() -> None:
    with pytest.raises(InvalidDataError):
        decode_points(
            [[START.timestamp(), 8, [0] * 8, [0, 0, 9e14, 0, 0, 0, 0]], [60, 8, 0, 0, 9e14]]
        )


@pytest.mark.parametrize("leap", [[-1], [0] * 9, ["x"], [0, 0, 0, 0, 0, 0, 0, 0.5], [1e11]])
def test_an_impossible_leap_is_rejected(leap: list[object]) -> None:
    with pytest.raises(InvalidDataError):
        decode_points([[START.timestamp(), 8, [0] * 8, [0] * 7], [60, 8, leap]])


def test_a_ledger_of_one_point_is_written_and_read() -> None:
    ledger = open_ledger(START)

    assert (
        decode(
            json_round_trip(
                encode(
                    StoredGuard(ledger=ledger, memory=TrackerMemory(MeterState()), zone="UTC"),
                    ledger.points[0],
                )
            )
        ).ledger
        == ledger
    )


def test_the_rebuild_count_is_stored_and_defaults_to_zero() -> None:
    rebuilt = replace(make_kept(SAMPLE_STATE), rebuilds=7)
    chapter = ArchiveSegment(SAMPLE_STATE.ledger.points, SAMPLE_STATE.ledger.runs, rebuilds=7)

    assert decode(json_round_trip(encode(rebuilt, None))).rebuilds == 7
    assert decode_segment(json_round_trip(encode_segment(chapter))).rebuilds == 7
    assert decode(without_node(WRITTEN, ("rebuilds",))).rebuilds == 0
    assert decode_segment(without_node(CHAPTER, ("rebuilds",))).rebuilds == 0


def test_a_run_keeps_its_energy_money_and_weather() -> None:
    run = Run(
        start=START,
        last_seen=after(60.5),
        seconds=59.25,
        is_running=False,
        kwh=1.234567,
        cost=-0.5,
        outdoor=-3.7,
    )
    ledger: Ledger = replace(
        run_states((0, OFF), (HOUR, PUMP)).ledger, run=run, runs=(run,), amounts=Amounts(kwh=2.0)
    )

    again = decode(
        json_round_trip(
            encode(StoredGuard(ledger=ledger, memory=TrackerMemory(MeterState()), zone="UTC"), None)
        )
    ).ledger

    assert is_same_run(again.run, run)
    assert are_same_runs(again.runs, (run,))
    assert again.amounts == Amounts(kwh=2.0)
