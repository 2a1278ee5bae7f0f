"""The commands to the thermostat, and the reasons for their limits."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts.facts import number_of
from custom_components.aux_heat_guard.core.alerts.rules import DEFAULT_CONFIGS
from custom_components.aux_heat_guard.core.curve import Curve
from custom_components.aux_heat_guard.core.model import (
    Alert,
    Command,
    Forecast,
    Grid,
    HeatState,
    Limit,
    Mode,
    Observation,
    Request,
    Thermostat,
)
from custom_components.aux_heat_guard.core.persistence.protection import (
    decode_protection,
    encode_protection,
)
from custom_components.aux_heat_guard.core.protection.compose import apply_limits
from custom_components.aux_heat_guard.core.protection.decision import SetpointReason
from custom_components.aux_heat_guard.core.protection.limits.ramp_limit import RampLimit
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import (
    DEFAULT_PROTECTION,
    FREEZE_FLOOR,
    MAX_WRITES_PER_DAY,
    MAX_WRITES_PER_HOUR,
    MIN_WRITE_INTERVAL,
    ProtectionSettings,
)
from custom_components.aux_heat_guard.core.units import (
    celsius_from_fahrenheit,
    kelvin_from_fahrenheit,
)

from ..helpers import START, STRIPS_AND_COMPRESSOR, after, observe_state, quick

PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
HALVES = Grid(kelvin_from_fahrenheit(0.5))
LIMITS = st.dictionaries(st.sampled_from(Limit), st.floats(-10, 40))


class TestComposed:
    @pytest.mark.parametrize(
        ("target", "limits", "applied", "reason"),
        [
            pytest.param(70, {}, 70, None, id="no limit"),
            pytest.param(70.4, {}, 70, None, id="down to the thermostat's step"),
            pytest.param(70, {Limit.CAP: 72}, 70, None, id="a limit over it"),
            pytest.param(70, {Limit.CAP: 68.9}, 68.5, Limit.CAP, id="one limit"),
            pytest.param(
                70,
                {Limit.CAP: 69, Limit.RAMP_LIMIT: 66, Limit.BUDGET_SETBACK: 68},
                66,
                Limit.RAMP_LIMIT,
                id="the lowest one holds",
            ),
            pytest.param(
                70,
                {Limit.BUDGET_SETBACK: 66 + 1e-7, Limit.RAMP_LIMIT: 66},
                66,
                Limit.BUDGET_SETBACK,
                id="the first of two that say the same",
            ),
            pytest.param(
                74,
                {Limit.CAP: 70.9, Limit.RAMP_LIMIT: 70.6},
                70.5,
                Limit.CAP,
                id="the first of two that come to the same setpoint",
            ),
            pytest.param(
                74,
                {Limit.CAP: 71.1, Limit.RAMP_LIMIT: 70.9},
                70.5,
                Limit.RAMP_LIMIT,
                id="and not one that comes to another",
            ),
            pytest.param(
                70,
                {Limit.CAP: 55, Limit.RAMP_LIMIT: 50},
                62,
                Limit.CAP,
                id="the first of two under the floor",
            ),
            pytest.param(70, {Limit.RAMP_LIMIT: 50}, 62, Limit.RAMP_LIMIT, id="the comfort floor"),
            pytest.param(
                60,
                {Limit.RAMP_LIMIT: 50},
                60,
                None,
                id="who wants less than the comfort floor gets it",
            ),
            pytest.param(40, {}, 45, None, id="never under the freeze floor"),
            pytest.param(40, {Limit.RAMP_LIMIT: 30}, 45, None, id="whatever the limit"),
        ],
    )
    def test_the_target_is_bounded_by_limits_and_limits_by_floors(
        self, target: float, limits: dict[Limit, float], applied: float, reason: Limit | None
    ) -> None:
        decision = apply_limits(
            celsius_from_fahrenheit(target),
            {limit: celsius_from_fahrenheit(value) for limit, value in limits.items()},
            DEFAULT_PROTECTION,
            HALVES,
        )

        assert decision.active_limit is reason
        assert decision.applied * 1.8 + 32 == pytest.approx(
            applied, abs=0.41 if applied == 45 else 1e-6
        )

    @given(
        target=st.floats(0, 30),
        limits=LIMITS,
        step=st.sampled_from([0.1, 0.5, kelvin_from_fahrenheit(1)]),
    )
    def test_the_applied_setpoint_stays_between_floors_and_request(
        self, target: float, limits: dict[Limit, float], step: float
    ) -> None:
        applied = apply_limits(target, limits, DEFAULT_PROTECTION, Grid(step, 0.0)).applied

        assert applied <= max(target, FREEZE_FLOOR + step) + 1e-6
        assert applied >= min(target - step, DEFAULT_PROTECTION.comfort_floor) - 1e-6
        assert applied >= FREEZE_FLOOR - 1e-6


class ProtectedHome:
    """A home whose engine takes a step each minute. °F."""

    def __init__(
        self,
        settings: ProtectionSettings = DEFAULT_PROTECTION,
        base: Settings = PROTECTED,
        grid: Grid = HALVES,
    ) -> None:
        self.grid = grid
        self.settings = replace(base, protection=settings)
        self.state = engine.start(START, self.settings)
        self.setpoint = 70.0
        self.is_blank = False
        """Whether the thermostat reports no setpoint."""
        self.commands: list[tuple[datetime, float]] = []

    def step(  # noqa: PLR0913 -- what a test says by name
        self,
        minutes: float,
        *,
        room: float | None = 70,
        outdoor: float | None = 36,
        wanted: tuple[tuple[float, float], ...] = ((0, 70),),
        action: str = "idle",
        mode: str | None = "heat",
        aux: bool = False,
    ) -> engine.Step:
        at = after(minutes=minutes)
        observation = observe_state(HeatState.HEAT_PUMP_AUX if aux else HeatState.OFF, at)
        plan = [
            (after(minutes=start), celsius_from_fahrenheit(degrees)) for start, degrees in wanted
        ]
        setpoint = None if self.is_blank else celsius_from_fahrenheit(self.setpoint)
        step = engine.step(
            self.state,
            replace(
                observation,
                thermostat=Thermostat(
                    hvac_mode=mode,
                    hvac_action=action,
                    room=None if room is None else celsius_from_fahrenheit(room),
                    setpoint=setpoint,
                    grid=self.grid,
                ),
                outdoor=None if outdoor is None else celsius_from_fahrenheit(outdoor),
                outdoor_last_reported=at,
                schedule=tuple(plan),
            ),
            self.settings,
        )
        self.state = step.state
        if step.command is not None:
            self.setpoint = step.command.setpoint * 1.8 + 32
            self.commands.append((at, round(self.setpoint, 3)))
        return step

    @property
    def applied_f(self) -> list[float]:
        return [setpoint for _, setpoint in self.commands]


def test_a_raise_is_applied_in_steps_as_the_room_follows() -> None:
    home = ProtectedHome()
    home.step(1, room=62, wanted=((0, 62),))
    # An hour later the backstop would lift the limit.
    for minutes in range(2, 62):
        home.step(minutes, room=62 + minutes / 20, wanted=((0, 70),), action="heating")

    assert home.applied_f[:2] == [62, 63.5]
    assert home.applied_f == sorted(home.applied_f)
    assert all(later - earlier <= 1.0 for earlier, later in pairwise(home.applied_f[1:]))


def test_a_limited_setpoint_names_its_reason() -> None:
    home = ProtectedHome()
    step = home.step(1, room=62, action="heating")

    assert step.view.decision is not None
    assert (step.view.decision.active_limit, round(step.view.decision.target * 1.8 + 32, 3)) == (
        Limit.RAMP_LIMIT,
        70,
    )
    assert step.view.decision.limits.keys() == {Limit.CAP, Limit.RAMP_LIMIT}


@pytest.mark.parametrize("mode", ["off", "cool", "dry", "fan_only"])
def test_a_thermostat_that_does_not_heat_is_not_written_to(mode: str) -> None:
    home = ProtectedHome()
    home.step(1, mode=mode)

    assert home.commands == []
    assert home.state.view.decision is None


def test_nothing_is_written_without_a_request_or_protection() -> None:
    home, monitor = ProtectedHome(), ProtectedHome(base=replace(PROTECTED, mode=Mode.MONITOR))
    home.step(1, wanted=())
    monitor.step(1)

    assert home.commands == monitor.commands == []


def test_missing_data_suspends_only_the_limits_that_need_it() -> None:
    home = ProtectedHome()
    decision = home.step(1, room=None, outdoor=None).view.decision

    assert decision is not None
    assert decision.limits == {}
    assert home.applied_f == []


def test_without_an_outdoor_temperature_a_schedule_is_followed_as_it_is() -> None:
    home = ProtectedHome()
    step = home.step(1, outdoor=None, wanted=((0, 62), (60, 70)))

    assert step.view.decision is not None
    assert step.view.decision.target == pytest.approx(celsius_from_fahrenheit(62))
    assert step.wake_at <= after(minutes=60)


def test_a_rise_starts_early_and_requests_a_wake() -> None:
    home = ProtectedHome()
    home.step(1, room=62, wanted=((0, 62), (480, 70)))
    night = home.state.view.decision
    assert night is not None
    # At 36 °F outdoors the room gains 1.25 °F an hour, for at most six hours.
    assert night.target * 1.8 + 32 == pytest.approx(62.5)
    step = home.step(240, room=62.5, wanted=((0, 62), (480, 70)))
    assert step.view.decision is not None
    assert step.view.decision.target * 1.8 + 32 == pytest.approx(65)
    assert step.wake_at <= after(minutes=245)


def test_a_rise_follows_the_forecast() -> None:
    home = ProtectedHome()
    at = after(minutes=1)
    hours = tuple((after(hours=hour), celsius_from_fahrenheit(20)) for hour in range(1, 12))
    plan = ((after(0), celsius_from_fahrenheit(62)), (after(hours=8), celsius_from_fahrenheit(70)))
    observation = Observation(
        at=at,
        readings=("off", "off"),
        thermostat=Thermostat(hvac_mode="heat", hvac_action="idle", room=20.0, setpoint=20.0),
        outdoor=2.2,
        outdoor_last_reported=at,
        forecast=Forecast(hours),
        schedule=plan,
    )

    decision = engine.step(home.state, observation, home.settings).view.decision

    assert decision is not None
    assert decision.target == pytest.approx(celsius_from_fahrenheit(70))


def test_unexpected_aux_over_budget_lowers_the_setpoint_in_steps() -> None:
    for outdoor, lowered in ((36, 67), (10, 70)):
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None, cap=None))
        for minutes in range(1, 300):
            home.step(minutes, outdoor=outdoor, action="heating", aux=True)
        assert round(home.setpoint, 3) == lowered


def test_the_cap_lowers_the_setpoint_near_freezing() -> None:
    home = ProtectedHome()
    home.setpoint = 75
    home.step(1, room=75, outdoor=25, wanted=((0, 75),))

    assert home.applied_f == [70]


@quick
@given(
    rooms=st.lists(
        st.tuples(st.integers(1, 20), st.floats(55, 75), st.booleans()), min_size=1, max_size=120
    )
)
def test_writes_are_rare(rooms: list[tuple[int, float, bool]]) -> None:
    home, minutes = ProtectedHome(grid=Grid(kelvin_from_fahrenheit(0.1))), 0
    for wait, room, calls in rooms:
        minutes += wait
        home.step(minutes, room=room, action="heating" if calls else "idle")
    times = [at for at, _ in home.commands]
    assert all(later - earlier >= MIN_WRITE_INTERVAL for earlier, later in pairwise(times))
    for at in times:
        assert sum(at - timedelta(hours=1) < other <= at for other in times) <= MAX_WRITES_PER_HOUR
        assert sum(at - timedelta(days=1) < other <= at for other in times) <= MAX_WRITES_PER_DAY


def test_after_forty_writes_a_day_only_restores_are_written() -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
    for index in range(46):
        home.step(1 + 31 * index, outdoor=25 + 4 * (index % 2), wanted=((0, 75),))
    assert len(home.commands) == MAX_WRITES_PER_DAY

    home.step(1 + 31 * 46, outdoor=25, wanted=((0, 69),))
    assert home.applied_f[-1] == 69


def test_a_moment_without_data_changes_nothing() -> None:
    home = ProtectedHome()
    for minutes in range(1, 20):
        home.step(minutes, room=64, outdoor=20, action="heating", wanted=((0, 75),))
    before = home.applied_f
    home.step(20, room=None, outdoor=None, action="heating", wanted=((0, 75),))
    assert home.applied_f == before == [65.5]

    decision = home.step(
        60, room=None, outdoor=None, action="heating", wanted=((0, 75),)
    ).view.decision
    assert decision is not None
    assert decision.limits == {}


def test_the_ramp_limit_applies_to_the_limited_target() -> None:
    # The cap holds the room at 70. A room below the requested 74 is no reason to lift the cap.
    home = ProtectedHome()
    for minutes in range(1, 200):
        home.step(minutes, room=70, outdoor=20, wanted=((0, 74),))
    home.step(200, room=65, outdoor=20, wanted=((0, 74),), action="heating")

    assert home.applied_f == [66.5]


def test_an_hour_old_request_calls_no_aux() -> None:
    # The schedule had 70 until half an hour ago, and has 62 since.
    home = ProtectedHome()
    for minutes in range(30, 200):
        home.step(
            minutes, room=66, outdoor=10, wanted=((0, 70), (30, 62), (500, 70)), action="heating"
        )

    assert RampLimit.of(home.state.protection.limits).cold_since is None
    assert not RampLimit.of(home.state.protection.limits).is_backstop_active


def test_a_machine_suspend_does_not_lift_the_ramp_limit() -> None:
    home = ProtectedHome()
    for minutes in range(1, 5):
        home.step(minutes, room=66, action="heating")
    home.state = engine.resume_after_gap(
        home.state, after(minutes=4), after(minutes=200), home.settings
    )
    home.step(201, room=66, action="heating")

    assert home.applied_f == [67.5]


def test_setback_steps_do_not_accumulate_while_unlimited() -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None, cap=None))
    home.step(1)
    home.state = engine.with_alerts(
        home.state, home.state.alerts.with_aux_allowed(after(minutes=400))
    )
    for minutes in range(2, 400):
        home.step(minutes, action="heating", aux=True)
    assert home.applied_f == []
    home.step(400, action="heating", aux=True)

    assert home.applied_f == [69]


@pytest.mark.parametrize(
    ("floor", "given_back"),
    [
        pytest.param(None, 45, id="the freeze floor"),
        pytest.param(50, 50, id="the thermostat's own"),
    ],
)
def test_a_restored_setpoint_is_never_below_the_floors(
    floor: float | None, given_back: float
) -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
    home.setpoint = 40
    home.step(1, outdoor=50, wanted=((0, 75),))
    assert home.applied_f == [75]
    lowest = None if floor is None else celsius_from_fahrenheit(floor)
    written = replace(
        home.state.protection,
        setpoint=replace(home.state.protection.setpoint, requested=celsius_from_fahrenheit(40)),
    )
    thermostat = Thermostat(
        hvac_mode="heat",
        hvac_action="idle",
        room=celsius_from_fahrenheit(70),
        setpoint=celsius_from_fahrenheit(75),
        min_setpoint=lowest,
        grid=home.grid,
    )
    home.state = replace(home.state, protection=written)
    _, released = engine.restore_thermostat(
        home.state,
        Observation(at=after(minutes=30), readings=("off", "off"), thermostat=thermostat),
        home.settings,
    )

    assert released.command is not None
    assert released.command.setpoint * 1.8 + 32 == pytest.approx(
        given_back, abs=0.41 if given_back == 45 else 1e-6
    )


@pytest.mark.parametrize(
    ("mode", "cap", "is_raised"),
    [
        pytest.param(Mode.MONITOR, DEFAULT_PROTECTION.cap, True, id="where nobody acts"),
        pytest.param(Mode.PROTECT, DEFAULT_PROTECTION.cap, False, id="the cap takes care of it"),
        pytest.param(Mode.PROTECT, None, True, id="without a cap"),
    ],
)
def test_near_freezing_alerts_only_without_an_active_cap(
    mode: Mode, cap: Curve | None, is_raised: bool
) -> None:
    home = ProtectedHome(
        replace(DEFAULT_PROTECTION, ramp_limit=None, cap=cap), replace(PROTECTED, mode=mode)
    )
    home.setpoint = 78
    for minutes in range(1, 30):
        home.step(minutes, outdoor=25, wanted=())

    assert (
        any(raised.alert is Alert.NEAR_FREEZING for raised in home.state.view.alerts.active)
        is is_raised
    )


class TestHolds:
    """The reasons for which nothing is limited, and their ends."""

    def make_held_home(self) -> ProtectedHome:
        """Change the setpoint manually."""
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=20, wanted=())
        home.setpoint = 76
        for minutes in (19, 20):
            home.step(minutes, outdoor=20, wanted=())
        assert self.hold_figures(home) is SetpointReason.MANUAL_HOLD
        return home

    def hold_figures(self, home: ProtectedHome) -> Limit | SetpointReason | None:
        decision = home.state.view.decision
        return None if decision is None else decision.reason

    @pytest.mark.parametrize(
        ("hours", "reason"),
        [
            pytest.param(8, Limit.CAP, id="soon"),
            pytest.param(40, SetpointReason.MANUAL_HOLD, id="in days"),
        ],
    )
    def test_a_recovery_due_soon_ends_the_hold(
        self, hours: float, reason: Limit | SetpointReason
    ) -> None:
        home = self.make_held_home()
        home.state = engine.request_recovery(
            home.state, after(hours=hours), celsius_from_fahrenheit(68)
        )
        home.step(21, outdoor=20, wanted=())

        assert self.hold_figures(home) is reason

    def test_a_hold_can_be_ended(self) -> None:
        home = self.make_held_home()
        home.state = engine.end_hold(home.state)
        home.step(21, outdoor=20, wanted=())

        assert self.hold_figures(home) is Limit.CAP

    def test_the_longest_lasting_hold_is_reported(self) -> None:
        home = self.make_held_home()
        home.state = engine.with_alerts(
            home.state, home.state.alerts.with_aux_allowed(after(minutes=400))
        )
        home.step(21, outdoor=20, wanted=())
        assert self.hold_figures(home) is SetpointReason.AUX_ALLOWED
        yields = replace(home.state.protection.setpoint, pause_until=after(minutes=900))
        home.state = replace(
            home.state,
            protection=replace(home.state.protection, setpoint=yields),
            last_observation=None,
        )
        home.step(22, outdoor=20, wanted=())

        assert self.hold_figures(home) is SetpointReason.CONFLICT_PAUSE


def test_the_applied_setpoint_is_the_written_one() -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
    home.setpoint = 76
    home.step(1, outdoor=20, wanted=())
    lower = home.step(3, outdoor=20, wanted=((0, 66),)).view.decision

    # The next write waits for the minimum interval.
    assert home.applied_f == [70]
    assert lower is not None
    assert lower.applied == pytest.approx(celsius_from_fahrenheit(66))
    assert lower.displayed_setpoint == pytest.approx(celsius_from_fahrenheit(70))


def test_a_proposed_setpoint_is_displayed_before_it_is_written() -> None:
    home = ProtectedHome(
        replace(DEFAULT_PROTECTION, ramp_limit=None), replace(PROTECTED, mode=Mode.ADVISE)
    )
    home.setpoint = 76
    proposed = home.step(1, outdoor=20, wanted=()).view.decision

    assert proposed is not None
    assert proposed.is_proposed
    assert proposed.displayed_setpoint == pytest.approx(celsius_from_fahrenheit(70))


def test_a_limit_works_with_its_alert_disabled() -> None:
    off = {Alert.OVERRUN: replace(DEFAULT_CONFIGS[Alert.OVERRUN], enabled=False)}
    home = ProtectedHome(
        replace(DEFAULT_PROTECTION, ramp_limit=None, cap=None),
        replace(PROTECTED, alerts=replace(PROTECTED.alerts, configs=off)),
    )
    for minutes in range(1, 300):
        home.step(minutes, action="heating", aux=True)

    assert home.applied_f[-1] == 67


def test_the_same_setpoint_is_not_written_twice() -> None:
    home = ProtectedHome()
    home.setpoint = 75
    for minutes in range(1, 60):
        home.step(minutes, outdoor=25, wanted=((0, 75),))

    assert home.applied_f == [70]


class TestAsked:
    """Requests on the guard's climate entity."""

    def request_setpoint(self, home: ProtectedHome, degrees: float, mode: str = "heat") -> float:
        observation = Observation(
            at=after(minutes=1),
            readings=("off", "off"),
            thermostat=Thermostat(
                hvac_mode=mode,
                hvac_action="idle",
                room=celsius_from_fahrenheit(68),
                setpoint=celsius_from_fahrenheit(home.setpoint),
                grid=home.grid,
            ),
        )
        home.state, traced = engine.request_setpoint(
            home.state,
            observation,
            home.settings,
            Request(temperature=celsius_from_fahrenheit(degrees)),
        )
        assert traced.result.command is not None
        return round(traced.result.command.setpoint * 1.8 + 32, 3)

    def test_a_request_is_limited_at_once(self) -> None:
        home = ProtectedHome()
        home.step(1, room=68, wanted=())

        assert self.request_setpoint(home, 74) == 69.5
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(74)
        )
        home.setpoint = 69.5
        step = home.step(2, room=68, wanted=())
        assert step.command is None
        assert step.view.decision is not None
        assert step.view.decision.is_limited
        assert step.view.decision.reason is Limit.RAMP_LIMIT

    def test_a_request_while_off_passes_unlimited(self) -> None:
        assert self.request_setpoint(ProtectedHome(), 74, mode="off") == 74

    @pytest.mark.parametrize("mode", [Mode.MONITOR, Mode.ADVISE])
    def test_without_protection_a_request_passes_unchanged(self, mode: Mode) -> None:
        home = ProtectedHome(base=replace(PROTECTED, mode=mode))
        home.step(1, room=68, wanted=())

        assert self.request_setpoint(home, 74) == 74
        home.setpoint = 74
        assert home.step(2, room=68, wanted=()).command is None
        assert home.state.protection.setpoint.hold_until is None

    def test_frequent_requests_do_not_slow_limits(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=38, wanted=())
        for _ in range(MAX_WRITES_PER_DAY):
            home.setpoint = self.request_setpoint(home, 76)
        home.step(40, outdoor=20, wanted=())

        assert home.applied_f == [70]

    @pytest.mark.parametrize("mode", [*Mode])
    def test_a_request_while_off_is_dropped_when_cooling_starts(self, mode: Mode) -> None:
        home = ProtectedHome(
            replace(DEFAULT_PROTECTION, ramp_limit=None), replace(PROTECTED, mode=mode)
        )
        home.setpoint = 68
        home.step(1, outdoor=50, wanted=())
        assert self.request_setpoint(home, 78, mode="off") == 78
        home.setpoint = 78
        home.step(4, outdoor=50, wanted=(), mode="cool")
        home.setpoint = 68
        home.step(90, outdoor=50, wanted=())

        assert home.applied_f == []
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(68)
        )

    @pytest.mark.parametrize("before", ["off", "cool", "fan_only", None])
    @pytest.mark.parametrize("mode", [*Mode])
    def test_a_request_with_a_heating_mode_is_limited_at_once(
        self, mode: Mode, before: str | None
    ) -> None:
        home = ProtectedHome(
            replace(DEFAULT_PROTECTION, ramp_limit=None), replace(PROTECTED, mode=mode)
        )
        home.setpoint = 68
        home.step(1, outdoor=20, wanted=())
        home.step(2, outdoor=20, wanted=(), mode=before)
        observation = Observation(
            at=after(minutes=3),
            readings=("off", "off"),
            thermostat=Thermostat(hvac_mode=before, hvac_action="idle", room=None, setpoint=20.0),
            outdoor=celsius_from_fahrenheit(20),
            outdoor_last_reported=after(minutes=3),
        )
        home.state, traced = engine.request_setpoint(
            home.state,
            observation,
            home.settings,
            Request(temperature=celsius_from_fahrenheit(74), hvac_mode="heat"),
        )
        written = 70 if mode is Mode.PROTECT else 74
        assert traced.result.command is not None
        assert traced.result.command.setpoint == pytest.approx(celsius_from_fahrenheit(written))
        # The thermostat heats at once, and has the new setpoint some seconds later.
        for minutes, shows in ((3.1, 68), (3.2, written), (30, written)):
            home.setpoint = shows
            home.step(minutes, outdoor=20, wanted=())

        assert home.applied_f == []
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(74)
        )
        assert home.state.protection.setpoint.hold_until is None

    def test_a_request_while_off_is_a_hold_without_a_preset(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 74
        home.step(1, outdoor=20, wanted=())
        assert home.state.protection.setpoint.last_write is not None
        home.is_blank = True
        home.step(20, outdoor=20, wanted=(), mode="off")
        home.state, _ = engine.request_setpoint(
            home.state,
            self.observe_off(21),
            home.settings,
            Request(temperature=celsius_from_fahrenheit(66)),
        )
        home.is_blank = False
        for minutes, shows in ((22, 66), (23, 69), (23.1, 66), (40, 66)):
            home.setpoint = shows
            home.step(minutes, outdoor=50, wanted=())

        setpoint = home.state.protection.setpoint
        assert setpoint.requested == pytest.approx(celsius_from_fahrenheit(66))
        assert (setpoint.preset_to_restore, setpoint.hold_until) == (None, None)

    @pytest.mark.parametrize("mode", [Mode.MONITOR, Mode.ADVISE])
    def test_an_unlimited_request_while_off_is_not_written_again(self, mode: Mode) -> None:
        home = ProtectedHome(
            replace(DEFAULT_PROTECTION, ramp_limit=None), replace(PROTECTED, mode=mode)
        )
        home.setpoint = 74
        home.step(1, outdoor=50, wanted=())
        home.is_blank = True
        home.step(20, outdoor=50, wanted=(), mode="off")
        home.state, _ = engine.request_setpoint(
            home.state,
            self.observe_off(21),
            home.settings,
            Request(temperature=celsius_from_fahrenheit(66)),
        )
        home.is_blank = False
        for minutes in (22, 23, 40, 90):
            home.step(minutes, outdoor=50, wanted=())

        assert home.applied_f == []

    def observe_off(self, minutes: float) -> Observation:
        at = after(minutes=minutes)
        return Observation(
            at=at,
            readings=("off", "off"),
            thermostat=Thermostat(hvac_mode="off", hvac_action="idle", room=None, setpoint=None),
            outdoor=celsius_from_fahrenheit(20),
            outdoor_last_reported=at,
        )

    def test_a_request_without_a_setpoint_survives_the_old_setpoint(
        self,
    ) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 74
        home.step(1, outdoor=50, wanted=())
        home.is_blank = True
        home.step(20, outdoor=50, wanted=())
        at = after(minutes=21)
        observation = Observation(
            at=at,
            readings=("off", "off"),
            thermostat=Thermostat(hvac_mode="heat", hvac_action="idle", room=None, setpoint=None),
            outdoor=celsius_from_fahrenheit(50),
            outdoor_last_reported=at,
        )
        home.state, _ = engine.request_setpoint(
            home.state, observation, home.settings, Request(temperature=celsius_from_fahrenheit(66))
        )
        home.setpoint, home.is_blank = 74, False
        for minutes in (21.1, 30):
            home.step(minutes, outdoor=50, wanted=())

        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(66)
        )

    def test_a_chosen_preset_is_limited_at_once(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 62
        home.step(1, outdoor=20, wanted=())
        before = home.state
        home.state = engine.record_choice(home.state, after(minutes=2), "home", "heat")
        assert (
            engine.withdraw_request(home.state, before, home.state).protection.setpoint
            == before.protection.setpoint
        )
        home.setpoint = 74
        for minutes in (2.1, 3.2):
            home.step(minutes, outdoor=20, wanted=())

        assert home.applied_f == [70]
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(74)
        )

    def request_range(
        self, home: ProtectedHome, low: float, high: float, minutes: float, cooling: float
    ) -> float:
        observation = self.observe_range(home, minutes, cooling)
        request = Request(
            temperature=celsius_from_fahrenheit(low), cooling_setpoint=celsius_from_fahrenheit(high)
        )
        home.state, traced = engine.request_setpoint(
            home.state, observation, home.settings, request
        )
        assert traced.result.command is not None
        return round(traced.result.command.setpoint * 1.8 + 32)

    def observe_range(self, home: ProtectedHome, minutes: float, cooling: float) -> Observation:
        at = after(minutes=minutes)
        thermostat = Thermostat(
            hvac_mode="heat_cool",
            hvac_action="idle",
            room=None,
            setpoint=celsius_from_fahrenheit(home.setpoint),
            cooling_setpoint=celsius_from_fahrenheit(cooling),
            grid=home.grid,
        )
        return Observation(
            at=at,
            readings=("off", "off"),
            thermostat=thermostat,
            outdoor=celsius_from_fahrenheit(20),
            outdoor_last_reported=at,
        )

    def test_a_retry_carries_the_cooling_end_of_the_lost_call(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 68
        home.state = engine.step(home.state, self.observe_range(home, 1, 80), home.settings).state
        assert self.request_range(home, 76, 84, 2, 80) == 70
        step = engine.step(home.state, self.observe_range(home, 13, 80), home.settings)

        assert step.command is not None
        assert step.command.setpoint == pytest.approx(celsius_from_fahrenheit(70))
        assert step.command.cooling_setpoint == pytest.approx(celsius_from_fahrenheit(84))

    def test_a_single_temperature_is_restored_as_one(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 68
        home.state = engine.step(home.state, self.observe_range(home, 1, 72), home.settings).state
        request = Request(temperature=celsius_from_fahrenheit(78), is_single=True)
        home.state, traced = engine.request_setpoint(
            home.state, self.observe_range(home, 2, 72), home.settings, request
        )
        assert traced.result.command is not None
        assert traced.result.command.setpoint == pytest.approx(celsius_from_fahrenheit(70))
        home.setpoint = 68
        home.state = engine.step(home.state, self.observe_range(home, 2.1, 72), home.settings).state
        _, released = engine.restore_thermostat(
            home.state, self.observe_range(home, 9, 72), home.settings
        )

        assert released.command is not None
        assert released.command.setpoint == pytest.approx(celsius_from_fahrenheit(78))
        assert released.command.is_single

    def test_a_rejected_request_is_undone(self) -> None:
        home = ProtectedHome()
        home.step(1, room=68, wanted=())
        before = home.state
        self.request_setpoint(home, 74)
        home.state = engine.withdraw_request(home.state, before, home.state)

        assert home.state.protection.setpoint == before.protection.setpoint

    def test_a_rejected_request_keeps_the_plan(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=50, wanted=((0, 70), (30, 62)))
        home.setpoint = 74
        for minutes in (20, 40):
            home.step(minutes, outdoor=50, wanted=((0, 70), (30, 62)))
        home.state = engine.request_recovery(
            home.state, after(hours=40), celsius_from_fahrenheit(66)
        )
        before = home.state
        self.request_setpoint(home, 80)
        home.state = engine.withdraw_request(home.state, before, home.state)

        assert home.state.protection.recovery_request == before.protection.recovery_request
        for minutes in (50, 161):
            home.step(minutes, outdoor=50, wanted=((0, 70), (30, 62)))
        assert home.applied_f == [62]

    def test_a_recovery_that_was_due_during_an_outage_is_dropped(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=50, wanted=())
        home.state = engine.request_recovery(
            home.state, after(minutes=30), celsius_from_fahrenheit(66)
        )
        home.step(50, outdoor=50, wanted=())

        assert home.state.protection.recovery_request is None
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(70)
        )

    def test_a_rejected_request_does_not_restore_a_plan_over_a_later_request(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=50, wanted=())
        home.state = engine.request_recovery(
            home.state, after(hours=40), celsius_from_fahrenheit(66)
        )
        before = home.state
        self.request_setpoint(home, 80)
        first = home.state
        self.request_setpoint(home, 76)
        home.state = engine.withdraw_request(home.state, before, first)

        assert home.state.protection.recovery_request is None
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(76)
        )

    def test_repeated_equal_requests_are_not_ignored(self) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.step(1, outdoor=50, wanted=())
        for _ in range(3):
            self.request_setpoint(home, 74)

        assert not home.state.protection.setpoint.is_write_ignored(after(minutes=13))


