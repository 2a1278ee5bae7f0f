"""A decision can be recomputed from its trace."""

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
from custom_components.aux_heat_guard.core.persistence.json_values import InvalidDataError
from custom_components.aux_heat_guard.core.persistence.trace import (
    encode_trace_step,
    replay_trace_step,
)
from custom_components.aux_heat_guard.core.protection import controller
from custom_components.aux_heat_guard.core.protection.context import ControlContext
from custom_components.aux_heat_guard.core.protection.decision import INITIAL_PROTECTION_STATE
from custom_components.aux_heat_guard.core.protection.trace import TraceStep
from custom_components.aux_heat_guard.core.settings.protection import DEFAULT_PROTECTION
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import STRIPS_AND_COMPRESSOR, after, quick, thorough
from ..persistence.test_history import GARBAGE, node_paths, with_node

PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
DEGREES = st.floats(40, 80).map(lambda degrees: celsius_from_fahrenheit(round(degrees, 1)))
OUTDOORS = st.none() | st.floats(-10, 60).map(
    lambda degrees: celsius_from_fahrenheit(round(degrees))
)


type Inputs = Sequence[tuple[ControlContext, float | None]]
"""(context, requested °C or None) for each step."""


@st.composite
def contexts(draw: st.DrawFn) -> Inputs:
    """Draw contexts some minutes apart, in any mode, some with a request."""
    minutes, found = 0.0, list[tuple[ControlContext, float | None]]()
    for _ in range(draw(st.integers(1, 8))):
        minutes += draw(st.sampled_from([0.0123, 1, 5, 40, 200]))
        at = after(minutes=minutes)
        thermostat = Thermostat(
            hvac_mode=draw(st.sampled_from(["heat", "heat", "heat", "off", "cool"])),
            hvac_action=draw(st.sampled_from(["idle", "heating"])),
            room=draw(st.none() | DEGREES),
            setpoint=draw(DEGREES),
            preset=draw(st.sampled_from([None, "home"])),
            is_manual_change=draw(st.booleans()),
        )
        outdoor = draw(OUTDOORS)
        plan = draw(
            st.sampled_from(
                [
                    (),
                    (
                        (after(0), celsius_from_fahrenheit(62)),
                        (after(hours=5), celsius_from_fahrenheit(70)),
                    ),
                ]
            )
        )
        observation = Observation(
            at=at,
            thermostat=thermostat,
            outdoor=outdoor,
            outdoor_last_reported=at,
            forecast=Forecast(((at, -3.0),)),
            schedule=plan,
        )
        setpoint = thermostat.setpoint if thermostat.is_set_to_heat else None
        allowed = draw(st.sampled_from([None, after(minutes=minutes + 30)]))
        settings = replace(
            PROTECTED, mode=draw(st.sampled_from([Mode.PROTECT, Mode.PROTECT, *Mode]))
        )
        step_context = ControlContext(
            observation=observation,
            settings=settings,
            outdoor=outdoor,
            room=thermostat.room,
            setpoint=setpoint,
            is_over_budget=draw(st.booleans()),
            aux_last_seen=at,
            aux_allowed_until=allowed,
        )
        found.append((step_context, draw(st.none() | st.none() | DEGREES)))
    return found


def trace_contexts(inputs: Inputs) -> list[TraceStep]:
    """Decide on some contexts in order."""
    protection, found = INITIAL_PROTECTION_STATE, []
    for step_context, requested in inputs:
        decided = (
            controller.decide(protection, step_context)
            if requested is None
            else controller.request_setpoint(
                protection, step_context, Request(temperature=requested)
            )
        )
        found.append(
            TraceStep(
                context=step_context,
                state_before=protection,
                result=decided,
                request=None if requested is None else Request(temperature=requested),
            )
        )
        protection = decided.protection
    return found


def trace_without_requests(inputs: Sequence[ControlContext]) -> list[TraceStep]:
    """Decide on some contexts in order, without requests."""
    return trace_contexts([(step_context, None) for step_context in inputs])


@thorough
@given(inputs=contexts())
def test_a_stored_step_decides_the_same(inputs: Inputs) -> None:
    for step in trace_contexts(inputs):
        again = replay_trace_step(json.loads(json.dumps(encode_trace_step(step))), PROTECTED)

        assert not again.is_different


