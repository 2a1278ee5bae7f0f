"""The faults of thermostats, one class for each. faulty_thermostats.py lists the bug reports."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.util.unit_conversion import TemperatureConverter

from tests.integration.faulty_thermostats import (
    BOTH,
    Behavior,
    DisplayFrame,
    FaultyThermostat,
    Frames,
    LostCommandError,
    ThermostatState,
)

MANUAL = "temp"
"""The preset that an ecobee shows for a temperature hold."""


class ClampingBehavior(Behavior):
    """Clamps setpoints to limits that the thermostat does not advertise, in its own unit."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    @override
    def convert(self, wanted: ThermostatState) -> ThermostatState:
        if wanted.heat is None:
            return wanted
        return replace(wanted, heat=min(max(wanted.heat, self._low), self._high))


class SilentClamp(ClampingBehavior):
    """Shows a clamped setpoint at once, and does not advertise its limits."""


class DelayedClamp(ClampingBehavior):
    """Shows the commanded setpoint for some seconds, then the clamped one."""

    def __init__(self, low: float, high: float, seconds: float = 5) -> None:
        super().__init__(low, high)
        self._seconds = seconds
        self._asked: ThermostatState | None = None

    @override
    def receive(self, wanted: ThermostatState) -> None:
        self._asked = replace(wanted, is_single=False, is_temperature=False)

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        if self._asked is None or self.convert(self._asked) == self._asked:
            return frames
        return (
            DisplayFrame(0, self._asked),
            *(replace(frame, after=frame.after + self._seconds) for frame in frames),
        )


class ClampThenAdvertise(ClampingBehavior):
    """Advertises its limits after a command beyond them."""

    thermostat: FaultyThermostat

    @override
    def attach(self, thermostat: FaultyThermostat) -> None:
        self.thermostat = thermostat

    @override
    def receive(self, wanted: ThermostatState) -> None:
        if self.convert(wanted) != wanted:
            self.thermostat.set_range(self._low, self._high)


class CoarserSteps(Behavior):
    """Has coarser steps than the home, for example whole °C in a home that uses °F."""

    def __init__(self, step: float, unit: str, own: str) -> None:
        self._step, self._unit, self._own = step, unit, own

    @override
    def convert(self, wanted: ThermostatState) -> ThermostatState:
        return replace(wanted, heat=self._round(wanted.heat), cool=self._round(wanted.cool))

    def _round(self, value: float | None) -> float | None:
        if value is None:
            return None
        there = TemperatureConverter.convert(value, self._own, self._unit)
        return round(
            TemperatureConverter.convert(
                round(there / self._step) * self._step, self._unit, self._own
            ),
            2,
        )


class Group(Behavior):
    """Has members that answer one after the other, and shows their mean or the first one."""

    def __init__(
        self, members: int = 2, apart: float = 10, shows: Literal["mean", "first"] = "mean"
    ) -> None:
        self._members, self._apart, self._shows = members, apart, shows

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        last = frames[-1].setting
        if (
            self._shows == "first"
            or last.heat is None
            or before.heat is None
            or last.heat == before.heat
        ):
            return frames
        moved = range(1, self._members + 1)
        means = (before.heat + (last.heat - before.heat) * count / self._members for count in moved)
        group = tuple(
            DisplayFrame((count - 1) * self._apart, replace(last, heat=mean))
            for count, mean in zip(moved, means, strict=True)
        )
        return (*group[:-1], replace(group[-1], setting=last))

    @override
    def frames_after_manual_change(self, frames: Frames, before: ThermostatState) -> Frames:
        return self.frames_after_command(frames, before)


class ModeFirst(Behavior):
    """Applies the mode at once, and the temperature seconds later."""

    def __init__(self, seconds: float = 6) -> None:
        self._seconds = seconds

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        last = frames[-1].setting
        if last.mode is before.mode:
            return frames
        return (
            DisplayFrame(0, replace(before, mode=last.mode)),
            *(replace(frame, after=frame.after + self._seconds) for frame in frames),
        )


class GlitchAfterWrite(Behavior):
    """Shows the commanded setpoint, a false one for some seconds, and the commanded one again."""

    def __init__(self, heat: float, after: float = 2, seconds: float = 5) -> None:
        self._heat, self._after, self._seconds = heat, after, seconds

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        last = frames[-1]
        odd = DisplayFrame(
            last.after + self._after, replace(last.setting, heat=self._heat), is_glitch=True
        )
        return (*frames, odd, DisplayFrame(odd.after + self._seconds, last.setting))


