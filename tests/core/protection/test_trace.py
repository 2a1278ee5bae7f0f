"""What was decided can be decided anew from what was written down of it."""

from collections.abc import Sequence
from dataclasses import replace
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core.model import (
    Forecast,
    Mode,
    Observation,
    Request,
    Thermostat,
)
from custom_components.aux_heat_guard.core.persistence.json_values import UnsoundError
from custom_components.aux_heat_guard.core.persistence.trace import encode_traced, retraced
from custom_components.aux_heat_guard.core.protection import controller as protect
from custom_components.aux_heat_guard.core.protection.decision import NOTHING, Scene
from custom_components.aux_heat_guard.core.protection.trace import Traced
from custom_components.aux_heat_guard.core.settings.protection import PROTECTION
from custom_components.aux_heat_guard.core.units import fahrenheit

from ..helpers import STRIPS_AND_COMPRESSOR, after, quick, thorough
from ..persistence.test_history import GARBAGE, changed, paths

PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
DEGREES = st.floats(40, 80).map(lambda degrees: fahrenheit(round(degrees, 1)))
OUTDOORS = st.none() | st.floats(-10, 60).map(lambda degrees: fahrenheit(round(degrees)))


type Looks = Sequence[tuple[Scene, float | None]]
"""What is looked at, and what somebody then asks for, °C; None: nobody does."""


@st.composite
def scenes(draw: st.DrawFn) -> Looks:
    """Some looks at a thermostat, minutes apart, in any mode; at some of them somebody asks for something."""
    minutes, found = 0.0, list[tuple[Scene, float | None]]()
    for _ in range(draw(st.integers(1, 8))):
        minutes += draw(st.sampled_from([0.0123, 1, 5, 40, 200]))
        at = after(minutes=minutes)
        thermostat = Thermostat(
            draw(st.sampled_from(["heat", "heat", "heat", "off", "cool"])),
            draw(st.sampled_from(["idle", "heating"])),
            draw(st.none() | DEGREES),
            draw(DEGREES),
            preset=draw(st.sampled_from([None, "home"])),
            by_hand=draw(st.booleans()),
        )
        outdoor = draw(OUTDOORS)
        plan = draw(
            st.sampled_from([(), ((after(0), fahrenheit(62)), (after(hours=5), fahrenheit(70)))])
        )
        seen = Observation(
            at,
            thermostat=thermostat,
            outdoor=outdoor,
            outdoor_reported=at,
            forecast=Forecast(((at, -3.0),)),
            plan=plan,
        )
        setpoint = thermostat.setpoint if thermostat.is_set_to_heat else None
        allowed = draw(st.sampled_from([None, after(minutes=minutes + 30)]))
        settings = replace(
            PROTECTED, mode=draw(st.sampled_from([Mode.PROTECT, Mode.PROTECT, *Mode]))
        )
        scene = Scene(
            seen, settings, outdoor, thermostat.room, setpoint, draw(st.booleans()), at, allowed
        )
        found.append((scene, draw(st.none() | st.none() | DEGREES)))
    return found


def traced(looks: Looks) -> list[Traced]:
    """Decide on one after the other."""
    protection, found = NOTHING, []
    for scene, asked in looks:
        decided = (
            protect.decided(protection, scene)
            if asked is None
            else protect.asked(protection, scene, Request(temperature=asked))
        )
        found.append(
            Traced(
                scene, protection, decided, None if asked is None else Request(temperature=asked)
            )
        )
        protection = decided.protection
    return found


def told_of(looks: Sequence[Scene]) -> list[Traced]:
    """Decide on one after the other, where nobody asks for anything."""
    return traced([(scene, None) for scene in looks])


@thorough
@given(looks=scenes())
def test_the_same_is_decided_from_what_was_written_of_it(looks: Looks) -> None:
    for step in traced(looks):
        again = retraced(json.loads(json.dumps(encode_traced(step))), PROTECTED)

        assert not again.differs


def test_the_leash_of_a_moment_ago_is_written_too() -> None:
    seen = Observation(
        after(0),
        thermostat=Thermostat("heat", "heating", 19, fahrenheit(72)),
        outdoor=10,
        outdoor_reported=after(0),
    )
    unseen = replace(seen, at=after(60), thermostat=replace(seen.thermostat, room=None))
    step = told_of(
        [
            Scene(seen, PROTECTED, 10, 19, fahrenheit(72)),
            Scene(unseen, PROTECTED, 10, None, fahrenheit(72)),
        ]
    )[1]

    again = retraced(encode_traced(step), PROTECTED)

    assert again.then["decision"]["holding"] == "leash"
    assert not again.differs


@quick
@given(looks=scenes())
def test_a_step_is_a_pure_function_of_what_it_goes_by(looks: Looks) -> None:
    assert traced(looks) == traced(looks)


def test_other_settings_decide_otherwise() -> None:
    seen = Observation(
        after(0),
        thermostat=Thermostat("heat", "idle", 20, fahrenheit(74)),
        outdoor=-5,
        outdoor_reported=after(0),
    )
    step = told_of([Scene(seen, PROTECTED, -5, 20, fahrenheit(74))])[0]
    written = encode_traced(step)

    now = retraced(
        written, replace(PROTECTED, protection=replace(PROTECTION, cap=None, leash=None))
    )

    assert (written["decision"]["holding"], written["command"]) == (
        "leash",
        pytest.approx(fahrenheit(69), abs=0.001),
    )
    assert now.differs
    assert (now.now["decision"]["holding"], now.now["command"]) == ("none", None)


def test_only_what_tells_more_is_worth_keeping() -> None:
    thermostat = Thermostat("heat", "idle", 20, fahrenheit(70))
    seen = Observation(after(0), thermostat=thermostat, outdoor=10, outdoor_reported=after(0))
    first, second, third = told_of(
        [
            Scene(replace(seen, at=after(minutes=minutes)), PROTECTED, 10, 20, fahrenheit(70))
            for minutes in (0, 1, 2)
        ]
    )
    off = told_of([Scene(seen, PROTECTED, 10, 20, None)])[0]
    monitored = replace(third, decided=replace(third.decided, decision=None))
    moved = replace(third, scene=replace(third.scene, setpoint=fahrenheit(72)))

    assert not third.tells_more_than(second)
    assert off.tells_more_than(first)
    assert monitored.tells_more_than(third)
    assert third.tells_more_than(monitored)
    assert not monitored.tells_more_than(monitored)
    assert moved.tells_more_than(third)


STEP = encode_traced(
    told_of(
        [
            Scene(
                Observation(
                    after(0),
                    thermostat=Thermostat("heat", "idle", 20, 21),
                    plan=((after(0), 20.0),),
                ),
                PROTECTED,
                None,
                20,
                21,
            )
        ]
    )[0]
)


@quick
@given(
    path=st.sampled_from([path for path in paths(STEP) if path and path[0] != "decision"]),
    value=GARBAGE,
)
def test_of_garbage_nothing_is_decided_but_that_it_is_garbage(
    path: tuple[Any, ...], value: object
) -> None:
    try:
        retraced(changed(STEP, path, value), PROTECTED)
    except UnsoundError:
        return


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("is_over",), 1, id="over by one"),
        pytest.param(("observation", "mode"), 7, id="a mode by number"),
        pytest.param(("observation", "grid"), [1], id="half a grid"),
        pytest.param(("observation", "plan"), [[1]], id="half a plan"),
    ],
)
def test_what_is_no_step_is_refused(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(UnsoundError):
        retraced(changed(STEP, path, value), PROTECTED)
