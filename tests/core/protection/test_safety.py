"""What must hold whatever happens: lives of a protected thermostat, by chance."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts import lifecycle as alarm
from custom_components.aux_heat_guard.core.grid import up
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
    FREEZE_FLOOR,
    PROTECTION,
    WRITES_A_DAY,
)
from custom_components.aux_heat_guard.core.units import fahrenheit

from ..helpers import SITUATIONS, STRIPS_AND_COMPRESSOR, after, long
from .fake_thermostat import CLAMP, Fake, Kind, Odd

DAY = timedelta(days=1)
PROTECTED = replace(STRIPS_AND_COMPRESSOR, has_outdoor=True, mode=Mode.PROTECT)
OFF, AUX = SITUATIONS[HeatState.OFF].readings, SITUATIONS[HeatState.HEAT_PUMP_AUX].readings
TOLERANCE = 1e-6
ALIKE = 0.01
"""K"""


@dataclass
class Life:
    """A thermostat that is looked at each minute; °F."""

    fake: Fake
    settings: Settings = PROTECTED
    room: float | None = 68.0
    outdoor: float | None = 36.0
    mode: str = "heat"
    aux: bool = False
    wanted: tuple[tuple[datetime, float], ...] = ()
    minute: int = 0
    asked: set[float] = field(default_factory=lambda: {70.0})
    """What anybody ever wanted."""
    state: engine.State = field(init=False)
    writes: list[tuple[datetime, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asked.add(float(round(self.fake.shown)))
        if self.fake.kind is Odd.CLAMPING:
            # Where a command ends that nobody hears of may also be somebody's hand.
            self.asked.update(CLAMP)
        self.state = engine.begin(after(0), self.settings)

    @property
    def decision(self) -> Decision | None:
        return self.state.view.decision

    def live(self, minutes: int, every: int = 1) -> None:
        """Let minutes pass, and look at what was decided in each, or in every so many."""
        for _ in range(minutes // every):
            self.minute += every
            at, shown = after(minutes=self.minute), [self.fake.passes() for _ in range(every)][-1]
            before = self.state.protection.setpoint
            room = None if self.room is None else fahrenheit(self.room)
            thermostat = Thermostat(
                self.mode, "heating" if self.aux else "idle", room, fahrenheit(shown)
            )
            if self.fake.is_out:
                thermostat = Thermostat()
            outdoor = None if self.outdoor is None else fahrenheit(self.outdoor)
            seen = Observation(
                at, AUX if self.aux else OFF, thermostat, outdoor, at, plan=self.wanted
            )
            step = engine.step(self.state, seen, self.settings)
            assert engine.step(self.state, seen, self.settings) == step
            self.state = step.state
            self._look(step, at)
            if step.command is not None:
                assert self.mode == "heat"
                assert not self.fake.is_out
                if self.settings.mode is not Mode.PROTECT:
                    # Giving back what was asked for, and nothing else.
                    assert before.told is not None
                    assert step.command.setpoint == self.state.protection.setpoint.requested
                self.writes.append((at, step.command.setpoint))
                self.fake.told(step.command.setpoint * 1.8 + 32)

    def asks(self, degrees: int) -> None:
        """Have somebody ask for a temperature at the guard's thermostat."""
        self.asked.add(degrees)
        if self.settings.mode is not Mode.PROTECT:
            # What is lost then nobody says again: the guard only watches.
            self.fake.commands = 0
        thermostat = Thermostat(self.mode, "idle", None, fahrenheit(self.fake.shown))
        seen = Observation(after(minutes=self.minute), OFF, thermostat)
        self.state, traced = engine.asked(
            self.state, seen, self.settings, Request(temperature=fahrenheit(degrees))
        )
        assert traced.decided.command is not None
        self.fake.told(traced.decided.command.setpoint * 1.8 + 32)

    def _look(self, step: engine.Step, at: datetime) -> None:
        decision, setpoint = step.view.decision, step.state.protection.setpoint
        if decision is None or decision.requested is None:
            return
        assert any(
            abs(decision.requested - fahrenheit(degrees)) < ALIKE for degrees in self.asked
        ), decision.requested
        freezing = up(FREEZE_FLOOR, Thermostat().grid)
        assert decision.applied <= max(decision.target, freezing) + TOLERANCE
        comfort = max([decision.requested, *(degrees for _, degrees in self.wanted)])
        assert decision.target <= comfort + TOLERANCE
        floor = min(decision.target, up(self.settings.protection.comfort_floor, Thermostat().grid))
        assert decision.applied >= max(floor - Thermostat().grid.step, FREEZE_FLOOR) - TOLERANCE
        if setpoint.held_until is not None and setpoint.held_until > at:
            assert decision.applied == pytest.approx(max(decision.requested, freezing))


