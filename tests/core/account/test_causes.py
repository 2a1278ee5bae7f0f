"""The cause of an aux heat run, as far as the observations show it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import (
    Cause,
    Observation,
    Quality,
    Role,
    Run,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.sense.kinds import OnOffSignal
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, after, step_until

HOME = Settings(
    signals=(
        OnOffSignal(Source("binary_sensor.w2")),
        OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR),
        OnOffSignal(Source("switch.emergency"), role=Role.EMERGENCY, quality=Quality.REPORTED),
    ),
    has_outdoor=True,
)
WITHOUT_MODE = replace(HOME, signals=HOME.signals[:2])


@dataclass(frozen=True)
class Phase:
    """The readings from some minutes after the start on, in °F."""

    minutes: float
    aux: str = "off"
    compressor: str = "on"
    emergency: str = "off"
    action: str | None = "heating"
    room: float | None = 70
    setpoint: float | None = 70
    outdoor: float | None = 36
    by_hand: bool = False


def observe_phase(phase: Phase, settings: Settings) -> Observation:
    at = after(minutes=phase.minutes)
    celsius = [
        None if value is None else celsius_from_fahrenheit(value)
        for value in (phase.room, phase.setpoint, phase.outdoor)
    ]
    thermostat = Thermostat(
        hvac_mode="heat",
        hvac_action=phase.action,
        room=celsius[0],
        setpoint=celsius[1],
        is_manual_change=phase.by_hand,
        last_reported=at,
    )
    readings = (phase.aux, phase.compressor, phase.emergency)[: len(settings.signals)]
    return Observation(
        at=at,
        readings=readings,
        thermostat=thermostat,
        outdoor=celsius[2],
        outdoor_last_reported=at,
    )


def last_run(*life: Phase, settings: Settings = HOME) -> Run:
    state = engine.start(START, settings)
    for phase in life:
        state = step_until(state, observe_phase(phase, settings), settings)
    assert state.ledger.run is not None
    return state.ledger.run


def setback_night(**morning: Any) -> tuple[Phase, ...]:
    """Return a night setback and a recovery, after which aux heat runs for 40 minutes."""
    return (
        Phase(0),
        Phase(600, setpoint=62, action="idle", compressor="off"),
        Phase(1000, **{"room": 63, **morning}),
        Phase(1001, aux="on", **{"room": 63, **morning, "by_hand": False}),
        Phase(1041, **{"room": 69, **morning, "by_hand": False}),
    )


@pytest.mark.parametrize(
    ("life", "cause"),
    [
        pytest.param(setback_night(), Cause.SETBACK, id="back to where it was the evening before"),
        pytest.param(setback_night(setpoint=71), Cause.SETBACK, id="back to within a degree of it"),
        pytest.param(setback_night(setpoint=73), Cause.MANUAL, id="higher than it was"),
        pytest.param(setback_night(by_hand=True), Cause.MANUAL, id="by a person who is known"),
        pytest.param(setback_night(outdoor=10), Cause.SETBACK, id="a recovery in the cold is one"),
        pytest.param(
            (
                Phase(0),
                Phase(5, setpoint=73),
                Phase(6, setpoint=73, aux="on"),
                Phase(30, setpoint=73),
            ),
            Cause.MANUAL,
            id="a jump",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on"), Phase(8, setpoint=73, aux="on"), Phase(30, setpoint=73)),
            Cause.MANUAL,
            id="a jump that is told late",
        ),
        pytest.param(
            (
                Phase(0),
                Phase(5, setpoint=73),
                Phase(60, setpoint=73, room=73),
                Phase(200, setpoint=73, aux="on"),
                Phase(240),
            ),
            Cause.UNKNOWN,
            id="long after the room was there",
        ),
        pytest.param(
            (Phase(0), Phase(5, setpoint=66), Phase(6, setpoint=66, aux="on"), Phase(30)),
            Cause.UNKNOWN,
            id="a setpoint lowered",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", action="defrosting"), Phase(40)),
            Cause.DEFROST,
            id="a defrost that is told",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on"), Phase(14)),
            Cause.DEFROST,
            id="short, in frosty air, at the setpoint",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", outdoor=46), Phase(14, outdoor=46)),
            Cause.UNKNOWN,
            id="no coil freezes",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on"), Phase(21)), Cause.UNKNOWN, id="too long for a defrost"
        ),
        pytest.param(
            (Phase(0, room=67), Phase(5, room=67, aux="on"), Phase(14, room=67)),
            Cause.UNKNOWN,
            id="called from far below",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", action="idle"), Phase(14, action="idle")),
            Cause.UNKNOWN,
            id="nobody called for heat",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", action="off"), Phase(14, action="off")),
            Cause.UNKNOWN,
            id="switched off",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", action=None), Phase(14, action=None)),
            Cause.DEFROST,
            id="nobody says what is called",
        ),
        pytest.param(
            (
                Phase(0),
                Phase(5, aux="on", compressor="off", emergency="on"),
                Phase(60, emergency="on"),
            ),
            Cause.EMERGENCY,
            id="chosen",
        ),
        pytest.param(
            (
                Phase(0),
                Phase(5, aux="on", outdoor=20),
                Phase(60, emergency="on", aux="on"),
                Phase(61),
            ),
            Cause.EMERGENCY,
            id="chosen in it",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", outdoor=24), Phase(60)),
            Cause.COLD,
            id="below the balance point",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", outdoor=25), Phase(60)), Cause.UNKNOWN, id="at it"
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", outdoor=None), Phase(60, outdoor=20)),
            Cause.UNKNOWN,
            id="in weather nobody knows",
        ),
        pytest.param(
            (Phase(0, room=None), Phase(5, aux="on", room=None), Phase(14)),
            Cause.UNKNOWN,
            id="in a room nobody knows",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", compressor="off"), Phase(14)),
            Cause.EMERGENCY,
            id="no defrost without the compressor",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", compressor="off", action="defrosting"), Phase(14)),
            Cause.EMERGENCY,
            id="no defrost without the compressor, whoever says so",
        ),
        pytest.param(
            (
                Phase(0),
                Phase(5, aux="on", compressor="off"),
                Phase(6, aux="on"),
                Phase(14, compressor="off"),
            ),
            Cause.DEFROST,
            id="a compressor that rests for a part of it",
        ),
        pytest.param(
            (Phase(0), Phase(5, aux="on", compressor="off", outdoor=20), Phase(60)),
            Cause.COLD,
            id="cold, whatever the compressor does",
        ),
    ],
)
def test_the_first_matching_cause_is_recorded(life: tuple[Phase, ...], cause: Cause) -> None:
    run = last_run(*life)

    assert (run.is_running, run.cause) == (False, cause)


@pytest.mark.parametrize(
    ("compressor", "unseen", "seen"),
    [
        ("off", Cause.EMERGENCY, Cause.EMERGENCY),
        ("on", Cause.UNKNOWN, Cause.UNKNOWN),
        ("unavailable", Cause.UNKNOWN, Cause.UNKNOWN),
    ],
)
def test_strips_alone_are_emergency_heat_whether_or_not_something_shows_what_was_chosen(
    compressor: str, unseen: Cause, seen: Cause
) -> None:
    life = (Phase(0), Phase(5, aux="on", compressor=compressor), Phase(60, compressor=compressor))

    assert last_run(*life, settings=WITHOUT_MODE).cause is unseen
    assert last_run(*life).cause is seen


def run_of_changes(
    *setpoints: tuple[float, float], strips: tuple[float, float], by_hand: float = 5
) -> Run:
    """Return a run after changes of the setpoint in a cold room at given minutes."""
    wanted, (on, off), life = dict(setpoints), strips, []
    setpoint = 64.0
    for minute in range(int(off) + 1):
        setpoint = wanted.get(minute, setpoint)
        aux = "on" if on <= minute < off else "off"
        life.append(
            Phase(
                minute, aux=aux, room=60, setpoint=setpoint, outdoor=48, by_hand=minute == by_hand
            )
        )
    return last_run(*life)


@pytest.mark.parametrize(
    ("setpoints", "strips", "cause"),
    [
        pytest.param([(5, 76), (60, 69)], (6, 61), Cause.MANUAL, id="a lowering ends the run"),
        pytest.param([(5, 76), (60, 69)], (6, 60), Cause.MANUAL, id="told at once with its end"),
        pytest.param(
            [(5, 76), (60, 64)], (6, 61), Cause.MANUAL, id="a lowering to where it was ends the run"
        ),
        pytest.param([(5, 76), (8, 70)], (10, 40), Cause.MANUAL, id="lowered before the strips"),
        pytest.param(
            [(5, 76), (8, 70), (20, 72)],
            (22, 40),
            Cause.MANUAL,
            id="lowered too far, and half the way back",
        ),
        pytest.param(
            [(5, 70), (8, 76), (12, 69)],
            (15, 40),
            Cause.MANUAL,
            id="raised in steps, and lowered under the last of them",
        ),
        pytest.param(
            [(5, 76), (8, 64)],
            (10, 40),
            Cause.UNKNOWN,
            id="lowered to where it was before the strips",
        ),
        pytest.param(
            [(5, 76), (8, 70), (12, 63)],
            (15, 40),
            Cause.UNKNOWN,
            id="lowered step by step under where it was",
        ),
        pytest.param(
            [(5, 66), (45, 76), (48, 66)], (50, 70), Cause.UNKNOWN, id="back to where it long was"
        ),
    ],
)
def test_a_raise_is_the_cause_until_it_is_undone(
    setpoints: list[tuple[float, float]], strips: tuple[float, float], cause: Cause
) -> None:
    assert run_of_changes(*setpoints, strips=strips).cause is cause


def test_a_setback_ending_at_a_lower_setpoint_is_still_a_setback() -> None:
    night = (
        Phase(0),
        Phase(600, setpoint=62, action="idle", compressor="off"),
        Phase(1000, room=60, setpoint=70),
    )
    morning = (
        Phase(1002, room=60, setpoint=66),
        Phase(1005, room=60, setpoint=66, aux="on"),
        Phase(1030, room=64, setpoint=66),
    )

    assert last_run(*night, *morning).cause is Cause.SETBACK


def test_any_lowering_undoes_a_raise_whose_start_is_forgotten() -> None:
    turns = [(minute, 70 + minute % 2) for minute in range(60, 100)]
    ups = [(100 + step, 72 + step) for step in range(25)]

    assert (
        run_of_changes((5, 76), *turns, *ups, (130, 75), strips=(131, 160)).cause is Cause.UNKNOWN
    )


def test_a_running_run_has_a_provisional_cause() -> None:
    state = engine.start(START, HOME)
    found = []
    for phase in (
        Phase(0),
        Phase(5, aux="on"),
        Phase(19, aux="on"),
        Phase(21, aux="on", room=69.9),
    ):
        state = step_until(state, observe_phase(phase, HOME), HOME)
        found.append(state.ledger.run and state.ledger.run.cause)

    assert found == [None, Cause.DEFROST, Cause.DEFROST, Cause.UNKNOWN]


def test_setpoints_are_stored_for_one_day() -> None:
    week = [Phase(60 * hour, setpoint=62 if hour % 2 else 70) for hour in range(24 * 7)]
    state = engine.start(START, HOME)
    for phase in week:
        state = step_until(state, observe_phase(phase, HOME), HOME)
    levels = state.tracker.circumstances.setpoints

    assert len(levels) <= 20
    assert levels[-1][0] - levels[0][0] <= timedelta(hours=25)
