"""The checks that hold in each life, whatever happens."""

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
    DelayedClamp,
    GlitchAfterWrite,
    Group,
    LosesCommands,
    ModeFirst,
    NothingAfterWrite,
    OldValueFirst,
    PolledDisplay,
    RefusesCommands,
    SilentClamp,
)
from tests.integration.faulty_thermostats import BOTH
from tests.integration.lives.clock import LifeClock
from tests.integration.lives.homes import choose_kind, make_thermostat
from tests.integration.lives.wishes import (
    HOLD_SECONDS,
    SAME_WITHIN,
    SETTLE_SECONDS,
    AcceptableSetpoints,
)

HEATING = frozenset({HVACMode.HEAT, *BOTH})
FREEZE_FLOOR = 7.0
"""In °C."""

COMFORT_FLOOR = (62 - 32) / 1.8
"""In °C."""

SLOW_BEHAVIORS = (DelayedClamp, GlitchAfterWrite, Group, NothingAfterWrite, ModeFirst)
"""The behaviors that show the result of a command late, without its context."""

CHANGES_OVER = 60.0
"""In s. A group takes at most so long to change to a preset."""

AT_FIRST = 10.0
"""In s. A change from outside Home Assistant is provisional for at least so long."""


class LifeError(AssertionError):
    """A check failed."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class LifeMonitor:
    """Checks one life, and records each failure."""

    guard: MockConfigEntry
    source: str
    """The id of the thermostat."""
    wrapper: str
    """The id of the guard's climate entity."""
    limit: str
    """The id of the sensor of the active limit."""

    def __init__(self, hass: HomeAssistant, clock: LifeClock, seed: int) -> None:
        self.hass, self.clock, self.seed = hass, clock, seed
        self.chance = Random(seed)  # noqa: S311 -- a life, no secret
        self.timeline: list[str] = []
        self.faults: list[LifeError] = []
        self.is_up = False
        """Whether the guard is running."""
        self.asking: float | None = None
        """The heating setpoint of a request in progress."""
        self.is_asking = False
        """Whether a request is in progress."""
        self.is_killed = False
        """Whether the guard is being killed: its commands no longer arrive."""
        self.preset_at = self.program_at = self.mode_at = -HOLD_SECONDS
        """When a preset was chosen, when a program resumed, and when a mode was chosen."""
        self.kind = choose_kind(self.chance)
        self.loses, self.refuses = LosesCommands(), RefusesCommands()
        self.thermostat = make_thermostat(
            self.chance, self.kind, f"Life {seed}", self.loses, self.refuses
        )
        self.is_dead = False
        self.room = self.kind.from_fahrenheit(self.chance.choice([60, 64, 66, 68, 70, 72, 75]))
        self.lost_at = -HOLD_SECONDS
        self.last_event = 0.0
        self.mode = Mode.PROTECT
        self.high: float | None = None
        self.wishes: AcceptableSetpoints
        self._line = ""
        self.listeners: list[Callable[[], None]] = []
        self.elsewhere: set[float] = set()
        """The results of commands that look like a change at the wall."""

    def write_line(self, text: str) -> None:
        """Write a line of the timeline."""
        self.timeline.append(f"  +{timedelta(seconds=round(self.clock.passed))} {text}")

    def add_fault(self, kind: str, text: str) -> LifeError:
        """Record a failure."""
        self.write_line(f"WRONG ({kind}): {text}")
        fault = LifeError(kind, text)
        self.faults.append(fault)
        return fault

    # The displayed values.

    def displayed_temperature(self, name: str) -> float | None:
        """Return a temperature that the thermostat shows."""
        state = self.hass.states.get(self.source)
        value = None if state is None else state.attributes.get(name)
        return float(value) if isinstance(value, int | float) else None

    def displayed_heating_setpoint(self) -> float | None:
        """Return the heating setpoint that the thermostat shows."""
        state = self.hass.states.get(self.source)
        if state is None or state.state not in HEATING:
            return None
        single = self.displayed_temperature("temperature")
        return self.displayed_temperature("target_temp_low") if single is None else single

    def convert_by_thermostat(self, value: float) -> float:
        """Return the result of a heating setpoint, in the home's unit."""
        return self.kind.to_home_unit(self.thermostat.convert_heat(self.kind.to_own_unit(value)))

    def is_acceptable(self, value: float, wishes: set[float] | None = None) -> bool:
        """Return True if the user may want a setpoint, or if it results from such a setpoint."""
        rounding = (
            0.51
            if self.thermostat._attr_precision == 1 and self.kind.home_unit != self.kind.unit  # noqa: SLF001
            else SAME_WITHIN
        )
        low, high = self.advertised_range()
        if self.kind.shape == "becomes" and self.thermostat.device.cool is not None:
            # The heating setpoint never exceeds the cooling setpoint.
            high = min(high, self.kind.to_home_unit(self.thermostat.device.cool))
        for wish in self.wishes.allowed if wishes is None else wishes:
            within = min(max(wish, low), high)
            if (
                abs(value - wish) < SAME_WITHIN
                or abs(value - within) < SAME_WITHIN
                or abs(value - self.convert_by_thermostat(within)) < rounding
            ):
                return True
        return False

    def advertised_range(self) -> tuple[float, float]:
        """Return the range that the thermostat advertises, in the home's unit."""
        low, high = self.thermostat.min_temp, self.thermostat.max_temp
        return self.kind.to_home_unit(low), self.kind.to_home_unit(high)

    def _is_slow(self) -> bool:
        return any(
            isinstance(behavior, PolledDisplay | OldValueFirst)
            for behavior in self.thermostat.behaviors
        )

    def as_displayed(self, own: float) -> float:
        """Return a value of the thermostat as it is displayed."""
        home = self.kind.to_home_unit(own)
        return float(round(home)) if self.thermostat._attr_precision == 1 else round(home, 1)  # noqa: SLF001

    # The checks.

    @callback
    def check_command(self, event: Event) -> None:
        """Check a command to the thermostat."""
        data = event.data.get("service_data", {})
        if (
            event.data.get("domain") != "climate"
            or data.get("entity_id") not in (self.source, [self.source])
            or self.is_killed
        ):
            return
        service = event.data["service"]
        self.write_line(
            f"  {'on behalf of somebody' if self.is_asking else 'the guard'}: {service} "
            f"{without_entity(data)}"
        )
        if service != "set_temperature":
            return
        heat = data.get("target_temp_low", data.get("temperature"))
        mode = data.get("hvac_mode", self.thermostat.shown.mode)
        if heat is None or (mode not in HEATING and mode != HVACMode.OFF):
            return
        if self.loses.commands or self.refuses.commands or self.thermostat.is_out:
            self.lost_at = self.clock.passed
        self._check_command_data(heat, data)
        self._allow_silent_clamp(heat)
        before = self.displayed_heating_setpoint()
        at = self.clock.passed
        commanded = [heat, *([] if before is None else [before])]
        self.wishes.recent += [
            (at, value) for value in (*commanded, self.convert_by_thermostat(heat))
        ]

    def _allow_silent_clamp(self, heat: float) -> None:
        """Allow for a clamp that shows late, without a context, as a manual change does."""
        made, behaviors = self.convert_by_thermostat(heat), self.thermostat.behaviors
        is_silent = any(isinstance(behavior, SilentClamp | DelayedClamp) for behavior in behaviors)
        is_late = any(isinstance(behavior, SLOW_BEHAVIORS) for behavior in behaviors)
        if is_silent and (is_late or self._is_slow()) and abs(made - heat) > self.kind.coarse_step:
            self.elsewhere.add(self.as_displayed(self.kind.to_own_unit(made)))
            self.wishes.allowed |= self.elsewhere
            self.wishes.manual_changes += 1

    def _check_command_data(self, heat: float, data: dict[str, Any]) -> None:
        state = self.hass.states.get(self.source)
        assert state is not None
        own, high = self.kind.to_own_unit(heat), data.get("target_temp_high")
        is_asked = self.asking is not None and abs(heat - self.asking) < SAME_WITHIN
        if not self.thermostat.min_temp <= own <= self.thermostat.max_temp and not is_asked:
            self.add_fault("range", f"told {heat}, which is not within {self.advertised_range()}")
        if heat < self.kind.from_celsius(FREEZE_FLOOR) - SAME_WITHIN and not is_asked:
            self.add_fault("freezing", f"told {heat}")
        if high is not None and heat > high + 1e-6:
            self.add_fault("crossed", f"told {heat} to {high}")
        if (
            high is not None
            and not self.is_asking
            and self.high is not None
            and abs(high - self.high) > self.kind.coarse_step
        ):
            self.add_fault("high", f"told {high} to cool to, where {self.high} was asked for")
        self._check_value(heat, is_asked=is_asked)
        self._check_time(heat, state)

    def _check_value(self, heat: float, *, is_asked: bool) -> None:
        if is_asked or self.is_acceptable(heat):
            return
        low, high = self.advertised_range()
        wanted = {
            *self.wishes.allowed,
            *(self.convert_by_thermostat(wish) for wish in self.wishes.allowed),
        }
        wanted |= set() if self.asking is None else {self.asking}
        if heat > max(*wanted, low) + self.kind.coarse_step + SAME_WITHIN:
            self.add_fault("more", f"told {heat}, where {wanted} was asked for")
        comfort = self.kind.from_celsius(COMFORT_FLOOR)
        if heat < min(*wanted, comfort, high) - self.kind.coarse_step - SAME_WITHIN:
            self.add_fault("less", f"told {heat}, where {wanted} was asked for")
        if (
            self.thermostat.cools_above is not None
            and self.mode is Mode.PROTECT
            and not self._avoids_cooling(heat)
        ):
            self.add_fault(
                "cools",
                f"chose {heat} in a room of {self.thermostat.current_temperature}, "
                f"{self.thermostat.hvac_action}",
            )

    def _avoids_cooling(self, heat: float) -> bool:
        room, over = self.thermostat.current_temperature, self.thermostat.cools_above
        if room is None or over is None or self.thermostat.hvac_action is HVACAction.COOLING:
            return False
        return room < self.kind.to_own_unit(heat) + over

    def _check_time(self, heat: float, state: State) -> None:
        """Check that a command does not overrule an unsettled or manual change."""
        if self.is_asking:
            return
        shown = self.displayed_heating_setpoint()
        if self.thermostat.shows_falsely and (
            shown is None or not self.wishes.is_ambiguous(shown, self.kind.coarse_step)
        ):
            self.add_fault(
                "against",
                f"told {heat} while {self.displayed_heating_setpoint()} shows for seconds",
            )
        held = self.wishes.hold
        if (
            held is None
            or abs(heat - held[1]) < self.kind.coarse_step + SAME_WITHIN
            or self.is_acceptable(heat, {held[1]})
        ):
            return
        since = self.clock.passed - held[0]
        if 1 < since < HOLD_SECONDS:
            kind = "against" if since <= AT_FIRST else "hold"
            self.add_fault(
                kind,
                f"told {heat} {since:.0f} s after somebody set {held[1]} at the wall, "
                f"{state.state}",
            )

    @callback
    def check_wrapper(self, event: Event[EventStateChangedData]) -> None:
        """Check the state of the guard's climate entity."""
        state = event.data["new_state"]
        if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN} or not self.is_up:
            return
        requested, applied = (
            state.attributes.get(name) for name in ("requested_temperature", "applied_temperature")
        )
        line = f"shows {self.displayed_heating_setpoint()}, requested {requested}, "
        line += f"applied {applied}, {state.state}"
        if line != self._line:
            self._line = line
            self.write_line(line)
        self._check_requested(state)

    def _check_requested(self, state: State) -> None:
        requested = state.attributes.get("requested_temperature")
        if requested is None or state.state not in HEATING or not self.is_up:
            return
        wishes = self.wishes.allowed | (set() if self.asking is None else {self.asking})
        if self.clock.passed < self.preset_at + CHANGES_OVER and min(wishes) <= requested <= max(
            wishes
        ):
            # A group changes to a preset member by member, and limits follow at once.
            return
        if not self.is_acceptable(requested, wishes):
            self.add_fault("requested", f"{requested} is requested, where {wishes} was asked for")

    def check(self) -> None:
        """Check after each instant."""
        if not self.thermostat.shows_falsely and not self.thermostat.is_out:
            self.wishes.record_displayed(self.clock.passed, self.displayed_heating_setpoint())
        wrapper, limit = self.hass.states.get(self.wrapper), self.hass.states.get(self.limit)
        if wrapper is not None:
            self._check_requested(wrapper)
        if (
            limit is not None
            and limit.state == "hand"
            and not self.wishes.manual_changes
            and self.is_up
        ):
            self.add_fault("hand", "a hand is seen where there was none")
            self.wishes.manual_changes += 1
        if self.faults:
            raise self.faults[0]

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        await self.clock.wait(seconds, self.check)
        self._check_applied(seconds)
        self.check()

    def _check_applied(self, quiet: float) -> None:
        """Check, after some quiet time, that the applied setpoint is the displayed one."""
        state = self.hass.states.get(self.wrapper)
        if (
            state is None
            or quiet < SETTLE_SECONDS
            or self.clock.passed < self.lost_at + HOLD_SECONDS
            or self.is_dead
            or not self.is_up
        ):
            return
        applied, shown = (
            state.attributes.get("applied_temperature"),
            self.displayed_heating_setpoint(),
        )
        if (
            applied is None
            or shown is None
            or state.state not in HEATING
            or self.thermostat.shows_falsely
        ):
            return
        if self.clock.passed < self.last_write_time() + SETTLE_SECONDS:
            return
        if abs(applied - shown) > self.kind.coarse_step + SAME_WITHIN and not self.is_acceptable(
            shown, {applied}
        ):
            self.add_fault("applied", f"{applied} is said to be applied, where {shown} shows")

    def last_write_time(self) -> float:
        """Return the time of the last command."""
        return max((at for at, _ in self.wishes.recent), default=-HOLD_SECONDS)


def without_entity(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a call without its target."""
    return {name: value for name, value in data.items() if name != "entity_id"}
