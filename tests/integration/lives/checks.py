"""What must hold in each life, whatever happens in it."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from homeassistant.components.climate.const import HVACAction, HVACMode
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.core.model import Mode
from tests.integration.faulty_behaviors import (
    ClampSeconds,
    GlitchAfterWrite,
    Group,
    Loses,
    ModeFirst,
    NothingAfterWrite,
    OldFirst,
    Polled,
    Refuses,
    SilentClamp,
)
from tests.integration.faulty_thermostats import BOTH
from tests.integration.lives.clock import Clock
from tests.integration.lives.homes import choose_kind, make_thermostat
from tests.integration.lives.wishes import ALIKE, HELD, SETTLED, Wishes

HEATING = frozenset({HVACMode.HEAT, *BOTH})
FREEZE_FLOOR = 7.0
"""°C"""

COMFORT_FLOOR = (62 - 32) / 1.8
"""°C"""

LATE = (ClampSeconds, GlitchAfterWrite, Group, NothingAfterWrite, ModeFirst)
"""What shows where a command ended only some time after it, without its context."""

CHANGES_OVER = 60.0
"""s. So long at the most a group changes over to a preset."""

AT_FIRST = 10.0
"""s. So long at the least a change that nobody in Home Assistant made is provisional."""


class LifeError(AssertionError):
    """Something happened that must not."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Watch:
    """Follows one life, and notes whatever must not be."""

    guard: MockConfigEntry
    source: str
    """The thermostat's entity."""
    wrapper: str
    """The guard's own."""
    limit: str
    """The sensor that says what holds."""

    def __init__(self, hass: HomeAssistant, clock: Clock, seed: int) -> None:
        self.hass, self.clock, self.seed = hass, clock, seed
        self.chance = Random(seed)  # noqa: S311 -- a life, no secret
        self.timeline: list[str] = []
        self.faults: list[LifeError] = []
        self.is_up = False
        """Whether the guard runs."""
        self.asking: float | None = None
        """What somebody asks to be heated to at this moment."""
        self.is_asking = False
        """Whether somebody asks for anything."""
        self.is_killed = False
        """Whether it is being killed: what it still tells, nobody hears."""
        self.preset_at = self.program_at = self.mode_at = -HELD
        """When a preset was chosen, when a program went on, and when a mode was chosen."""
        self.kind = choose_kind(self.chance)
        self.loses, self.refuses = Loses(), Refuses()
        self.thermostat = make_thermostat(
            self.chance, self.kind, f"Life {seed}", self.loses, self.refuses
        )
        self.is_dead = False
        self.room = self.kind.from_fahrenheit(self.chance.choice([60, 64, 66, 68, 70, 72, 75]))
        self.lost_at = -HELD
        self.last_event = 0.0
        self.mode = Mode.PROTECT
        self.high: float | None = None
        self.wishes: Wishes
        self._line = ""
        self.listeners: list[Callable[[], None]] = []
        self.elsewhere: set[float] = set()
        """Where commands may end that nobody can tell from a hand."""

    def say(self, text: str) -> None:
        """Write a line of the timeline."""
        self.timeline.append(f"  +{timedelta(seconds=round(self.clock.passed))} {text}")

    def fault(self, kind: str, text: str) -> LifeError:
        """Note that something is wrong."""
        self.say(f"WRONG ({kind}): {text}")
        fault = LifeError(kind, text)
        self.faults.append(fault)
        return fault

    # What shows.

    def shown(self, name: str) -> float | None:
        """Read a temperature that the thermostat shows."""
        state = self.hass.states.get(self.source)
        value = None if state is None else state.attributes.get(name)
        return float(value) if isinstance(value, int | float) else None

    def heating(self) -> float | None:
        """Read what the thermostat shows that it heats to."""
        state = self.hass.states.get(self.source)
        if state is None or state.state not in HEATING:
            return None
        single = self.shown("temperature")
        return self.shown("target_temp_low") if single is None else single

    def made_of(self, value: float) -> float:
        """Return what the thermostat makes of a heating setpoint, in the home's unit."""
        return self.kind.home_of(self.thermostat.made_of(self.kind.own_of(value)))

    def is_wished(self, value: float, wishes: set[float] | None = None) -> bool:
        """Say whether somebody wants that, or the thermostat makes that of what somebody wants."""
        rounding = (
            0.51
            if self.thermostat._attr_precision == 1 and self.kind.home != self.kind.own  # noqa: SLF001
            else ALIKE
        )
        low, high = self.advertised()
        if self.kind.shape == "becomes" and self.thermostat.device.cool is not None:
            # Nothing is heated above what is cooled to.
            high = min(high, self.kind.home_of(self.thermostat.device.cool))
        for wish in self.wishes.allowed if wishes is None else wishes:
            within = min(max(wish, low), high)
            if (
                abs(value - wish) < ALIKE
                or abs(value - within) < ALIKE
                or abs(value - self.made_of(within)) < rounding
            ):
                return True
        return False

    def advertised(self) -> tuple[float, float]:
        """Return which setpoints the thermostat advertises, in the home's unit."""
        low, high = self.thermostat.min_temp, self.thermostat.max_temp
        return self.kind.home_of(low), self.kind.home_of(high)

    def _is_slow(self) -> bool:
        return any(
            isinstance(behavior, Polled | OldFirst) for behavior in self.thermostat.behaviors
        )

    def displayed(self, own: float) -> float:
        """Return how the thermostat's own figure shows."""
        home = self.kind.home_of(own)
        return float(round(home)) if self.thermostat._attr_precision == 1 else round(home, 1)  # noqa: SLF001

    # What must never be.

    @callback
    def called(self, event: Event) -> None:
        """Look at a command to the thermostat."""
        data = event.data.get("service_data", {})
        if (
            event.data.get("domain") != "climate"
            or data.get("entity_id") not in (self.source, [self.source])
            or self.is_killed
        ):
            return
        service = event.data["service"]
        self.say(
            f"  {'on behalf of somebody' if self.is_asking else 'the guard'}: {service} {without_entity(data)}"
        )
        if service != "set_temperature":
            return
        heat = data.get("target_temp_low", data.get("temperature"))
        mode = data.get("hvac_mode", self.thermostat.shown.mode)
        if heat is None or (mode not in HEATING and mode != HVACMode.OFF):
            return
        if self.loses.commands or self.refuses.commands or self.thermostat.is_out:
            self.lost_at = self.clock.passed
        self._look_at_command(heat, data)
        self._may_end_elsewhere(heat)
        before = self.heating()
        at = self.clock.passed
        told = [heat, *([] if before is None else [before])]
        self.wishes.recent += [(at, value) for value in (*told, self.made_of(heat))]

    def _may_end_elsewhere(self, heat: float) -> None:
        """Take in that nobody can tell a silent clamp from a hand, where it shows too late to carry the command's context."""
        made, behaviors = self.made_of(heat), self.thermostat.behaviors
        is_silent = any(isinstance(behavior, SilentClamp | ClampSeconds) for behavior in behaviors)
        is_late = any(isinstance(behavior, LATE) for behavior in behaviors)
        if is_silent and (is_late or self._is_slow()) and abs(made - heat) > self.kind.coarse:
            self.elsewhere.add(self.displayed(self.kind.own_of(made)))
            self.wishes.allowed |= self.elsewhere
            self.wishes.hands += 1

    def _look_at_command(self, heat: float, data: dict[str, Any]) -> None:
        state = self.hass.states.get(self.source)
        assert state is not None
        own, high = self.kind.own_of(heat), data.get("target_temp_high")
        is_asked = self.asking is not None and abs(heat - self.asking) < ALIKE
        if not self.thermostat.min_temp <= own <= self.thermostat.max_temp and not is_asked:
            self.fault("range", f"told {heat}, which is not within {self.advertised()}")
        if heat < self.kind.from_celsius(FREEZE_FLOOR) - ALIKE and not is_asked:
            self.fault("freezing", f"told {heat}")
        if high is not None and heat > high + 1e-6:
            self.fault("crossed", f"told {heat} to {high}")
        if (
            high is not None
            and not self.is_asking
            and self.high is not None
            and abs(high - self.high) > self.kind.coarse
        ):
            self.fault("high", f"told {high} to cool to, where {self.high} was asked for")
        self._look_at_value(heat, is_asked=is_asked)
        self._look_at_time(heat, state)

    def _look_at_value(self, heat: float, *, is_asked: bool) -> None:
        if is_asked or self.is_wished(heat):
            return
        low, high = self.advertised()
        wanted = {*self.wishes.allowed, *(self.made_of(wish) for wish in self.wishes.allowed)}
        wanted |= set() if self.asking is None else {self.asking}
        if heat > max(*wanted, low) + self.kind.coarse + ALIKE:
            self.fault("more", f"told {heat}, where {wanted} was asked for")
        comfort = self.kind.from_celsius(COMFORT_FLOOR)
        if heat < min(*wanted, comfort, high) - self.kind.coarse - ALIKE:
            self.fault("less", f"told {heat}, where {wanted} was asked for")
        if (
            self.thermostat.cools_over is not None
            and self.mode is Mode.PROTECT
            and not self._is_safe_from_cooling(heat)
        ):
            self.fault(
                "cools",
                f"chose {heat} in a room of {self.thermostat.current_temperature}, {self.thermostat.hvac_action}",
            )

    def _is_safe_from_cooling(self, heat: float) -> bool:
        room, over = self.thermostat.current_temperature, self.thermostat.cools_over
        if room is None or over is None or self.thermostat.hvac_action is HVACAction.COOLING:
            return False
        return room < self.kind.own_of(heat) + over

    def _look_at_time(self, heat: float, state: State) -> None:
        """Look whether that is told against something that is not settled, or against a hand."""
        if self.is_asking:
            return
        shown = self.heating()
        if self.thermostat.shows_falsely and (
            shown is None or not self.wishes.is_ambiguous(shown, self.kind.coarse)
        ):
            self.fault("against", f"told {heat} while {self.heating()} shows for seconds")
        held = self.wishes.held
        if (
            held is None
            or abs(heat - held[1]) < self.kind.coarse + ALIKE
            or self.is_wished(heat, {held[1]})
        ):
            return
        since = self.clock.passed - held[0]
        if 1 < since < HELD:
            kind = "against" if since <= AT_FIRST else "hold"
            self.fault(
                kind,
                f"told {heat} {since:.0f} s after somebody set {held[1]} at the wall, {state.state}",
            )

    @callback
    def wrapper_changed(self, event: Event[EventStateChangedData]) -> None:
        """Look at what the guard shows."""
        state = event.data["new_state"]
        if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN} or not self.is_up:
            return
        requested, applied = (
            state.attributes.get(name) for name in ("requested_temperature", "applied_temperature")
        )
        line = f"shows {self.heating()}, requested {requested}, applied {applied}, {state.state}"
        if line != self._line:
            self._line = line
            self.say(line)
        self._look_at_requested(state)

    def _look_at_requested(self, state: State) -> None:
        requested = state.attributes.get("requested_temperature")
        if requested is None or state.state not in HEATING or not self.is_up:
            return
        wishes = self.wishes.allowed | (set() if self.asking is None else {self.asking})
        if self.clock.passed < self.preset_at + CHANGES_OVER and min(wishes) <= requested <= max(
            wishes
        ):
            # A group changes over to a preset member by member, and limits follow it at once.
            return
        if not self.is_wished(requested, wishes):
            self.fault("requested", f"{requested} is requested, where {wishes} was asked for")

    def look(self) -> None:
        """Look after each instant."""
        if not self.thermostat.shows_falsely and not self.thermostat.is_out:
            self.wishes.look(self.clock.passed, self.heating())
        wrapper, limit = self.hass.states.get(self.wrapper), self.hass.states.get(self.limit)
        if wrapper is not None:
            self._look_at_requested(wrapper)
        if limit is not None and limit.state == "hand" and not self.wishes.hands and self.is_up:
            self.fault("hand", "a hand is seen where there was none")
            self.wishes.hands += 1
        if self.faults:
            raise self.faults[0]

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.wait(seconds, self.look)
        self._look_at_applied(seconds)
        self.look()

    def _look_at_applied(self, quiet: float) -> None:
        """Look whether what is said to be applied is what shows, after some quiet."""
        state = self.hass.states.get(self.wrapper)
        if (
            state is None
            or quiet < SETTLED
            or self.clock.passed < self.lost_at + HELD
            or self.is_dead
            or not self.is_up
        ):
            return
        applied, shown = state.attributes.get("applied_temperature"), self.heating()
        if (
            applied is None
            or shown is None
            or state.state not in HEATING
            or self.thermostat.shows_falsely
        ):
            return
        if self.clock.passed < self.last_told() + SETTLED:
            return
        if abs(applied - shown) > self.kind.coarse + ALIKE and not self.is_wished(shown, {applied}):
            self.fault("applied", f"{applied} is said to be applied, where {shown} shows")

    def last_told(self) -> float:
        """Return when it was told something last."""
        return max((at for at, _ in self.wishes.recent), default=-HELD)


def without_entity(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out to whom it is said."""
    return {name: value for name, value in data.items() if name != "entity_id"}