class NothingAfterWrite(Behavior):
    """Shows no setpoint for some seconds after a write."""

    def __init__(self, seconds: float = 8) -> None:
        self._seconds = seconds

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        nothing = DisplayFrame(0, replace(frames[0].setting, heat=None), is_glitch=True)
        return (nothing, *(replace(frame, after=frame.after + self._seconds) for frame in frames))


class DefaultAfterOutage(Behavior):
    """Shows a default, or no setpoint, for some seconds after an outage."""

    def __init__(self, heat: float | None, seconds: float = 12) -> None:
        self._heat, self._seconds = heat, seconds

    @override
    def frames_after_outage(self, frames: Frames) -> Frames:
        default = DisplayFrame(0, replace(frames[0].setting, heat=self._heat), is_glitch=True)
        return (default, *(replace(frame, after=frame.after + self._seconds) for frame in frames))


class LosesCommands(Behavior):
    """Loses commands silently."""

    def __init__(self, commands: int = 0) -> None:
        self.commands = commands
        """How many of the next commands."""

    @override
    def receive(self, wanted: ThermostatState) -> None:
        if self.commands > 0:
            self.commands -= 1
            raise LostCommandError


class RefusesCommands(Behavior):
    """Raises an error for a command."""

    def __init__(self, commands: int = 0) -> None:
        self.commands = commands
        """How many of the next commands."""

    @override
    def receive(self, wanted: ThermostatState) -> None:
        if self.commands > 0:
            self.commands -= 1
            raise HomeAssistantError("Too many requests")


class OldValueFirst(Behavior):
    """Shows the old setpoint, then the commanded one, then the old one again."""

    def __init__(self, beat: float = 60) -> None:
        self._beat = beat

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        last, beat = frames[-1].setting, self._beat
        return (
            DisplayFrame(0, before),
            DisplayFrame(beat, last),
            DisplayFrame(2 * beat, before),
            DisplayFrame(3 * beat, last),
        )


class PolledDisplay(Behavior):
    """Shows a change only after the next poll."""

    def __init__(self, seconds: float = 180) -> None:
        self._seconds = seconds

    @override
    def attach(self, thermostat: FaultyThermostat) -> None:
        @callback
        def poll(_now: datetime) -> None:
            thermostat.refresh()

        thermostat.async_on_remove(
            async_track_time_interval(thermostat.hass, poll, timedelta(seconds=self._seconds))
        )

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        # The poll shows the change. A frame that never comes defines how long that takes.
        return (DisplayFrame(self._seconds, frames[-1].setting),)

    @override
    def frames_after_manual_change(self, frames: Frames, before: ThermostatState) -> Frames:
        return self.frames_after_command(frames, before)


class BecomesRange(Behavior):
    """Turns one temperature into a range within its limits, in a mode that heats and cools."""

    thermostat: FaultyThermostat

    def __init__(self, around: float) -> None:
        self._around = around

    @override
    def attach(self, thermostat: FaultyThermostat) -> None:
        self.thermostat = thermostat

    @override
    def convert(self, wanted: ThermostatState) -> ThermostatState:
        if wanted.mode not in BOTH or not wanted.is_single or wanted.heat is None:
            return wanted
        low, high = self.thermostat.min_temp, self.thermostat.max_temp
        return replace(
            wanted,
            heat=max(wanted.heat - self._around, low),
            cool=min(wanted.heat + self._around, high),
        )


class SingleSetpointCooling(Behavior):
    """Cools to its single setpoint too."""

    cools_above = 2.0


class HoldsAfterWrite(Behavior):
    """Turns each commanded temperature into a hold with a preset of its own."""

    @override
    def convert(self, wanted: ThermostatState) -> ThermostatState:
        return replace(wanted, preset=MANUAL) if wanted.is_temperature else wanted


class ProgramReturns(Behavior):
    """Returns to its program some time after a command or a change at the wall."""

    thermostat: FaultyThermostat

    def __init__(self, preset: str, seconds: float) -> None:
        self._preset, self._seconds = preset, seconds
        self._coming: CALLBACK_TYPE | None = None

    @override
    def attach(self, thermostat: FaultyThermostat) -> None:
        self.thermostat = thermostat
        thermostat.async_on_remove(self._cancel)

    @override
    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:
        self._cancel()
        if frames[-1].setting.preset != self._preset:
            self._coming = async_call_later(
                self.thermostat.hass, self._seconds, self._return_to_program
            )
        return frames

    @callback
    def _return_to_program(self, _now: datetime) -> None:
        self._coming = None
        self.thermostat.run_program(preset=self._preset, heat=self.thermostat.presets[self._preset])

    @callback
    def _cancel(self) -> None:
        if self._coming is not None:
            self._coming()
            self._coming = None
