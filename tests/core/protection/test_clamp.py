"""No command leaves the thermostat's range, and only one module builds commands."""

import ast
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import (
    Command,
    Grid,
    Mode,
    Observation,
    Request,
    Thermostat,
)
from custom_components.aux_heat_guard.core.protection.clamp import clamp, recovery_ceiling
from custom_components.aux_heat_guard.core.protection.setpoint import WriteOrigin
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import DEADBAND, FREEZE_FLOOR
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, quick

HALVES = Grid(0.5, 0.0)
PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
OPTIONAL_DEGREES = st.none() | st.integers(10, 60).map(lambda halves: halves / 2)


@pytest.mark.parametrize(
    ("requested", "thermostat", "written"),
    [
        pytest.param(20, Thermostat(), 20, id="nothing speaks against it"),
        pytest.param(28, Thermostat(max_setpoint=25), 25, id="over the ceiling"),
        pytest.param(10, Thermostat(min_setpoint=16), 16, id="under the floor"),
        pytest.param(5, Thermostat(grid=HALVES), 7, id="under the freeze floor"),
        pytest.param(
            5, Thermostat(min_setpoint=5, grid=HALVES), 7, id="whatever the thermostat takes"
        ),
        pytest.param(5, Thermostat(max_setpoint=6, grid=HALVES), 6, id="but what it refuses"),
        pytest.param(
            24, Thermostat(cooling_setpoint=23, max_setpoint=30), 23, id="over what it cools to"
        ),
        pytest.param(
            22.5, Thermostat(cooling_setpoint=23), 22.5, id="a deadband is for raises only"
        ),
    ],
)
def test_a_write_is_clamped_to_the_nearest_allowed_setpoint(
    requested: float, thermostat: Thermostat, written: float
) -> None:
    assert clamp(requested, thermostat) == pytest.approx(written)


@pytest.mark.parametrize(
    ("thermostat", "highest"),
    [
        pytest.param(Thermostat(), None, id="no end"),
        pytest.param(Thermostat(max_setpoint=25), 25, id="its ceiling"),
        pytest.param(
            Thermostat(cooling_setpoint=24), 24 - DEADBAND, id="a deadband under what it cools to"
        ),
        pytest.param(Thermostat(cooling_setpoint=24, max_setpoint=21), 21, id="the lower of both"),
    ],
)
def test_a_plan_does_not_raise_the_write_above_the_range(
    thermostat: Thermostat, highest: float | None
) -> None:
    assert recovery_ceiling(thermostat) == highest


class ClampHome:
    """An engine that reads thermostats and returns commands."""

    def __init__(self, settings: Settings = PROTECTED) -> None:
        self.settings = settings
        self.state = engine.start(START, settings)

    def observe(self, minutes: float, thermostat: Thermostat) -> Observation:
        at = after(minutes=minutes)
        return Observation(
            at=at,
            readings=("off", "off"),
            thermostat=thermostat,
            outdoor=-7.0,
            outdoor_last_reported=at,
        )

    def decide(self, minutes: float, thermostat: Thermostat) -> Command | None:
        step = engine.step(self.state, self.observe(minutes, thermostat), self.settings)
        self.state = step.state
        return step.command


THERMOSTATS = st.builds(
    Thermostat,
    hvac_mode=st.sampled_from(["heat", "heat_cool", "auto"]),
    hvac_action=st.sampled_from([None, "idle", "heating", "cooling"]),
    room=st.none() | st.integers(30, 50).map(lambda halves: halves / 2),
    setpoint=st.integers(20, 56).map(lambda halves: halves / 2),
    max_setpoint=OPTIONAL_DEGREES,
    min_setpoint=OPTIONAL_DEGREES,
    cooling_setpoint=OPTIONAL_DEGREES,
    grid=st.just(HALVES),
)


@quick
@given(
    thermostats=st.lists(THERMOSTATS, min_size=1, max_size=6),
    requests=st.lists(st.integers(10, 60).map(lambda halves: halves / 2), max_size=3),
    mode=st.sampled_from(Mode),
    allowed=st.booleans(),
)
def test_no_reason_writes_outside_the_range(
    thermostats: list[Thermostat], requests: list[float], mode: Mode, allowed: bool
) -> None:
    home, minutes, written = ClampHome(), 0.0, list[tuple[Command, Thermostat]]()
    if allowed:
        home.state = engine.with_alerts(
            home.state, home.state.alerts.with_aux_allowed(after(minutes=900))
        )
    for thermostat in thermostats:
        minutes += 40
        command = home.decide(minutes, thermostat)
        for requested in requests:
            home.state, traced = engine.request_setpoint(
                home.state,
                home.observe(minutes, thermostat),
                home.settings,
                Request(temperature=requested),
            )
            written += [(traced.result.command, thermostat)] if traced.result.command else []
        home.state, accepted = engine.accept_proposal(
            home.state, home.observe(minutes, thermostat), home.settings, 27.0
        )
        written += [(one, thermostat) for one in (command, accepted) if one is not None]
    home.settings = replace(PROTECTED, mode=mode)
    home.state = engine.with_settings(home.state, home.settings)
    last = thermostats[-1]
    given_back = home.decide(minutes + 40, last)
    home.state, released = engine.restore_thermostat(
        home.state, home.observe(minutes + 41, last), home.settings
    )
    written += [(one, last) for one in (given_back, released.command) if one is not None]

    for command, thermostat in written:
        assert command.setpoint == pytest.approx(clamp(command.setpoint, thermostat))


def test_a_request_below_the_range_is_clamped_to_its_minimum() -> None:
    home = ClampHome()
    home.decide(
        1,
        Thermostat(
            hvac_mode="heat",
            hvac_action="idle",
            room=20.0,
            setpoint=18.0,
            min_setpoint=16.0,
            grid=HALVES,
        ),
    )
    observation = home.observe(
        2,
        Thermostat(
            hvac_mode="heat",
            hvac_action="idle",
            room=20.0,
            setpoint=18.0,
            min_setpoint=16.0,
            grid=HALVES,
        ),
    )
    home.state, traced = engine.request_setpoint(
        home.state, observation, home.settings, Request(temperature=10.0)
    )

    assert traced.result.command == Command(setpoint=16.0)
    assert home.state.protection.setpoint.requested == 10.0
    assert home.state.protection.setpoint.last_write is not None
    assert home.state.protection.setpoint.last_write.origin is WriteOrigin.REQUEST


def test_the_freeze_floor_holds_in_fahrenheit_too() -> None:
    assert clamp(celsius_from_fahrenheit(40), Thermostat()) == pytest.approx(
        celsius_from_fahrenheit(45)
    )
    assert clamp(celsius_from_fahrenheit(40), Thermostat()) >= FREEZE_FLOOR


def test_only_the_clamp_module_constructs_commands() -> None:
    core = Path(engine.__file__).parent
    modules = {
        path.relative_to(core).as_posix()
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Command"
    }

    assert modules == {"protection/clamp.py"}
