"""What is remembered of the setpoint as JSON and back: exact where it can be read, forgotten where not."""

from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.account.tracker import Memo
from custom_components.aux_heat_guard.core.grid import down
from custom_components.aux_heat_guard.core.model import WHOLE_FAHRENHEIT, HeatState, Switch
from custom_components.aux_heat_guard.core.persistence.history import Kept, decode, encode
from custom_components.aux_heat_guard.core.persistence.protection import (
    decode_protection,
    encode_protection,
)
from custom_components.aux_heat_guard.core.protection.decision import NOTHING, Protection
from custom_components.aux_heat_guard.core.protection.limits.budget_setback import WITHIN, Overrun
from custom_components.aux_heat_guard.core.protection.limits.cap import FREE, Cap
from custom_components.aux_heat_guard.core.protection.limits.ramp_limit import LOOSE, Leash
from custom_components.aux_heat_guard.core.protection.schedule_learning import Change
from custom_components.aux_heat_guard.core.protection.setpoint import (
    Flight,
    Origin,
    Provisional,
    Setpoint,
)
from custom_components.aux_heat_guard.core.protection.switchover import Switchover
from custom_components.aux_heat_guard.core.units import fahrenheit

from ..helpers import after, lived, thorough
from .test_history import GARBAGE, changed, paths, size, through_json

INSTANTS = st.integers(0, 3_000_000).map(after)
MAYBE = st.none() | INSTANTS
DEGREES = st.integers(50_000, 300_000).map(lambda tenthousandths: tenthousandths / 10_000)
WIDENED = st.integers(0, 100_000).map(lambda tenthousandths: tenthousandths / 10_000)
FLIGHTS = st.builds(
    Flight,
    value=DEGREES,
    before=st.none() | DEGREES,
    at=INSTANTS,
    tries=st.integers(1, 3),
    arrived=st.booleans(),
    answer=st.none() | DEGREES,
    answered=MAYBE,
    resumes=st.booleans(),
    origin=st.sampled_from(Origin),
    as_range=st.booleans(),
    is_split=st.booleans(),
)
PRESETS = st.text(max_size=10)
SETPOINTS = st.builds(
    Setpoint,
    requested=st.none() | DEGREES,
    single=st.booleans(),
    shown=st.none() | DEGREES,
    flights=st.lists(FLIGHTS, max_size=3).map(tuple),
    provisional=st.none()
    | st.builds(Provisional, first=INSTANTS, began=INSTANTS, settles=INSTANTS),
    held_until=MAYBE,
    yields_until=MAYBE,
    overturned=st.lists(INSTANTS, max_size=3).map(tuple),
    changes=st.lists(st.builds(Change, INSTANTS, DEGREES), max_size=4).map(tuple),
    scheduled=st.none() | DEGREES,
    planned=st.none() | DEGREES,
    pending=st.none() | DEGREES,
    cooling=st.none() | DEGREES,
    cooling_before=st.none() | DEGREES,
    choice_until=MAYBE,
    chosen_preset=st.none() | PRESETS,
    chosen_in=st.none() | PRESETS,
    preset=st.none() | PRESETS,
    presets=st.lists(PRESETS, max_size=3).map(tuple),
    preset_at=MAYBE,
    is_preset_back=st.booleans(),
    writes=st.lists(INSTANTS, max_size=4).map(tuple),
    lag=st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    ended=st.none() | DEGREES,
    is_unseen=st.booleans(),
    seen_again=MAYBE,
    left_behind=st.booleans(),
    skips_turn=st.booleans(),
    last_cooled=st.booleans(),
)
PROTECTIONS = st.builds(
    Protection,
    st.builds(Cap, st.none() | DEGREES, MAYBE, MAYBE),
    st.builds(Leash, st.none() | DEGREES, WIDENED, MAYBE, MAYBE, st.booleans(), MAYBE),
    st.builds(
        Overrun, st.integers(0, 16_000).map(lambda tenthousandths: tenthousandths / 10_000), MAYBE
    ),
    SETPOINTS,
    switches=st.dictionaries(
        st.sampled_from(Switch), st.builds(Switchover, st.booleans(), MAYBE, MAYBE)
    ),
    recovery=st.none() | st.tuples(INSTANTS, DEGREES),
)
LIMITED = Protection(
    Cap(-3.0, after(5), after(10)),
    Leash(20.5556, 0.5556, after(30), None, lets_go=True, seen=after(70)),
    Overrun(0.5556, after(20)),
    Setpoint(
        requested=21.1111,
        shown=20.0,
        flights=(Flight(value=20.0, before=21.1111, at=after(60), arrived=True),),
        preset="home",
        changes=(Change(after(9), 21.11),),
    ),
    switches={Switch.FURNACE: Switchover(True, after(3), after(4))},
    recovery=(after(900), 21.0),
)
WRITTEN: dict[str, Any] = through_json(encode_protection(LIMITED))
FURNACE_OFF = Switchover(since=after(3), seen=after(4))


NOTHING_ASKED = replace(LIMITED, setpoint=replace(LIMITED.setpoint, requested=None))
NO_PRESET = replace(LIMITED, setpoint=replace(LIMITED.setpoint, preset=None))