KINDS = st.sampled_from([*Kind, *Odd])
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


def happens(life: Life, what: str, value: object) -> None:
    match what, value:
        case "hand", int() if _can_be_told_apart(life, value):
            life.asked.add(value)
            life.fake.turned(value)
        case "mode", str():
            if value == "heat" and life.mode != "heat":
                life.fake.turns_on()
            life.mode = value
        case "glitch", int():
            life.fake.glitches(value)
        case "outage", int():
            life.fake.goes_out(value)
        case "asks", int() if not life.fake.is_out:
            life.asks(value)
        case _:
            _happens_around(life, what, value)


def _happens_around(life: Life, what: str, value: object) -> None:
    match what, value:
        case "room", int() | None:
            life.room = value
        case "outdoor", int() | None:
            life.outdoor = value
        case "aux", bool():
            life.aux = value
        case "choice", Mode():
            life.settings = replace(life.settings, mode=value)
            life.state = engine.adopt(life.state, life.settings)
        case "plan", bool():
            now = after(minutes=life.minute)
            life.asked |= {62, 70}
            life.wanted = (
                ((now, fahrenheit(62)), (now + timedelta(hours=6), fahrenheit(70))) if value else ()
            )
        case "allow", _:
            life.state = engine.with_alerts(
                life.state, alarm.allowed(life.state.alerts, after(minutes=life.minute + 120))
            )


def _can_be_told_apart(life: Life, degrees: float) -> bool:
    """What lies within a step of something that is not answered yet is its answer, by all that shows."""
    flights = life.state.protection.setpoint.flights
    return all(
        flight.arrived or abs(flight.value * 1.8 + 32 - degrees) > 1.001 for flight in flights
    )


@long
@given(kind=KINDS, events=EVENTS)
def test_whatever_happens(kind: Kind | Odd, events: list[tuple[int, tuple[str, object]]]) -> None:
    life = Life(Fake(kind))
    life.live(1)
    for wait, (what, value) in events:
        happens(life, what, value)
        life.live(wait)

    for at, _ in life.writes:
        # What is given back goes by no budget, and there is no more of it than of limits.
        assert sum(at - DAY < other <= at for other, _ in life.writes) <= 2 * WRITES_A_DAY


@long
@example(kind=Kind.WHOLE_C, events=[(0, ("mode", "off")), (0, ("asks", 60)), (1, ("room", None))])
@given(kind=KINDS, events=EVENTS)
def test_a_day_without_reasons_ends_with_what_was_asked_for(
    kind: Kind | Odd, events: list[tuple[int, tuple[str, object]]]
) -> None:
    life = Life(Fake(kind))
    life.live(1)
    for wait, (what, value) in events:
        happens(life, what, value)
        life.live(wait)
    life.fake.out_until = 0
    life.room, life.outdoor, life.mode, life.aux, life.wanted = 80.0, 60.0, "heat", False, ()
    life.live(int(DAY.total_seconds()) // 60, every=10)

    requested = life.state.protection.setpoint.requested
    assert requested is not None
    wanted = max(requested, FREEZE_FLOOR) * 1.8 + 32
    # What somebody set at the wall stands as it is; what it was told, as it makes of that.
    assert life.fake.shown in [
        pytest.approx(wanted, abs=0.02),
        pytest.approx(life.fake.makes(wanted), abs=0.02),
    ]
    if life.decision is not None:
        assert life.decision.applied == pytest.approx(requested)


def test_two_guards_do_not_know_of_each_other() -> None:
    one, other = Life(Fake(Kind.INSTANT), outdoor=10), Life(Fake(Kind.INSTANT), outdoor=60)
    alone = Life(Fake(Kind.INSTANT), outdoor=60)
    for _ in range(60):
        one.live(1)
        other.live(1)
    alone.live(60)

    assert other.state == alone.state
    assert one.state != other.state


def test_a_limit_that_is_blind_writes_nothing_but_what_it_gives_back() -> None:
    life = Life(
        Fake(Kind.INSTANT, real=76, shown=76),
        settings=replace(PROTECTED, protection=replace(PROTECTION, leash=None)),
        outdoor=20,
    )
    life.live(40)
    life.outdoor = None
    life.live(300)

    assert [round(value * 1.8 + 32) for _, value in life.writes] == [70, 76]
