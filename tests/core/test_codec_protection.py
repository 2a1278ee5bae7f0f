"""What is remembered of the setpoint as JSON and back: exact where it can be read, forgotten where not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.codec import Kept, decode, encode
from custom_components.aux_heat_guard.core.codec_protection import decode_protection, encode_protection
from custom_components.aux_heat_guard.core.decide.cap import FREE, Cap
from custom_components.aux_heat_guard.core.decide.decision import NOTHING, Protection
from custom_components.aux_heat_guard.core.decide.grid import down
from custom_components.aux_heat_guard.core.decide.habit import Change
from custom_components.aux_heat_guard.core.decide.leash import LOOSE, Leash
from custom_components.aux_heat_guard.core.decide.lockout import Switchover
from custom_components.aux_heat_guard.core.decide.overrun import WITHIN, Overrun
from custom_components.aux_heat_guard.core.decide.setpoint import UNKNOWN, Flight, Origin, Setpoint
from custom_components.aux_heat_guard.core.model import WHOLE_FAHRENHEIT, HeatState, Switch
from custom_components.aux_heat_guard.core.number import fahrenheit
from custom_components.aux_heat_guard.core.watch import Memo

from .helpers import after, lived, thorough
from .test_codec import GARBAGE, changed, paths, size, through_json

INSTANTS = st.integers(0, 3_000_000).map(after)
MAYBE = st.none() | INSTANTS
DEGREES = st.integers(50_000, 300_000).map(lambda tenthousandths: tenthousandths / 10_000)
WIDENED = st.integers(0, 10_000).map(lambda tenthousandths: tenthousandths / 10_000)
FLIGHTS = st.builds(
    Flight,
    DEGREES,
    st.none() | DEGREES,
    INSTANTS,
    st.integers(1, 3),
    st.booleans(),
    st.none() | DEGREES,
    st.booleans(),
    st.sampled_from(Origin),
)
SETPOINTS = st.builds(
    Setpoint,
    st.none() | DEGREES,
    st.none() | DEGREES,
    st.lists(FLIGHTS, max_size=3).map(tuple),
    MAYBE,
    MAYBE,
    MAYBE,
    st.lists(INSTANTS, max_size=3).map(tuple),
    st.lists(st.builds(Change, INSTANTS, DEGREES), max_size=4).map(tuple),
    st.none() | DEGREES,
    st.none() | DEGREES,
    st.none() | DEGREES,
    st.none() | st.text(max_size=10),
    st.lists(INSTANTS, max_size=4).map(tuple),
    st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds)),
)
PROTECTIONS = st.builds(
    Protection,
    st.builds(Cap, st.none() | DEGREES, MAYBE, MAYBE),
    st.builds(Leash, st.none() | DEGREES, WIDENED, MAYBE, MAYBE, st.booleans(), MAYBE),
    st.builds(Overrun, st.integers(0, 16_000).map(lambda tenthousandths: tenthousandths / 10_000), MAYBE),
    SETPOINTS,
    switches=st.dictionaries(st.sampled_from(Switch), st.builds(Switchover, st.booleans(), MAYBE, MAYBE)),
    recovery=st.none() | st.tuples(INSTANTS, DEGREES),
)
LIMITED = Protection(
    Cap(-3.0, after(5), after(10)),
    Leash(20.5556, 0.5556, after(30), None, lets_go=True, seen=after(70)),
    Overrun(0.5556, after(20)),
    Setpoint(21.1111, 20.0, (Flight(20.0, 21.1111, after(60), arrived=True),), preset="home", changes=(Change(after(9), 21.11),)),
    switches={Switch.FURNACE: Switchover(True, after(3), after(4))},
    recovery=(after(900), 21.0),
)
WRITTEN: dict[str, Any] = through_json(encode_protection(LIMITED))


@thorough
@given(protection=PROTECTIONS)
def test_what_was_remembered_is_read_again(protection: Protection) -> None:
    assert decode_protection(through_json(encode_protection(protection))) == protection


def test_all_of_it_in_one_file() -> None:
    ledger = lived((0, HeatState.OFF)).ledger

    assert decode(through_json(encode(Kept(ledger, Memo(), "UTC", protection=LIMITED), None))).protection == LIMITED


def test_a_whole_degree_is_one_again() -> None:
    setpoint = replace(LIMITED.setpoint, changes=(Change(after(0), fahrenheit(70)),))
    read = decode_protection(through_json(encode_protection(replace(LIMITED, setpoint=setpoint)))).setpoint

    assert down(read.changes[0].value, WHOLE_FAHRENHEIT) == pytest.approx(fahrenheit(70))


@pytest.mark.parametrize("data", [None, 7, "protection", [], {}, {"setpoint": 7}])
def test_of_garbage_nothing_is_remembered(data: object) -> None:
    assert decode_protection(data) == NOTHING


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        pytest.param(("cap",), [1], replace(LIMITED, cap=FREE), id="half a cap"),
        pytest.param(("overrun",), [9, None], replace(LIMITED, overrun=WITHIN), id="lowered by nine"),
        pytest.param(("overrun",), 9, replace(LIMITED, overrun=WITHIN), id="no overrun"),
        pytest.param(("leash", 1), -1, replace(LIMITED, leash=LOOSE), id="widened by less than nothing"),
        pytest.param(("leash",), [1], replace(LIMITED, leash=LOOSE), id="half a leash"),
        pytest.param(("switches", "furnace"), [1], replace(LIMITED, switches={}), id="half a switch"),
        pytest.param(("switches",), 7, replace(LIMITED, switches={}), id="no switches"),
        pytest.param(("recovery",), [1], replace(LIMITED, recovery=None), id="half a recovery"),
        pytest.param(("setpoint", "requested"), 100, replace(LIMITED, setpoint=UNKNOWN), id="a setpoint of no home"),
        pytest.param(("setpoint", "told", 0), [1], replace(LIMITED, setpoint=UNKNOWN), id="half a write"),
        pytest.param(("setpoint", "preset"), 7, replace(LIMITED, setpoint=UNKNOWN), id="a preset by number"),
    ],
)
def test_what_cannot_be_read_is_forgotten_and_the_rest_stays(path: tuple[Any, ...], value: object, left: Protection) -> None:
    assert decode_protection(changed(WRITTEN, path, value)) == left


@thorough
@given(path=st.sampled_from(list(paths(WRITTEN))), value=GARBAGE)
def test_nothing_in_it_can_raise(path: tuple[Any, ...], value: object) -> None:
    decode_protection(changed(WRITTEN, path, value))


def test_a_busy_fortnight_takes_little_room() -> None:
    busy = replace(
        LIMITED.setpoint,
        changes=tuple(Change(after(hours=hour), fahrenheit(70)) for hour in range(60)),
        writes=tuple(after(minutes=30 * index) for index in range(40)),
        flights=LIMITED.setpoint.flights * 3,
    )

    assert size(encode_protection(replace(LIMITED, setpoint=busy))) < 2600