def test_a_stored_step_includes_the_previous_ramp() -> None:
    observation = Observation(
        at=after(0),
        thermostat=Thermostat(
            hvac_mode="heat", hvac_action="heating", room=19, setpoint=celsius_from_fahrenheit(72)
        ),
        outdoor=10,
        outdoor_last_reported=after(0),
    )
    unseen = replace(
        observation, at=after(60), thermostat=replace(observation.thermostat, room=None)
    )
    step = trace_without_requests(
        [
            ControlContext(
                observation=observation,
                settings=PROTECTED,
                outdoor=10,
                room=19,
                setpoint=celsius_from_fahrenheit(72),
            ),
            ControlContext(
                observation=unseen,
                settings=PROTECTED,
                outdoor=10,
                room=None,
                setpoint=celsius_from_fahrenheit(72),
            ),
        ]
    )[1]

    again = replay_trace_step(encode_trace_step(step), PROTECTED)

    assert again.recorded["decision"]["holding"] == "leash"
    assert not again.is_different


@quick
@given(inputs=contexts())
def test_a_step_is_a_pure_function_of_its_inputs(inputs: Inputs) -> None:
    assert trace_contexts(inputs) == trace_contexts(inputs)


def test_other_settings_decide_otherwise() -> None:
    observation = Observation(
        at=after(0),
        thermostat=Thermostat(
            hvac_mode="heat", hvac_action="idle", room=20, setpoint=celsius_from_fahrenheit(74)
        ),
        outdoor=-5,
        outdoor_last_reported=after(0),
    )
    step = trace_without_requests(
        [
            ControlContext(
                observation=observation,
                settings=PROTECTED,
                outdoor=-5,
                room=20,
                setpoint=celsius_from_fahrenheit(74),
            )
        ]
    )[0]
    written = encode_trace_step(step)

    now = replay_trace_step(
        written,
        replace(PROTECTED, protection=replace(DEFAULT_PROTECTION, cap=None, ramp_limit=None)),
    )

    assert (written["decision"]["holding"], written["command"]) == (
        "leash",
        pytest.approx(celsius_from_fahrenheit(69), abs=0.001),
    )
    assert now.is_different
    assert (now.recomputed["decision"]["holding"], now.recomputed["command"]) == ("none", None)


def test_only_steps_with_new_information_are_kept() -> None:
    thermostat = Thermostat(
        hvac_mode="heat", hvac_action="idle", room=20, setpoint=celsius_from_fahrenheit(70)
    )
    observation = Observation(
        at=after(0), thermostat=thermostat, outdoor=10, outdoor_last_reported=after(0)
    )
    first, second, third = trace_without_requests(
        [
            ControlContext(
                observation=replace(observation, at=after(minutes=minutes)),
                settings=PROTECTED,
                outdoor=10,
                room=20,
                setpoint=celsius_from_fahrenheit(70),
            )
            for minutes in (0, 1, 2)
        ]
    )
    off = trace_without_requests(
        [
            ControlContext(
                observation=observation, settings=PROTECTED, outdoor=10, room=20, setpoint=None
            )
        ]
    )[0]
    monitored = replace(third, result=replace(third.result, decision=None))
    moved = replace(third, context=replace(third.context, setpoint=celsius_from_fahrenheit(72)))

    assert not third.differs_from(second)
    assert off.differs_from(first)
    assert monitored.differs_from(third)
    assert third.differs_from(monitored)
    assert not monitored.differs_from(monitored)
    assert moved.differs_from(third)


STEP = encode_trace_step(
    trace_without_requests(
        [
            ControlContext(
                observation=Observation(
                    at=after(0),
                    thermostat=Thermostat(
                        hvac_mode="heat", hvac_action="idle", room=20, setpoint=21
                    ),
                    schedule=((after(0), 20.0),),
                ),
                settings=PROTECTED,
                outdoor=None,
                room=20,
                setpoint=21,
            )
        ]
    )[0]
)


@quick
@given(
    path=st.sampled_from([path for path in node_paths(STEP) if path and path[0] != "decision"]),
    value=GARBAGE,
)
def test_garbage_is_rejected(path: tuple[Any, ...], value: object) -> None:
    try:
        replay_trace_step(with_node(STEP, path, value), PROTECTED)
    except InvalidDataError:
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
def test_an_invalid_step_is_rejected(path: tuple[Any, ...], value: object) -> None:
    with pytest.raises(InvalidDataError):
        replay_trace_step(with_node(STEP, path, value), PROTECTED)