class TestReleased:
    """The guard stops."""

    def release_setpoint(
        self, home: ProtectedHome, mode: str = "heat", minutes: float = 30
    ) -> float | None:
        observation = Observation(
            at=after(minutes=minutes),
            readings=("off", "off"),
            thermostat=Thermostat(
                hvac_mode=mode,
                hvac_action="idle",
                room=celsius_from_fahrenheit(68),
                setpoint=celsius_from_fahrenheit(home.setpoint),
                grid=home.grid,
            ),
        )
        home.state, released = engine.restore_thermostat(home.state, observation, home.settings)
        return None if released.command is None else round(released.command.setpoint * 1.8 + 32, 3)

    def test_a_release_restores_the_request(self) -> None:
        home = ProtectedHome()
        home.setpoint = 74
        home.step(1, room=68, wanted=())

        assert home.applied_f == [69.5]
        assert self.release_setpoint(home) == 74

    def test_a_release_leaves_a_thermostat_that_does_not_heat(self) -> None:
        home = ProtectedHome()
        home.setpoint = 74
        home.step(1, room=68, wanted=())

        assert self.release_setpoint(home, mode="off") is None

    def test_an_unsettled_change_is_judged_at_the_next_start(
        self,
    ) -> None:
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 76
        for minutes in (1, 2):
            home.step(minutes, outdoor=20, wanted=())
        assert home.applied_f == [70]
        home.setpoint = 73
        assert self.release_setpoint(home, minutes=3) is None
        kept = decode_protection(encode_protection(home.state.protection))
        home.state = engine.start(
            after(minutes=4), home.settings, home.state.ledger, protection=kept
        )
        for minutes in (4, 6):
            home.step(minutes, outdoor=20, wanted=())
            assert home.state.protection.setpoint.requested == pytest.approx(
                celsius_from_fahrenheit(76)
            )
        home.step(9, outdoor=20, wanted=())

        assert home.applied_f == [70]
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(73)
        )

    def make_limited_home(self) -> ProtectedHome:
        """Return a home that is limited to 70 instead of 76."""
        home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
        home.setpoint = 76
        for minutes in (1, 2):
            home.step(minutes, outdoor=20, wanted=())
        assert home.applied_f == [70]
        return home

    @pytest.mark.parametrize("arrives", [True, False])
    def test_a_restore_without_readback_may_be_left_behind(self, arrives: bool) -> None:
        home = self.make_limited_home()
        assert self.release_setpoint(home, minutes=3) == 76
        assert home.state.protection.setpoint.unrestored_setpoint == pytest.approx(
            celsius_from_fahrenheit(70)
        )
        shown = 76 if arrives else 70
        observation = Observation(
            at=after(minutes=3.1),
            readings=("off", "off"),
            thermostat=Thermostat(
                hvac_mode="heat",
                hvac_action="idle",
                room=None,
                setpoint=celsius_from_fahrenheit(shown),
                grid=home.grid,
            ),
        )
        home.state = engine.record_report(home.state, observation, home.settings)

        assert home.state.protection.setpoint.unrestored_setpoint == (
            None if arrives else pytest.approx(celsius_from_fahrenheit(70))
        )

    def test_a_rejected_restore_is_repeated_at_the_next_start(self) -> None:
        home = self.make_limited_home()
        before = home.state
        assert self.release_setpoint(home, minutes=3) == 76
        home.state = engine.record_failed_restore(home.state, before, (), is_written=False)
        assert home.state.protection.setpoint.unrestored_setpoint == pytest.approx(
            celsius_from_fahrenheit(70)
        )
        home.settings = replace(home.settings, mode=Mode.MONITOR)
        home.state = engine.start(
            after(minutes=4), home.settings, home.state.ledger, protection=home.state.protection
        )
        step = home.step(4, outdoor=20, wanted=())

        assert home.applied_f == [70, 76]
        assert step.trace_step is not None
        assert step.trace_step.result.unrestored_setpoint == pytest.approx(
            celsius_from_fahrenheit(70)
        )

    def test_an_unavailable_thermostat_leaves_the_restore_unconfirmed(self) -> None:
        home = self.make_limited_home()
        self.release_setpoint(home, minutes=3)
        before = home.state.protection
        home.state = engine.record_report(
            home.state,
            Observation(at=after(minutes=3.1), readings=("off", "off"), thermostat=Thermostat()),
            home.settings,
        )

        assert home.state.protection == before

    @pytest.mark.parametrize("tries", [1, 3])
    def test_an_unconfirmed_restore_is_written_once_more(self, tries: int) -> None:
        home = self.make_limited_home()
        home.settings = replace(home.settings, mode=Mode.MONITOR)
        home.state = engine.with_settings(home.state, home.settings)
        for turn in range(tries):
            # The radio loses the write.
            home.step(20 + 11 * turn, outdoor=50, wanted=())
            home.setpoint = 70
        assert home.applied_f == [70, *[76] * tries]

        assert self.release_setpoint(home, minutes=20 + 11 * tries - 5) == 76

    @pytest.mark.parametrize("shown", [76, 70])
    def test_a_missed_restore_is_written_and_reported_at_the_next_start(self, shown: float) -> None:
        home = self.make_limited_home()
        self.release_setpoint(home, minutes=3)
        home.settings = replace(home.settings, mode=Mode.MONITOR)
        kept = decode_protection(encode_protection(home.state.protection))
        home.state = engine.start(
            after(minutes=4), home.settings, home.state.ledger, protection=kept
        )
        home.setpoint = shown
        step = home.step(4, outdoor=20, wanted=())
        assert step.trace_step is not None

        assert home.applied_f == ([70] if shown == 76 else [70, 76])
        assert step.trace_step.result.unrestored_setpoint == (
            None if shown == 76 else pytest.approx(celsius_from_fahrenheit(70))
        )
        later = home.step(5, outdoor=20, wanted=())
        assert later.command is None

    def test_without_a_write_there_is_nothing_to_restore(self) -> None:
        home = ProtectedHome()
        home.step(1, wanted=())

        assert self.release_setpoint(home) is None


