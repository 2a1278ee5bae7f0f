"""The switches by outdoor temperature."""

from dataclasses import replace

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import (
    Mode,
    Observation,
    SwitchoverKind,
    Thermostat,
)
from custom_components.aux_heat_guard.core.protection.switchover import (
    SWITCHOVER_OFF,
    SwitchoverState,
    Threshold,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import DEFAULT_PROTECTION
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after

COLD, MILD = (
    Threshold(celsius_from_fahrenheit(35), is_on_when_cold=True),
    Threshold(celsius_from_fahrenheit(40), is_on_when_cold=False),
)


def run_switch(threshold: Threshold, *readings: tuple[float, float | None]) -> list[bool]:
    """Return the position of the switch after each (minute, outdoor °F)."""
    switch, found = SWITCHOVER_OFF, []
    for minutes, outdoor in readings:
        switch, _ = switch.advance(
            after(minutes=minutes),
            None if outdoor is None else celsius_from_fahrenheit(outdoor),
            threshold,
        )
        found.append(switch.is_on)
    return found


@pytest.mark.parametrize(
    ("threshold", "readings", "stands"),
    [
        pytest.param(COLD, [(0, 36), (1, 35)], [False, True], id="at the threshold"),
        pytest.param(
            COLD,
            [(0, 34), (40, 36.9), (41, 37.1)],
            [True, True, False],
            id="back two degrees over it",
        ),
        pytest.param(
            COLD,
            [(0, 34), (10, 50), (31, 50)],
            [True, True, False],
            id="half an hour later at the earliest",
        ),
        pytest.param(
            COLD,
            [(0, 34), (40, 50), (50, 20), (71, 20)],
            [True, False, False, True],
            id="and on again as well",
        ),
        pytest.param(MILD, [(0, 39), (1, 40)], [False, True], id="mild"),
        pytest.param(
            MILD, [(0, 45), (40, 38.1), (41, 37.9)], [True, True, False], id="mild no more"
        ),
        pytest.param(
            COLD,
            [(0, 20), (10, None), (40, None)],
            [True, True, False],
            id="blind for half an hour",
        ),
        pytest.param(COLD, [(0, None)], [False], id="never seen"),
        pytest.param(
            COLD,
            [(600, 20), (0, 50), (31, 50)],
            [True, True, False],
            id="a clock that was set back",
        ),
    ],
)
def test_the_switch_turns_on_and_off_with_hysteresis(
    threshold: Threshold, readings: list[tuple[float, float | None]], stands: list[bool]
) -> None:
    assert run_switch(threshold, *readings) == stands


def test_the_switch_reports_when_it_may_change() -> None:
    on = SwitchoverState(True, after(0), after(0))

    assert on.advance(after(minutes=5), 20.0, COLD)[1] == after(minutes=30)
    assert on.advance(after(minutes=5), None, COLD)[1] == after(minutes=30)
    assert SWITCHOVER_OFF.advance(after(minutes=5), 20.0, COLD)[1] is None


class TestSteps:
    SETTINGS = replace(
        STRIPS_AND_COMPRESSOR,
        has_outdoor=True,
        mode=Mode.PROTECT,
        protection=replace(
            DEFAULT_PROTECTION,
            furnace_below=celsius_from_fahrenheit(35),
            aux_lockout_above=celsius_from_fahrenheit(40),
        ),
    )

    def step_outdoor(
        self, state: engine.State, minutes: float, outdoor: float, settings: Settings = SETTINGS
    ) -> engine.Step:
        at = after(minutes=minutes)
        observation = Observation(
            at=at,
            readings=("off", "off"),
            thermostat=Thermostat(hvac_mode="off"),
            outdoor=celsius_from_fahrenheit(outdoor),
            outdoor_last_reported=at,
        )
        return engine.step(engine.with_settings(state, settings), observation, settings)

    def test_the_switch_is_independent_of_the_thermostat(self) -> None:
        mild = self.step_outdoor(engine.start(START, self.SETTINGS), 1, 50)
        cold = self.step_outdoor(mild.state, 40, 20)

        assert mild.switch_changes == ((SwitchoverKind.AUX_LOCKOUT, True),)
        assert cold.switch_changes == (
            (SwitchoverKind.FURNACE, True),
            (SwitchoverKind.AUX_LOCKOUT, False),
        )
        assert self.step_outdoor(cold.state, 41, 20).switch_changes == ()

    @pytest.mark.parametrize("mode", [Mode.MONITOR, Mode.ADVISE])
    def test_turning_protection_off_restores_the_switch(self, mode: Mode) -> None:
        cold = self.step_outdoor(engine.start(START, self.SETTINGS), 1, 20)

        assert self.step_outdoor(
            cold.state, 2, 20, replace(self.SETTINGS, mode=mode)
        ).switch_changes == ((SwitchoverKind.FURNACE, False),)

    def test_disabling_the_switch_in_the_settings_restores_it(self) -> None:
        cold = self.step_outdoor(engine.start(START, self.SETTINGS), 1, 20)

        assert self.step_outdoor(
            cold.state, 2, 20, replace(self.SETTINGS, protection=DEFAULT_PROTECTION)
        ).switch_changes == ((SwitchoverKind.FURNACE, False),)

    @pytest.mark.parametrize("mode", ["off", "heat"])
    def test_unloading_restores_the_switch(self, mode: str) -> None:
        cold = self.step_outdoor(engine.start(START, self.SETTINGS), 1, 20)
        observation = Observation(
            at=after(minutes=2),
            readings=("off", "off"),
            thermostat=Thermostat(hvac_mode=mode, hvac_action="idle", room=20.0, setpoint=20.0),
        )
        state, released = engine.restore_thermostat(cold.state, observation, self.SETTINGS)

        assert released.switch_changes == ((SwitchoverKind.FURNACE, False),)
        assert state.protection.switchovers == {}

    def test_a_switch_that_was_not_restored_is_remembered(self) -> None:
        cold = self.step_outdoor(engine.start(START, self.SETTINGS), 1, 20).state
        observation = Observation(at=after(minutes=2), readings=("off", "off"))
        released, _ = engine.restore_thermostat(cold, observation, self.SETTINGS)
        state = engine.record_failed_restore(
            released, cold, {SwitchoverKind.FURNACE}, is_written=True
        )

        assert state.protection.switchovers[SwitchoverKind.FURNACE].is_on
        assert state.protection.setpoint == released.protection.setpoint
