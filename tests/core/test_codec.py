"""The ledger as JSON and back, and whatever is left of it after an accident."""

from dataclasses import astuple
from datetime import timedelta
import json
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.account.figures import figures
from custom_components.aux_heat_guard.core.account.ledger import Ledger
from custom_components.aux_heat_guard.core.codec import Json, NewerVersionError, decode, encode
from custom_components.aux_heat_guard.core.model import HeatState

from .helpers import SITUATIONS, START, STRIPS_AND_COMPRESSOR, after, driven, lived, situation, thorough

OFF, PUMP, AUX = HeatState.OFF, HeatState.HEAT_PUMP, HeatState.HEAT_PUMP_AUX
HOUR = 3600
LEDGER = lived((0, PUMP), (1.25, AUX), (HOUR, OFF), (30 * HOUR, AUX), (31 * HOUR, AUX)).ledger


def written(ledger: Ledger) -> Json:
    return cast("Json", json.loads(json.dumps(encode(ledger), allow_nan=False)))


def read(data: object) -> Ledger:
    ledger = decode(data)
    assert ledger is not None
    return ledger


def put(data: Json, path: list[str | int], value: object) -> None:
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value


def changed(path: list[str | int], value: object) -> Json:
    """Write the ledger, with one thing in it replaced."""
    data = written(LEDGER)
    put(data, path, value)
    return data


def without(key: str) -> Json:
    data = written(LEDGER)
    del data[key]
    return data


def is_close(one: Ledger, other: Ledger) -> bool:
    moment = timedelta(microseconds=1)
    pairs = [*zip(one.days, other.days, strict=True), *zip(one.points, other.points, strict=True)]
    return (
        abs(one.at - other.at) <= moment
        and all(abs(a.at - b.at) <= moment and (a.state, a.strips_seen) == (b.state, b.strips_seen) for a, b in pairs)
        and all(abs(x - y) <= 1e-6 for a, b in pairs for x, y in zip(astuple(a.totals), astuple(b.totals), strict=True))
    )


@thorough
@given(
    changes=st.lists(st.tuples(st.floats(0, 400_000), st.sampled_from(list(SITUATIONS))), max_size=12).map(
        lambda changes: sorted(changes, key=lambda change: change[0])
    )
)
def test_what_is_written_is_read_to_the_microsecond(changes: list[tuple[float, str]]) -> None:
    state = engine.begin(START, STRIPS_AND_COMPRESSOR)
    for seconds, name in changes:
        state = engine.step(state, situation(name, after(seconds)), STRIPS_AND_COMPRESSOR).state
    ledger = state.ledger

    again = read(written(ledger))

    assert is_close(ledger, again)
    assert (again.run is None) is (ledger.run is None)
    if again.run is not None and ledger.run is not None:
        assert abs(again.run.seconds - ledger.run.seconds) <= 1e-6
        assert (again.run.start, again.run.last_seen, again.run.running) == (ledger.run.start, ledger.run.last_seen, ledger.run.running)
    assert written(again) == written(ledger)


def test_a_clock_set_back_is_written_and_read_too() -> None:
    state = driven(lived((0, PUMP), (HOUR, AUX), (2 * HOUR, AUX)), situation(AUX, after(1.5 * HOUR)), STRIPS_AND_COMPRESSOR)

    assert is_close(state.ledger, read(written(state.ledger)))


def test_two_days_of_40_changes_each_are_written_in_20_kilobytes() -> None:
    state = lived((0, OFF))
    for change in range(80):
        name = AUX if change % 2 else PUMP
        state = driven(state, situation(name, after(2160 * change + 0.123456)), STRIPS_AND_COMPRESSOR)

    assert len(json.dumps(encode(state.ledger), separators=(",", ":"))) < 20_000


@pytest.mark.parametrize(
    "garbage", [None, "", "ledger", 7, [], [1], {}, {"version": 1}, {"points": [], "days": []}, {"points": "abc", "days": {}}]
)
def test_of_garbage_nothing_is_read(garbage: object) -> None:
    assert decode(garbage) is None


def test_what_a_later_version_wrote_is_refused() -> None:
    with pytest.raises(NewerVersionError):
        decode({**written(LEDGER), "version": 2})


@pytest.mark.parametrize("version", [None, "1", 0, 1.5])
def test_a_version_that_makes_no_sense_does_not_stop_reading(version: object) -> None:
    assert is_close(LEDGER, read({**written(LEDGER), "version": version}))