class TestGivenBack:
    """The requested setpoint, which is restored in Monitor mode."""

    def make_limited_home(self, settings: ProtectionSettings = DEFAULT_PROTECTION) -> ProtectedHome:
        """Return a home that is limited to 70 instead of 76."""
        home = ProtectedHome(replace(settings, ramp_limit=None))
        home.setpoint = 76
        home.step(1, outdoor=20, wanted=())
        assert home.applied_f == [70]
        return home

    def switch_to_monitor(self, home: ProtectedHome) -> engine.Step:
        home.settings = replace(home.settings, mode=Mode.MONITOR)
        home.state = engine.with_settings(home.state, home.settings)
        return home.step(20, outdoor=20, wanted=())

    def left_at_f(self, home: ProtectedHome) -> float | None:
        left = home.state.protection.setpoint.unrestored_setpoint
        return None if left is None else round(left * 1.8 + 32)

    def test_the_thermostat_counts_as_limited_until_restored(self) -> None:
        home = ProtectedHome()
        home.step(1, wanted=())
        assert self.left_at_f(home) is None
        home = self.make_limited_home()
        assert self.left_at_f(home) == 70
        self.switch_to_monitor(home)

        assert self.left_at_f(home) is None

    def test_a_waiting_write_is_dropped_when_no_longer_decided(self) -> None:
        home = self.make_limited_home()
        limit = Command(setpoint=celsius_from_fahrenheit(70))
        assert engine.is_command_current(home.state, limit, home.settings)
        given_back = self.switch_to_monitor(home).command

        assert given_back == Command(setpoint=celsius_from_fahrenheit(76))
        assert engine.is_command_current(home.state, given_back, home.settings)
        assert not engine.is_command_current(home.state, limit, home.settings)

    def test_a_restore_resumes_the_program_when_configured(self) -> None:
        home = self.make_limited_home(replace(DEFAULT_PROTECTION, has_resume_action=True))

        assert self.switch_to_monitor(home).command == Command(
            setpoint=celsius_from_fahrenheit(76), runs_resume_action=True
        )