@thorough
@given(protection=PROTECTIONS)
def test_what_was_remembered_is_read_again(protection: Protection) -> None:
    assert decode_protection(through_json(encode_protection(protection))) == protection


def test_all_of_it_in_one_file() -> None:
    ledger = lived((0, HeatState.OFF)).ledger

    assert (
        decode(
            through_json(encode(Kept(ledger, Memo(), "UTC", protection=LIMITED), None))
        ).protection
        == LIMITED
    )


def test_a_whole_degree_is_one_again() -> None:
    setpoint = replace(LIMITED.setpoint, changes=(Change(after(0), fahrenheit(70)),))
    read = decode_protection(
        through_json(encode_protection(replace(LIMITED, setpoint=setpoint)))
    ).setpoint

    assert down(read.changes[0].value, WHOLE_FAHRENHEIT) == pytest.approx(fahrenheit(70))


@pytest.mark.parametrize("data", [None, 7, "protection", [], {}, {"setpoint": 7}])
def test_of_garbage_nothing_is_remembered(data: object) -> None:
    assert decode_protection(data) == NOTHING


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        pytest.param(("cap",), [1], replace(LIMITED, cap=Cap(1.0)), id="half a cap"),
        pytest.param(("cap",), 7, replace(LIMITED, cap=FREE), id="no cap"),
        pytest.param(
            ("overrun", "lowered"),
            9,
            replace(LIMITED, overrun=Overrun(since=after(20))),
            id="lowered by nine",
        ),
        pytest.param(("overrun",), 9, replace(LIMITED, overrun=WITHIN), id="no overrun"),
        pytest.param(
            ("leash", "widened"),
            -1,
            replace(LIMITED, leash=replace(LIMITED.leash, widened=0.0)),
            id="widened by less than nothing",
        ),
        pytest.param(
            ("leash", "widened"),
            11,
            replace(LIMITED, leash=replace(LIMITED.leash, widened=0.0)),
            id="wider than any droop",
        ),
        pytest.param(("leash",), "long", replace(LIMITED, leash=LOOSE), id="no leash"),
        pytest.param(
            ("switches", "furnace", "on"),
            1,
            replace(LIMITED, switches={Switch.FURNACE: FURNACE_OFF}),
            id="a switch by number",
        ),
        pytest.param(("switches", "furnace"), 1, replace(LIMITED, switches={}), id="no switch"),
        pytest.param(("switches",), 7, replace(LIMITED, switches={}), id="no switches"),
        pytest.param(("recovery",), [1], replace(LIMITED, recovery=None), id="half a recovery"),
        pytest.param(("setpoint", "requested"), 100, NOTHING_ASKED, id="a setpoint of no home"),
        pytest.param(
            ("setpoint", "told", 0, "value"),
            "warm",
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, flights=())),
            id="half a write",
        ),
        pytest.param(
            ("setpoint", "told", 0, "strange"), 7, LIMITED, id="an unknown column of a write"
        ),
        pytest.param(
            ("setpoint", "told", 0, "tries"), 0, LIMITED, id="a write that was never told"
        ),
        pytest.param(
            ("setpoint", "told"),
            7,
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, flights=())),
            id="no writes",
        ),
        pytest.param(
            ("setpoint", "changes", 0),
            7,
            replace(LIMITED, setpoint=replace(LIMITED.setpoint, changes=())),
            id="no change",
        ),
        pytest.param(("setpoint", "preset"), 7, NO_PRESET, id="a preset by number"),
        pytest.param(("setpoint", "strange"), 7, LIMITED, id="an unknown field"),
    ],
)
def test_what_cannot_be_read_is_forgotten_and_the_rest_stays(
    path: tuple[Any, ...], value: object, left: Protection
) -> None:
    assert decode_protection(changed(WRITTEN, path, value)) == left


def test_the_files_of_the_first_version_are_read_for_ever() -> None:
    first = json.loads((Path(__file__).parent / "files" / "protection_1.json").read_text())
    setpoint = decode_protection(first).setpoint

    assert decode_protection(first) == decode_protection(
        through_json(encode_protection(decode_protection(first)))
    )
    assert setpoint.requested == pytest.approx(fahrenheit(74))
    assert [
        (round(flight.value * 1.8 + 32), flight.origin, flight.arrived)
        for flight in setpoint.flights
    ] == [
        (71, Origin.DECIDED, True),
        (70, Origin.DECIDED, False),
    ]
    assert setpoint.preset == "home"
    assert setpoint.provisional is not None
    assert len(setpoint.writes) == len(setpoint.changes) == 2
    assert decode_protection(first).leash.widened == pytest.approx(4.4444)
    assert decode_protection(first).cap.outdoor == pytest.approx(-6.6667)
    assert decode_protection(first).switches[Switch.FURNACE].on
    assert decode_protection(first).recovery is not None


@pytest.mark.parametrize("column", range(8))
def test_one_column_of_an_old_write_never_loses_what_was_asked_for(column: int) -> None:
    first = json.loads((Path(__file__).parent / "files" / "protection_1.json").read_text())

    assert (
        decode_protection(
            changed(first, ("setpoint", "told", 1, column), {"strange": 7})
        ).setpoint.requested
        is not None
    )
    assert decode_protection(
        changed(first, ("setpoint", "told", 1), [*first["setpoint"]["told"][1], "more"])
    ) == decode_protection(first)


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
