"""Invariants of protection, in random lives of a thermostat."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.grid import round_up
from custom_components.aux_heat_guard.core.model import (
    HeatState,
    Mode,
    Observation,
    Request,
    Thermostat,
)
from custom_components.aux_heat_guard.core.protection.decision import Decision
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.protection import (
    DEFAULT_PROTECTION,
    FREEZE_FLOOR,
    MAX_WRITES_PER_DAY,
)
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit

from ..helpers import STATE_OBSERVATIONS, STRIPS_AND_COMPRESSOR, after, long
from .fake_thermostat import CLAMP_RANGE_F, AnswerKind, FakeThermostat, OddAnswerKind

DAY = timedelta(days=1)
PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
OFF, AUX = (
    STATE_OBSERVATIONS[HeatState.OFF].readings,
    STATE_OBSERVATIONS[HeatState.HEAT_PUMP_AUX].readings,
)
TOLERANCE = 1e-6
SAME_WITHIN = 0.01
"""K"""


@dataclass
class ProtectedLife:
    """A protected thermostat that is read each minute. °F."""

    thermostat: FakeThermostat
    settings: Settings = PROTECTED
    room: float | None = 68.0
    outdoor: float | None = 36.0
    mode: str = "heat"
    aux: bool = False
    wanted: tuple[tuple[datetime, float], ...] = ()
    minute: int = 0
    requested_values: set[float] = field(default_factory=lambda: {70.0})
    """Every setpoint that anybody requested."""
    state: engine.State = field(init=False)
    writes: list[tuple[datetime, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.requested_values.add(float(round(self.thermostat.displayed)))
        if self.thermostat.kind is OddAnswerKind.CLAMPING:
            # The result of an unreported command may also look like a manual change.
            self.requested_values.update(CLAMP_RANGE_F)
        self.state = engine.start(after(0), self.settings)

    @property
    def decision(self) -> Decision | None:
        return self.state.view.decision

    def run_minutes(self, minutes: int, every: int = 1) -> None:
        """Advance some minutes, and check the decision of each step."""
        for _ in range(minutes // every):
            self.minute += every
            at, shown = (
                after(minutes=self.minute),
                [self.thermostat.advance_minute() for _ in range(every)][-1],
            )
            before = self.state.protection.setpoint
            room = None if self.room is None else celsius_from_fahrenheit(self.room)
            thermostat = Thermostat(
                hvac_mode=self.mode,
                hvac_action="heating" if self.aux else "idle",
                room=room,
                setpoint=celsius_from_fahrenheit(shown),
            )
            if self.thermostat.is_unreachable:
                thermostat = Thermostat()
            outdoor = None if self.outdoor is None else celsius_from_fahrenheit(self.outdoor)
            observation = Observation(
                at=at,
                readings=AUX if self.aux else OFF,
                thermostat=thermostat,
                outdoor=outdoor,
                outdoor_last_reported=at,
                schedule=self.wanted,
            )
            step = engine.step(self.state, observation, self.settings)
            assert engine.step(self.state, observation, self.settings) == step
            self.state = step.state
            self._check_step(step, at)
            if step.command is not None:
                assert self.mode == "heat"
                assert not self.thermostat.is_unreachable
                if self.settings.mode is not Mode.PROTECT:
                    # A restore writes the requested setpoint, and nothing else.
                    assert before.last_write is not None
                    assert step.command.setpoint == self.state.protection.setpoint.requested
                self.writes.append((at, step.command.setpoint))
                self.thermostat.receive_write(step.command.setpoint * 1.8 + 32)

    def request_setpoint(self, degrees: int) -> None:
        """Request a temperature on the guard's climate entity."""
        self.requested_values.add(degrees)
        if self.settings.mode is not Mode.PROTECT:
            # A write that is lost then is not repeated: the guard only monitors.
            self.thermostat.write_count = 0
        thermostat = Thermostat(
            hvac_mode=self.mode,
            hvac_action="idle",
            room=None,
            setpoint=celsius_from_fahrenheit(self.thermostat.displayed),
        )
        observation = Observation(
            at=after(minutes=self.minute), readings=OFF, thermostat=thermostat
        )
        self.state, traced = engine.request_setpoint(
            self.state,
            observation,
            self.settings,
            Request(temperature=celsius_from_fahrenheit(degrees)),
        )
        assert traced.result.command is not None
        self.thermostat.receive_write(traced.result.command.setpoint * 1.8 + 32)

    def _check_step(self, step: engine.Step, at: datetime) -> None:
        decision, setpoint = step.view.decision, step.state.protection.setpoint
        if decision is None or decision.requested is None:
            return
        assert any(
            abs(decision.requested - celsius_from_fahrenheit(degrees)) < SAME_WITHIN
            for degrees in self.requested_values
        ), decision.requested
        freezing = round_up(FREEZE_FLOOR, Thermostat().grid)
        assert decision.applied <= max(decision.target, freezing) + TOLERANCE
        comfort = max([decision.requested, *(degrees for _, degrees in self.wanted)])
        assert decision.target <= comfort + TOLERANCE
        floor = min(
            decision.target, round_up(self.settings.protection.comfort_floor, Thermostat().grid)
        )
        assert decision.applied >= max(floor - Thermostat().grid.step, FREEZE_FLOOR) - TOLERANCE
        if setpoint.hold_until is not None and setpoint.hold_until > at:
            assert decision.applied == pytest.approx(max(decision.requested, freezing))