class TestAdvised:
    def test_advice_does_not_change_the_request(self) -> None:
        home = ProtectedHome(base=replace(PROTECTED, mode=Mode.ADVISE))
        step = home.step(1, wanted=((0, 62),))

        assert step.command is None
        assert step.view.decision is not None
        assert step.view.decision.applied == pytest.approx(celsius_from_fahrenheit(62))
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(70)
        )

    def test_advice_stays_active_until_the_thermostat_shows_it(self) -> None:
        home = ProtectedHome(base=replace(PROTECTED, mode=Mode.ADVISE))
        home.setpoint = 62
        # At 36 °F the room gains 1.25 °F an hour, so 62 now is too low for 70 in four hours.
        for minutes in range(1, 14):
            step = home.step(minutes, room=65, wanted=((0, 62), (240, 70)))
        assert [raised.alert for raised in step.view.alerts.active] == [Alert.ADVICE]
        home.setpoint = 65
        step = home.step(14, room=65, wanted=((0, 62), (240, 70)))
        assert step.view.alerts.active == ()

    def make_advised_home(self) -> ProtectedHome:
        """Return a home in the cold, with 70 proposed instead of 76."""
        home = ProtectedHome(base=replace(PROTECTED, mode=Mode.ADVISE))
        home.setpoint = 76
        for minutes in range(1, 13):
            home.step(minutes, outdoor=20, wanted=())
        assert self.proposed_f(home) == 70
        return home

    def proposed_f(self, home: ProtectedHome) -> float | None:
        raised = home.state.alerts.states.get(Alert.ADVICE)
        episode = None if raised is None else raised.episode
        facts = {} if episode is None else episode.facts
        applied = number_of(facts.get("applied"))
        return None if applied is None else round(applied * 1.8 + 32, 3)

    def accept_advice(
        self,
        home: ProtectedHome,
        degrees: float,
        minutes: float,
        preset: str | None = None,
        mode: str = "heat",
    ) -> Command | None:
        observation = Observation(
            at=after(minutes=minutes),
            readings=("off", "off"),
            thermostat=Thermostat(
                hvac_mode=mode,
                hvac_action="idle",
                room=None,
                setpoint=celsius_from_fahrenheit(home.setpoint),
                preset=preset,
                grid=home.grid,
            ),
        )
        home.state, command = engine.accept_proposal(
            home.state, observation, home.settings, celsius_from_fahrenheit(degrees)
        )
        return command

    def test_accepted_advice_is_written_and_its_reversal_advised_later(
        self,
    ) -> None:
        home = self.make_advised_home()
        assert self.accept_advice(home, 70, 13) == Command(setpoint=celsius_from_fahrenheit(70))
        home.setpoint = 70
        for minutes in range(14, 100):
            assert home.step(minutes, outdoor=20, wanted=()).command is None
        assert self.proposed_f(home) is None
        for minutes in range(100, 160):
            assert home.step(minutes, outdoor=50, wanted=()).command is None
        assert self.proposed_f(home) == 76
        assert self.accept_advice(home, 76, 160) == Command(setpoint=celsius_from_fahrenheit(76))
        home.setpoint = 76
        for minutes in range(161, 200):
            home.step(minutes, outdoor=50, wanted=())
        assert self.proposed_f(home) is None

    def test_a_manual_change_after_advice_is_the_new_request(self) -> None:
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13)
        home.setpoint = 70
        home.step(14, outdoor=20, wanted=())
        home.setpoint = 66
        for minutes in range(30, 300):
            home.step(minutes, outdoor=20 if minutes < 60 else 50, wanted=())

        assert self.proposed_f(home) is None
        assert home.state.protection.setpoint.requested == pytest.approx(
            celsius_from_fahrenheit(66)
        )

    def test_accepted_advice_is_not_restored_on_release(self) -> None:
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13)
        home.setpoint = 70
        home.settings = replace(home.settings, mode=Mode.MONITOR)

        assert home.step(14, outdoor=20, wanted=()).command is None

    def make_protected_home(self) -> ProtectedHome:
        """Return a home after 70 was accepted instead of 76, and Protect was chosen."""
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13)
        home.setpoint = 70
        home.settings = replace(
            home.settings,
            mode=Mode.PROTECT,
            protection=replace(DEFAULT_PROTECTION, ramp_limit=None),
        )
        for minutes in range(14, 60):
            home.step(minutes, outdoor=20, wanted=())
        assert home.applied_f == []
        return home

    def test_accepted_advice_is_restored_on_release_after_protecting(self) -> None:
        home = self.make_protected_home()
        home.settings = replace(home.settings, mode=Mode.MONITOR)
        home.state = engine.with_settings(home.state, home.settings)
        home.step(60, outdoor=20, wanted=())

        assert home.applied_f == [76]

    def test_the_next_schedule_block_is_no_reversal(self) -> None:
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13)
        home.setpoint = 70
        for minutes in range(14, 120):
            home.step(minutes, outdoor=20 if minutes < 30 else 50, wanted=((0, 76), (40, 62)))

        assert self.proposed_f(home) is None

    def test_missing_advice_cannot_be_accepted(self) -> None:
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13)
        home.setpoint = 70
        home.state = engine.with_alerts(
            home.state, home.state.alerts.with_aux_allowed(after(minutes=100))
        )
        decision = home.step(15, outdoor=20, wanted=()).view.decision

        assert decision is not None
        assert (
            decision.reason,
            decision.is_proposed,
            round(decision.displayed_setpoint * 1.8 + 32),
        ) == (
            SetpointReason.AUX_ALLOWED,
            False,
            70,
        )

    def test_protecting_restores_the_request_after_accepted_advice(self) -> None:
        home = self.make_protected_home()
        for minutes in range(60, 120):
            home.step(minutes, outdoor=50, wanted=())

        assert home.applied_f == [76]

    def test_a_reversal_resumes_the_preset(self) -> None:
        home = self.make_advised_home()
        self.accept_advice(home, 70, 13, preset="home")
        home.setpoint = 70
        home.step(14, outdoor=20, wanted=())

        assert self.accept_advice(home, 76, 100, preset="hold") == Command(
            setpoint=celsius_from_fahrenheit(76), preset="home"
        )

    def test_what_does_not_heat_is_told_nothing(self) -> None:
        assert self.accept_advice(self.make_advised_home(), 70, 13, mode="off") is None

    def test_a_setpoint_already_shown_is_not_advised(self) -> None:
        home = ProtectedHome(
            replace(DEFAULT_PROTECTION, ramp_limit=None), replace(PROTECTED, mode=Mode.ADVISE)
        )
        home.setpoint = 76
        home.step(1, outdoor=20, wanted=())
        home.setpoint = 70
        for minutes in range(2, 200):
            step = home.step(minutes, outdoor=20, wanted=((0, 76),))
            assert step.view.alerts.active == ()
        assert step.view.decision is not None
        assert step.view.decision.reason is Limit.CAP


