"""With a shared setpoint, no decision starts cooling. °F."""

from dataclasses import replace

import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Alert, Limit, Mode, Observation, Thermostat
from custom_components.aux_heat_guard.core.protection.decision import Decision, SetpointReason
from custom_components.aux_heat_guard.core.settings.protection import DEFAULT_PROTECTION
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import START, STRIPS_AND_COMPRESSOR, after

PROTECTED = replace(
    STRIPS_AND_COMPRESSOR,
    has_outdoor=True,
    mode=Mode.PROTECT,
    protection=replace(DEFAULT_PROTECTION, ramp_limit=None),
)


class AutoModeHome:
    """A thermostat in automatic mode that follows every write."""

    def __init__(self, setpoint: float, mode: Mode = Mode.PROTECT) -> None:
        self.settings = replace(PROTECTED, mode=mode)
        self.setpoint = setpoint
        self.state = engine.start(START, self.settings)
        self.written: list[float] = []

    def step(  # noqa: PLR0913 -- what a test says by name
        self,
        minutes: float,
        *,
        room: float | None,
        action: str = "idle",
        cooling: float | None = None,
        wanted: tuple[tuple[float, float], ...] = (),
        outdoor: float = 20,
    ) -> engine.Step:
        at = after(minutes=minutes)
        thermostat = Thermostat(
            hvac_mode="auto",
            hvac_action=action,
            room=None if room is None else celsius_from_fahrenheit(room),
            setpoint=celsius_from_fahrenheit(self.setpoint),
            cooling_setpoint=None if cooling is None else celsius_from_fahrenheit(cooling),
        )
        plan = tuple(
            (after(minutes=start), celsius_from_fahrenheit(degrees)) for start, degrees in wanted
        )
        step = engine.step(
            self.state,
            Observation(
                at=at,
                readings=("off", "off"),
                thermostat=thermostat,
                outdoor=celsius_from_fahrenheit(outdoor),
                outdoor_last_reported=at,
                schedule=plan,
            ),
            self.settings,
        )
        self.state = step.state
        if step.command is not None:
            self.setpoint = round(step.command.setpoint * 1.8 + 32, 3)
            self.written.append(self.setpoint)
        return step

    def decision(self) -> Decision:
        decision = self.state.view.decision
        assert decision is not None
        return decision


def test_a_room_at_its_setpoint_is_not_cooled_by_a_limit() -> None:
    home = AutoModeHome(75)
    for minutes in range(1, 60):
        home.step(minutes, room=75)

    assert home.written == []
    assert home.decision().reason is SetpointReason.NONE
    assert home.decision().limits == {}


def test_a_limit_follows_the_room_down() -> None:
    home = AutoModeHome(75)
    for minutes, room in ((1, 74.2), (10, 73), (20, 71.5), (30, 68)):
        home.step(minutes, room=room)

    assert home.written == [73, 72, 70]
    assert home.decision().active_limit is Limit.CAP


def test_a_temperature_range_is_still_limited() -> None:
    home = AutoModeHome(75)
    home.step(1, room=75, cooling=80)

    assert home.written == [70]


@pytest.mark.parametrize("room", [72, 80])
def test_a_setback_by_a_schedule_starts_no_cooling(room: float) -> None:
    home = AutoModeHome(70)
    home.step(1, room=room, wanted=((0, 70), (30, 62)), outdoor=60)
    for minutes in range(30, 60):
        home.step(minutes, room=room, wanted=((0, 70), (30, 62)), outdoor=60)

    assert home.written == []


def test_the_setpoint_is_lowered_as_the_room_cools() -> None:
    home = AutoModeHome(70)
    for minutes, room in ((30, 70), (60, 68.5), (90, 66), (240, 60)):
        home.step(minutes, room=room, wanted=((0, 70), (30, 62)), outdoor=60)

    assert home.written == [69, 66, 62]


@pytest.mark.parametrize(("wanted", "written"), [(62, []), (74, [74])])
def test_without_a_room_temperature_a_schedule_may_only_raise_the_setpoint(
    wanted: float, written: list[float]
) -> None:
    home = AutoModeHome(70)
    home.step(1, room=None, wanted=((0, wanted),), outdoor=60)

    assert home.written == written


def test_without_a_room_temperature_nothing_is_limited() -> None:
    home = AutoModeHome(76)
    home.step(1, room=None)

    assert home.written == []


def test_a_schedule_changes_nothing_while_cooling() -> None:
    home = AutoModeHome(70)
    home.step(1, room=74, action="cooling", wanted=((0, 74),), outdoor=80)

    assert home.written == []


def test_limits_resume_when_heating_follows_cooling() -> None:
    home = AutoModeHome(75)
    home.step(1, room=70, action="cooling")
    home.step(30, room=70)
    assert home.written == []
    home.step(60, room=70, action="heating")

    assert home.written == [70]


def test_a_requested_setpoint_below_the_room_is_kept() -> None:
    home = AutoModeHome(66)
    for minutes in range(1, 40):
        home.step(minutes, room=74)

    assert home.written == []


@pytest.mark.parametrize(
    ("room", "action", "is_raised"),
    [
        pytest.param(75, "idle", False, id="to lower it would cool"),
        pytest.param(None, "idle", False, id="nobody knows whether"),
        pytest.param(68, "cooling", False, id="it cools"),
        pytest.param(68, "idle", True, id="it heats"),
        pytest.param(73, "idle", True, id="it may go down a little"),
    ],
)
def test_the_near_freezing_alert_uses_the_same_rule(
    room: float | None, action: str, is_raised: bool
) -> None:
    home = AutoModeHome(75, Mode.MONITOR)
    for minutes in range(1, 30):
        home.step(minutes, room=room, action=action)

    assert (
        any(raised.alert is Alert.NEAR_FREEZING for raised in home.state.view.alerts.active)
        is is_raised
    )


def test_the_alert_clears_when_lowering_would_start_cooling() -> None:
    home = AutoModeHome(75, Mode.MONITOR)
    for minutes in range(1, 30):
        home.step(minutes, room=68)
    assert home.state.view.alerts.active
    for minutes in range(30, 60):
        home.step(minutes, room=68, action="cooling")

    assert not home.state.view.alerts.active


def test_advice_never_starts_cooling() -> None:
    home = AutoModeHome(75, Mode.ADVISE)
    for minutes in range(1, 60):
        home.step(minutes, room=75)

    assert not home.state.view.alerts.active