class TestHalfAFile:
    def test_without_points_the_midnights_are_left(self) -> None:
        ledger = read(without("points"))

        assert ledger.points == LEDGER.days[-1:]
        # The hours since midnight are lost, not guessed.
        assert ledger.at == LEDGER.days[-1].at
        assert ledger.totals.aux == LEDGER.days[-1].totals.aux

    def test_without_midnights_the_totals_are_left(self) -> None:
        ledger = read(without("days"))

        assert ledger.days == LEDGER.points[:1]
        assert ledger.totals.aux == LEDGER.totals.aux
        state = engine.begin(ledger.at, STRIPS_AND_COMPRESSOR, ledger)
        assert state.figures.total.totals.aux == LEDGER.totals.aux

    def test_without_a_run_the_totals_are_left(self) -> None:
        ledger = read(without("run"))

        assert ledger.run is None
        assert ledger.totals == LEDGER.totals

    def test_without_its_time_it_ends_with_its_last_point(self) -> None:
        assert read(without("at")).at == LEDGER.points[-1].at

    def test_a_bad_point_is_left_out(self) -> None:
        ledger = read(changed(["points", 1], ["noon", "off"]))

        assert ledger.points == (LEDGER.points[0], *LEDGER.points[2:])
        assert ledger.totals == LEDGER.totals

    def test_after_a_bad_last_point_nothing_is_carried_on(self) -> None:
        ledger = read(changed(["points", len(LEDGER.points) - 1], None))

        assert ledger.at == LEDGER.points[-2].at
        assert ledger.totals == LEDGER.points[-2].totals

    def test_midnights_that_do_not_go_with_the_last_point_are_left_out(self) -> None:
        data = changed(["days", 1, 3], 1e9)

        assert read(data).days == LEDGER.days[:1] + tuple(day for day in LEDGER.days[2:] if day.totals.aux >= 1e9)


@pytest.mark.parametrize(
    "value",
    [None, "soon", True, -1, float("nan"), float("inf"), 10**400, 1e15, [], {}, 0, 253_402_300_799, START.timestamp() + 1e8],
    ids=str,
)
def test_a_time_that_cannot_be_is_the_last_points(value: object) -> None:
    assert read(changed(["at"], value)).at == LEDGER.points[-1].at


@pytest.mark.parametrize("column", range(11))
@pytest.mark.parametrize("value", [None, "x", -1, float("nan"), float("inf"), 10**400, [], "unknowable"], ids=str)
def test_a_point_with_any_field_spoilt_is_left_out(column: int, value: object) -> None:
    ledger = read(changed(["points", 2, column], value))

    assert ledger.points == (*LEDGER.points[:2], *LEDGER.points[3:])


def test_a_point_with_too_few_or_too_many_fields_is_left_out() -> None:
    point = written(LEDGER)["points"][2]

    for spoilt in (point[:-1], [*point, 0], [], "point"):
        assert len(read(changed(["points", 2], spoilt)).points) == len(LEDGER.points) - 1


def test_a_point_that_goes_back_is_left_out() -> None:
    back_in_time = changed(["points", 2, 0], START.timestamp() - 1)
    back_in_sum = changed(["points", 4, 3], 0)

    assert len(read(back_in_time).points) == len(LEDGER.points) - 1
    assert len(read(back_in_sum).points) == len(LEDGER.points) - 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", None),
        ("start", 10**400),
        ("start", 1e15),
        ("start", START.timestamp() + 1e7),
        ("last_seen", "x"),
        ("last_seen", float("nan")),
        ("seconds", -1),
        ("seconds", True),
        ("running", 1),
        ("running", None),
    ],
)
def test_a_run_that_cannot_be_is_left_out(field: str, value: object) -> None:
    ledger = read(changed(["run", field], value))

    assert ledger.run is None
    assert ledger.totals == LEDGER.totals


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from([10**400, START.timestamp(), 253_402_300_799, "off", "heat_pump_aux"]),
    lambda inner: (
        st.lists(inner, max_size=12) | st.dictionaries(st.sampled_from(["at", "start", "last_seen", "seconds", "running"]), inner)
    ),
    max_leaves=15,
)
PATHS: list[list[str | int]] = [
    ["at"],
    ["days"],
    ["points"],
    ["run"],
    ["days", 0],
    ["points", 0],
    ["points", 3],
    ["run", "start"],
    *(["points", index, column] for index in (0, 2, -1) for column in range(11)),
    *(["days", index, column] for index in (0, -1) for column in range(11)),
]


@thorough
@given(spoilt=st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=2, unique_by=lambda change: change[0][0]))
def test_whatever_is_spoilt_reading_never_raises_and_no_window_is_negative(spoilt: list[tuple[list[str | int], object]]) -> None:
    data = written(LEDGER)
    for path, value in spoilt:
        put(data, path, value)
    ledger = decode(data)
    if ledger is None:
        return

    state = engine.begin(after(days=3), STRIPS_AND_COMPRESSOR, ledger)

    shown = figures(state.ledger, state.figures.bounds)
    for window in (shown.today, shown.day, shown.week, shown.month, shown.season, shown.total):
        assert all(amount >= 0 for amount in astuple(window.totals))
    assert is_close(state.ledger, read(written(state.ledger)))


@thorough
@given(garbage=JSON, days=JSON, at=JSON)
def test_garbage_never_raises(garbage: object, days: object, at: object) -> None:
    for data in (garbage, {"version": 1, "points": garbage, "days": days, "at": at, "run": garbage}):
        ledger = decode(data)
        assert ledger is None or ledger.at >= ledger.points[-1].at