KINDS = st.sampled_from([*AnswerKind, *OddAnswerKind])
EVENT = st.one_of(
    st.tuples(st.just("room"), st.none() | st.integers(55, 78)),
    st.tuples(st.just("outdoor"), st.none() | st.integers(-10, 60)),
    st.tuples(st.just("hand"), st.integers(55, 80)),
    st.tuples(st.just("mode"), st.sampled_from(["heat", "heat", "off", "cool"])),
    st.tuples(st.just("aux"), st.booleans()),
    st.tuples(st.just("choice"), st.sampled_from(Mode)),
    st.tuples(st.just("asks"), st.integers(60, 78)),
    st.tuples(st.just("plan"), st.booleans()),
    st.tuples(st.just("allow"), st.just(0)),
    st.tuples(st.just("glitch"), st.integers(50, 80)),
    st.tuples(st.just("outage"), st.sampled_from([1, 5, 40])),
)
EVENTS = st.lists(st.tuples(st.sampled_from([0, 1, 5, 20, 60]), EVENT), max_size=15)


def apply_event(life: ProtectedLife, what: str, value: object) -> None:
    match what, value:
        case "hand", int() if _is_distinguishable(life, value):
            _turn_dial(life, value)
        case "mode", str():
            if value == "heat" and life.mode != "heat":
                life.thermostat.turn_on()
            life.mode = value
        case "glitch", int():
            life.thermostat.start_glitch(value)
        case "outage", int():
            life.thermostat.start_outage(value)
        case "asks", int() if not life.thermostat.is_unreachable:
            life.request_setpoint(value)
        case _:
            _apply_home_event(life, what, value)


def _turn_dial(life: ProtectedLife, degrees: int) -> None:
    is_answering = life.thermostat.displayed != life.thermostat.actual
    life.requested_values.add(degrees)
    life.thermostat.turn_dial(degrees)
    if is_answering:
        # A group that answers two changes in a row shows the value in between until it settles.
        life.requested_values.update(
            round(value) for _, value in life.thermostat.scheduled_displays
        )


def _apply_home_event(life: ProtectedLife, what: str, value: object) -> None:
    match what, value:
        case "room", int() | None:
            life.room = value
        case "outdoor", int() | None:
            life.outdoor = value
        case "aux", bool():
            life.aux = value
        case "choice", Mode():
            life.settings = replace(life.settings, mode=value)
            life.state = engine.with_settings(life.state, life.settings)
        case "plan", bool():
            now = after(minutes=life.minute)
            life.requested_values |= {62, 70}
            life.wanted = (
                (
                    (now, celsius_from_fahrenheit(62)),
                    (now + timedelta(hours=6), celsius_from_fahrenheit(70)),
                )
                if value
                else ()
            )
        case "allow", _:
            life.state = engine.with_alerts(
                life.state, life.state.alerts.with_aux_allowed(after(minutes=life.minute + 120))
            )


