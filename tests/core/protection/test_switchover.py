"""What is switched by the outdoor temperature."""

from dataclasses import replace

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Mode, Observation, Switch, Thermostat
from custom_components.aux_heat_guard.core.protection.switchover import (
    OFF,
    Switchover,
    Threshold,
    followed,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import PROTECTION
from custom_components.aux_heat_guard.core.units import fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after

COLD, MILD = Threshold(fahrenheit(35), is_cold=True), Threshold(fahrenheit(40), is_cold=False)


def lived(threshold: Threshold, *looks: tuple[float, float | None]) -> list[bool]:
    """Look at (minutes, °F outdoors), and tell where the switch stands after each."""
    switch, found = OFF, []
    for minutes, outdoor in looks:
        switch, _ = followed(
            switch,
            after(minutes=minutes),
            None if outdoor is None else fahrenheit(outdoor),
            threshold,
        )
        found.append(switch.on)
    return found


@pytest.mark.parametrize(
    ("threshold", "looks", "stands"),
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
def test_it_goes_on_and_back(
    threshold: Threshold, looks: list[tuple[float, float | None]], stands: list[bool]
) -> None:
    assert lived(threshold, *looks) == stands


def test_it_says_when_it_may_switch() -> None:
    on = Switchover(True, after(0), after(0))

    assert followed(on, after(minutes=5), 20.0, COLD)[1] == after(minutes=30)
    assert followed(on, after(minutes=5), None, COLD)[1] == after(minutes=30)
    assert followed(OFF, after(minutes=5), 20.0, COLD)[1] is None


class TestSteps:
    SETTINGS = replace(
        STRIPS_AND_COMPRESSOR,
        has_outdoor=True,
        mode=Mode.PROTECT,
        protection=replace(PROTECTION, furnace_below=fahrenheit(35), lockout_above=fahrenheit(40)),
    )

    def look(
        self, state: engine.State, minutes: float, outdoor: float, settings: Settings = SETTINGS
    ) -> engine.Step:
        at = after(minutes=minutes)
        seen = Observation(at, ("off", "off"), Thermostat("off"), fahrenheit(outdoor), at)
        return engine.step(engine.adopt(state, settings), seen, settings)

    def test_it_switches_whatever_the_thermostat_does(self) -> None:
        mild = self.look(engine.begin(START, self.SETTINGS), 1, 50)
        cold = self.look(mild.state, 40, 20)

        assert mild.switched == ((Switch.LOCKOUT, True),)
        assert cold.switched == ((Switch.FURNACE, True), (Switch.LOCKOUT, False))
        assert self.look(cold.state, 41, 20).switched == ()

    @pytest.mark.parametrize("mode", [Mode.MONITOR, Mode.ADVISE])
    def test_without_protection_all_of_it_is_put_back(self, mode: Mode) -> None:
        cold = self.look(engine.begin(START, self.SETTINGS), 1, 20)

        assert self.look(cold.state, 2, 20, replace(self.SETTINGS, mode=mode)).switched == (
            (Switch.FURNACE, False),
        )

    def test_what_is_switched_off_in_the_settings_is_put_back(self) -> None:
        cold = self.look(engine.begin(START, self.SETTINGS), 1, 20)

        assert self.look(
            cold.state, 2, 20, replace(self.SETTINGS, protection=PROTECTION)
        ).switched == ((Switch.FURNACE, False),)

    @pytest.mark.parametrize("mode", ["off", "heat"])
    def test_who_leaves_puts_it_back(self, mode: str) -> None:
        cold = self.look(engine.begin(START, self.SETTINGS), 1, 20)
        seen = Observation(after(minutes=2), ("off", "off"), Thermostat(mode, "idle", 20.0, 20.0))
        state, released = engine.released(cold.state, seen, self.SETTINGS)

        assert released.switched == ((Switch.FURNACE, False),)
        assert state.protection.switches == {}