def test_a_schedule_is_ignored_without_recovery() -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, has_recovery=False, ramp_limit=None))
    step = home.step(1, wanted=((0, 62), (60, 75)))

    assert step.command is None
    assert step.view.decision is not None
    assert step.view.decision.reason is SetpointReason.NONE


def test_a_recovery_can_be_requested_for_a_time() -> None:
    home = ProtectedHome(replace(DEFAULT_PROTECTION, ramp_limit=None))
    home.setpoint = 62
    home.step(1, room=62, wanted=())
    home.state = engine.request_recovery(home.state, after(hours=8), celsius_from_fahrenheit(68))
    step = home.step(2, room=62, wanted=())
    assert step.view.decision is not None
    # 36 °F: 1.25 °F an hour.
    assert step.view.decision.recovery_plan.start == after(minutes=2 + 13 * 15)
    step = home.step(300, room=65, wanted=())
    assert step.view.decision is not None
    assert step.view.decision.reason is SetpointReason.RECOVERY
    assert home.applied_f[-1] == 64
    home.step(481, room=68, wanted=())
    assert home.applied_f[-1] == 68
    assert home.state.protection.setpoint.requested == pytest.approx(celsius_from_fahrenheit(68))


def test_writes_stay_within_the_thermostat_range() -> None:
    thermostat = Thermostat(
        hvac_mode="heat",
        hvac_action="idle",
        room=20,
        setpoint=celsius_from_fahrenheit(62),
        max_setpoint=celsius_from_fahrenheit(66),
        min_setpoint=celsius_from_fahrenheit(60),
        grid=HALVES,
    )
    plan = (
        (after(0), celsius_from_fahrenheit(62)),
        (after(minutes=30), celsius_from_fahrenheit(70)),
    )
    state = engine.start(START, PROTECTED)
    observation = Observation(
        at=after(minutes=1),
        readings=("off", "off"),
        thermostat=thermostat,
        outdoor=2.0,
        outdoor_last_reported=after(minutes=1),
        schedule=plan,
    )
    raised = engine.step(
        state,
        observation,
        replace(PROTECTED, protection=replace(DEFAULT_PROTECTION, ramp_limit=None)),
    ).view.decision
    cold = replace(
        observation,
        thermostat=replace(
            thermostat,
            setpoint=celsius_from_fahrenheit(64),
            min_setpoint=celsius_from_fahrenheit(63),
        ),
        outdoor=-20.0,
        schedule=(),
    )
    low = replace(
        PROTECTED,
        protection=replace(DEFAULT_PROTECTION, cap=((-10.0, 10.0), (5.0, 20.0)), comfort_floor=8.0),
    )
    held = engine.step(state, cold, low).view.decision

    assert raised is not None
    assert held is not None
    assert raised.applied == pytest.approx(celsius_from_fahrenheit(66))
    assert held.applied == pytest.approx(celsius_from_fahrenheit(63))