def _is_distinguishable(life: ProtectedLife, degrees: float) -> bool:
    """Return True if a manual change cannot be mistaken for the readback of a write.

    That is a value near a pending write, or the value at which an earlier write ended: a thermostat
    that clamps there also shows the written setpoint first, and then the same value once more.
    """
    setpoint = life.state.protection.setpoint
    pending = [write.value for write in setpoint.pending_writes if not write.arrived]
    clamped = [] if setpoint.deviating_readback is None else [setpoint.deviating_readback]
    return all(abs(value * 1.8 + 32 - degrees) > 1.001 for value in (*pending, *clamped))


@long
@given(kind=KINDS, events=EVENTS)
def test_no_sequence_of_events_exceeds_the_write_budget(
    kind: AnswerKind | OddAnswerKind, events: list[tuple[int, tuple[str, object]]]
) -> None:
    life = ProtectedLife(FakeThermostat(kind))
    life.run_minutes(1)
    for wait, (what, value) in events:
        apply_event(life, what, value)
        life.run_minutes(wait)

    for at, _ in life.writes:
        # A restore is not limited in number, and there are no more restores than limits.
        assert sum(at - DAY < other <= at for other, _ in life.writes) <= 2 * MAX_WRITES_PER_DAY


@long
@example(
    kind=AnswerKind.WHOLE_C, events=[(0, ("mode", "off")), (0, ("asks", 60)), (1, ("room", None))]
)
@example(
    kind=AnswerKind.INSTANT,
    events=[
        (0, ("hand", 71)),
        (5, ("room", None)),
        (0, ("asks", 60)),
        (1, ("allow", 0)),
        (1, ("hand", 71)),
    ],
)
@example(
    kind=AnswerKind.GROUP,
    events=[
        (20, ("room", None)),
        (1, ("hand", 66)),
        (0, ("hand", 67)),
        (1, ("room", None)),
    ],
)
@given(kind=KINDS, events=EVENTS)
def test_a_day_without_limits_restores_the_request(
    kind: AnswerKind | OddAnswerKind, events: list[tuple[int, tuple[str, object]]]
) -> None:
    life = ProtectedLife(FakeThermostat(kind))
    life.run_minutes(1)
    for wait, (what, value) in events:
        apply_event(life, what, value)
        life.run_minutes(wait)
    life.thermostat.outage_until = 0
    life.room, life.outdoor, life.mode, life.aux, life.wanted = 80.0, 60.0, "heat", False, ()
    life.run_minutes(int(DAY.total_seconds()) // 60, every=10)

    requested = life.state.protection.setpoint.requested
    assert requested is not None
    wanted = max(requested, FREEZE_FLOOR) * 1.8 + 32
    # A manual setpoint is kept as it is, a written one as the thermostat converts it.
    assert life.thermostat.displayed in [
        pytest.approx(wanted, abs=0.02),
        pytest.approx(life.thermostat.convert_write(wanted), abs=0.02),
    ]
    if life.decision is not None:
        assert life.decision.applied == pytest.approx(requested)


def test_two_guards_are_independent() -> None:
    one, other = (
        ProtectedLife(FakeThermostat(AnswerKind.INSTANT), outdoor=10),
        ProtectedLife(FakeThermostat(AnswerKind.INSTANT), outdoor=60),
    )
    alone = ProtectedLife(FakeThermostat(AnswerKind.INSTANT), outdoor=60)
    for _ in range(60):
        one.run_minutes(1)
        other.run_minutes(1)
    alone.run_minutes(60)

    assert other.state == alone.state
    assert one.state != other.state


def test_a_limit_without_data_writes_only_its_restore() -> None:
    life = ProtectedLife(
        FakeThermostat(AnswerKind.INSTANT, actual=76, displayed=76),
        settings=replace(PROTECTED, protection=replace(DEFAULT_PROTECTION, ramp_limit=None)),
        outdoor=20,
    )
    life.run_minutes(40)
    life.outdoor = None
    life.run_minutes(300)

    assert [round(value * 1.8 + 32) for _, value in life.writes] == [70, 76]
