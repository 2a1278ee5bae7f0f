"""Random lives: what users, radios, power cuts and the weather do to a protected thermostat."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.components.climate.const import HVACMode
from homeassistant.const import EVENT_CALL_SERVICE, UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util.unit_system import METRIC_SYSTEM, US_CUSTOMARY_SYSTEM

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.options.guard import INFERENCE
from tests.integration.faulty_thermostats import ThermostatState, async_add
from tests.integration.home import add_guard, entity_id_of
from tests.integration.lives.checks import CHANGES_OVER, HEATING, LifeError, LifeMonitor
from tests.integration.lives.clock import LifeClock
from tests.integration.lives.wishes import (
    RECENT_SECONDS,
    SAME_WITHIN,
    SETTLE_SECONDS,
    AcceptableSetpoints,
)
from tests.integration.protection import CAP_ONLY, choose_mode, set_outdoor
from tests.integration.thermostats import OUTDOOR, call_climate

SPLIT_K = 3.0
"""In K. The distance of the heating setpoint from a temperature that becomes a range."""


class Life(LifeMonitor):
    """One life."""

    def __init__(
        self,
        hass: HomeAssistant,
        clock: LifeClock,
        storage: dict[str, Any],
        add: AddEntitiesCallback,
        seed: int,
    ) -> None:
        super().__init__(hass, clock, seed)
        self.storage, self.add = storage, add

    async def set_up(self) -> None:
        """Set up a thermostat and its guard."""
        self.hass.config.units = (
            US_CUSTOMARY_SYSTEM
            if self.kind.home_unit == UnitOfTemperature.FAHRENHEIT
            else METRIC_SYSTEM
        )
        chance, kind, thermostat = self.chance, self.kind, self.thermostat
        await async_add(self.hass, self.add, [thermostat])
        thermostat.set_room(kind.to_own_unit(self.room))
        self.source = thermostat.entity_id
        self.outdoor(chance.choice([10, 20, 30, 50]))
        # One temperature moves both ends.
        self.high = (
            self.displayed_temperature("target_temp_high") if kind.shape == "range" else None
        )
        heating = self.displayed_heating_setpoint()
        assert heating is not None
        self.wishes = AcceptableSetpoints({heating})
        thermostat.turned_by_itself.append(self.record_program_change)
        names = ", ".join(type(behavior).__name__ for behavior in thermostat.behaviors)
        self.write_line(
            f"{kind.shape} in {kind.home_unit}, own {kind.unit} by {kind.coarse_step}, "
            f"{thermostat.min_temp} to {thermostat.max_temp}: {names}"
        )
        protection = {**CAP_ONLY, "mode": Mode.PROTECT.value, "leash_on": chance.random() < 0.4}
        self.write_line(f"room {self.room}, leash {protection['leash_on']}, {thermostat.device}")
        self.listeners = [self.hass.bus.async_listen(EVENT_CALL_SERVICE, self.check_command)]
        outdoor = {"entity_id": OUTDOOR, "attribute": None}
        self.guard = await add_guard(
            self.hass,
            self.source,
            signals=[dict(INFERENCE)],
            outdoor=outdoor,
            protection=protection,
        )
        self.wrapper, self.limit = (
            entity_id_of(self.hass, self.guard, key) for key in ("thermostat", "limit")
        )
        self.listeners.append(
            async_track_state_change_event(self.hass, [self.wrapper], self.check_wrapper)
        )
        self.is_up = True
        await self.wait(chance.choice([60, 400, 2000]))

    def outdoor(self, fahrenheit: float) -> None:
        """Set the outdoor temperature."""
        set_outdoor(self.hass, fahrenheit)

    def record_program_change(self, device: ThermostatState) -> None:
        """Record a change by the program of the thermostat."""
        if device.heat is None:
            return
        value = self.as_displayed(device.heat)
        self.write_line(f"its program goes on: {device.preset}, {value}")
        is_plain = (
            not self.wishes.is_ambiguous(value, self.kind.coarse_step) and not self._is_slow()
        )
        self.program_at = self.clock.passed
        self.wishes.hold = None
        if is_plain and self.is_up:
            # Limits apply to the program, so its setpoint need not remain.
            self.wishes.record_change(self.clock.passed, value, takes=SETTLE_SECONDS, holds=False)
        else:
            self.wishes.settling = None
            self.wishes.allow(value)

    async def request_setpoint(self, wanted: float, **more: Any) -> None:
        """Request a temperature at the guard's climate entity."""
        mode = more.get("hvac_mode", self.thermostat.shown.mode)
        if (
            "hvac_mode" not in more
            and mode not in HEATING
            and self.thermostat.device.mode in HEATING
        ):
            # The thermostat already heats, and shows the old mode until the next poll.
            self.wishes.allow(wanted)
            self.wishes.manual_changes += 1
        heats = mode in {*HEATING, HVACMode.OFF}
        data: dict[str, Any] = {"temperature": wanted, **more}
        high = None
        if self.kind.shape == "range":
            high = wanted + self.chance.choice([1, 2, 4, 8]) * self.kind.step
            data = {"target_temp_low": wanted, "target_temp_high": high, **more}
        before, settling = set(self.wishes.allowed), self.wishes.settling
        self.write_line(f"somebody asks for {data}")
        self.elsewhere.clear()
        if await self._call_wrapper("set_temperature", wanted if heats else None, data) and heats:
            was_lost = self.mode is not Mode.PROTECT or not self.is_up
            self.wishes.record_request(wanted)
            self.wishes.allowed |= self.elsewhere
            if settling is not None and abs(settling[1] - wanted) <= self.kind.from_celsius(
                SPLIT_K
            ) - self.kind.from_celsius(0):
                # The next change may be an earlier manual one, or the result of this request.
                self.wishes.allow(settling[1])
            if was_lost and self.thermostat.device.heat is not None:
                # Only the guard would repeat the request, and it only monitors.
                self.wishes.allow(self.as_displayed(self.thermostat.device.heat))
            if high is not None:
                self.high = high
        elif heats:
            self.wishes.allowed |= before
        elif mode == HVACMode.FAN_ONLY:
            # It is unknown whether the request applies when heating resumes.
            self.wishes.allow(wanted)
            self.wishes.manual_changes += 1

    async def _call_wrapper(self, service: str, asking: float | None, data: dict[str, Any]) -> bool:
        """Call the guard's climate entity; return True if the call was not refused."""
        if service == "set_hvac_mode":
            self.mode_at = self.clock.passed
        self.asking, self.is_asking = asking, True
        try:
            await call_climate(self.hass, self.wrapper, service, **data)
        except HomeAssistantError as error:
            self.write_line(f"refused: {error}")
            return False
        finally:
            self.asking, self.is_asking = None, False
        return True

    def _choose_setpoint(self) -> float:
        values = [60, 62, 64, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 78, 82]
        return self.kind.from_fahrenheit(self.chance.choice(values))

    def _choose_plain_setpoint(self) -> float:
        """Choose a temperature that the thermostat takes unchanged."""
        low, high = self.advertised_range()
        values = [
            value
            for value in (self._choose_setpoint() for _ in range(30))
            if low <= value <= high and self._is_plain(value)
        ]
        return values[0] if values else self.as_displayed(self.thermostat.device.heat or 0)

    def _is_plain(self, value: float) -> bool:
        made = self.convert_by_thermostat(value)
        if self.kind.shape == "becomes":
            return True
        return abs(self.as_displayed(self.kind.to_own_unit(made)) - value) < self.kind.coarse_step

    async def event_ask(self) -> None:
        """Request a temperature."""
        if self.is_up and not self.thermostat.is_out:
            await self.request_setpoint(self._choose_setpoint())

    async def event_ask_with_mode(self) -> None:
        """Request another mode, then heat together with a temperature."""
        if self.kind.shape != "single" or not self.is_up or self.thermostat.is_out:
            return
        await self.event_other_mode()
        await self.wait(self.chance.choice([5, 60, 700]))
        await self.request_setpoint(self._choose_setpoint(), hvac_mode=HVACMode.HEAT)
        await self._wait_for_heat()

    async def event_other_mode(self) -> None:
        """Turn heating off for a while."""
        if not self.is_up or self.thermostat.is_out or self.thermostat.device.mode not in HEATING:
            return
        self.wishes.settling = self.wishes.hold = None
        modes = (
            [HVACMode.OFF, HVACMode.COOL, HVACMode.FAN_ONLY]
            if self.kind.shape == "single"
            else [HVACMode.OFF]
        )
        mode = self.chance.choice(modes)
        self.write_line(f"somebody chooses {mode}")
        await self._call_wrapper("set_hvac_mode", None, {"hvac_mode": mode})

    async def event_away_and_back(self) -> None:
        """Turn heating off and on again, with or without a request in between."""
        mode = self.thermostat.device.mode
        await self.event_other_mode()
        await self.wait(self.chance.choice([5, 700]))
        if self.chance.random() < 0.4 and not self.thermostat.is_out:
            await self.request_setpoint(self._choose_setpoint())
            await self.wait(self.chance.choice([5, 700]))
        if mode in HEATING and self.is_up and not self.thermostat.is_out:
            self.write_line(f"somebody chooses {mode}")
            await self._call_wrapper("set_hvac_mode", None, {"hvac_mode": mode})
            await self._wait_for_heat()

    async def _wait_for_heat(self) -> None:
        # While heating is off, the wanted setpoint is unknown.
        if self.thermostat.device.mode not in HEATING:
            self.write_line("the mode was lost")

    async def event_preset(self) -> None:
        """Choose a preset at the guard's climate entity."""
        thermostat = self.thermostat
        if not thermostat.presets or not self.is_up or thermostat.is_out:
            return
        preset = self.chance.choice(list(thermostat.presets))
        value = self.as_displayed(thermostat.presets[preset])
        self.write_line(f"somebody chooses {preset}, which is {value}")
        self.wishes.allow(value)
        self.wishes.settling = self.wishes.hold = None
        self.preset_at = self.clock.passed
        await self._call_wrapper("set_preset_mode", None, {"preset_mode": preset})

    async def event_manual_change(self) -> None:
        """Change the setpoint at the wall."""
        thermostat, wishes = self.thermostat, self.wishes
        if thermostat.is_out or thermostat.device.mode not in HEATING or thermostat.shows_falsely:
            return
        value = self._choose_plain_setpoint()
        own = (
            thermostat.convert_heat(self.kind.to_own_unit(value))
            if self.kind.shape != "becomes"
            else self.kind.to_own_unit(value)
        )
        shown = self.as_displayed(own)
        is_far = (
            self.displayed_heating_setpoint() is not None
            and abs(shown - (self.displayed_heating_setpoint() or 0))
            > self.kind.coarse_step + SAME_WITHIN
        )
        if not is_far or (thermostat.device.is_range and own > (thermostat.device.cool or own)):
            return
        # After a preset was chosen, the displayed setpoint may be the preset's.
        is_chosen = (
            self.clock.passed < self.preset_at + RECENT_SECONDS
            or self.clock.passed < self.mode_at + CHANGES_OVER
        )
        last_command = thermostat.commands[-1].heat if thermostat.commands else None
        is_last_command = last_command is not None and abs(last_command - own) < SAME_WITHIN
        is_plain = not (
            wishes.is_ambiguous(shown, self.kind.coarse_step) or is_chosen or is_last_command
        )
        self.write_line(
            f"somebody sets {shown} at the wall{'' if is_plain else ', which may be an answer too'}"
        )
        self._record_hand(thermostat.turn_dial(heat=own), shown, is_plain=is_plain)

    def _record_hand(self, seconds: float, shown: float, *, is_plain: bool) -> None:
        wishes = self.wishes
        wishes.manual_changes += 1
        is_looked_at = self.is_up and self.clock.passed > self.last_event
        if is_plain and is_looked_at:
            wishes.record_change(
                self.clock.passed + seconds,
                shown,
                takes=SETTLE_SECONDS,
                holds=self.mode is Mode.PROTECT and not seconds,
            )
        else:
            wishes.settling = wishes.hold = None
            wishes.allow(shown)

    async def event_glitch(self) -> None:
        """Show a false setpoint for five seconds."""
        if self.thermostat.is_out or self.thermostat.device.mode not in HEATING:
            return
        value = self.chance.choice([None, 50, 55, 62, 69])
        heat = None if value is None else self.kind.own_setpoint_of(value)
        last_command = self.thermostat.commands[-1].heat if self.thermostat.commands else None
        if (
            heat is not None
            and last_command is not None
            and abs(heat - last_command)
            <= self.kind.to_own_unit(self.kind.coarse_step) - self.kind.to_own_unit(0)
        ):
            # The command worked then, and somebody may have set it back.
            self.wishes.manual_changes += 1
            if self.thermostat.device.heat is not None:
                self.wishes.allow(self.as_displayed(self.thermostat.device.heat))
        self.write_line(f"it shows {value} °F for five seconds")
        self.thermostat.glitch(heat, 5)
        self.wishes.reset_settling(self.clock.passed + 5)
        await self.wait(self.chance.choice([6, 60]))

    async def event_outage(self) -> None:
        """Make the thermostat unavailable for a while."""
        if self.thermostat.is_out:
            return
        seconds = self.chance.choice([5, 40, 700, 2400])
        self.write_line(f"it is out of reach for {seconds} s")
        self.thermostat.start_outage()
        await self.wait(seconds)
        self._end_outage()
        await self.wait(self.chance.choice([1, 20, 200]))

    def _end_outage(self) -> None:
        seconds = self.thermostat.end_outage()
        self.wishes.reset_settling(self.clock.passed + seconds)
        self.write_line("it is there again")

    async def event_restart(self) -> None:
        """Restart Home Assistant once or twice."""
        for _ in range(self.chance.choice([1, 1, 2])):
            self.write_line("Home Assistant stops")
            await self._restart(self.hass.config_entries.async_unload)
            await self.wait(self.chance.choice([1, 6, 60, 200]))

    async def event_crash(self) -> None:
        """Kill Home Assistant."""
        self.write_line("Home Assistant is killed")
        await self._restart(self._kill)
        await self.wait(self.chance.choice([1, 6, 60]))

    async def event_refused_and_killed(self) -> None:
        """Refuse a call, and kill Home Assistant within a second."""
        if not self.is_up or self.thermostat.is_out:
            return
        self.refuses.commands += 1
        await self.request_setpoint(self._choose_setpoint())
        self.refuses.commands = 0
        await self.wait(self.chance.choice([0.1, 0.9]))
        await self.event_crash()

    async def _restart(self, end: Callable[[str], Any]) -> None:
        self.is_up, was_out = False, self.thermostat.is_out
        if self.clock.passed < self.program_at + SETTLE_SECONDS:
            # The withdrawal may not be saved yet: the guard then finds a change made meanwhile.
            self.wishes.manual_changes += 1
        await end(self.guard.entry_id)
        await self.hass.async_block_till_done()
        # A manual hold is saved; its remaining time is unknown outside of the guard.
        self.wishes.hold = None
        if not was_out:
            self.thermostat.start_outage()
        await self.clock.wait(self.chance.choice([5, 30]), lambda: None)
        is_first = self.chance.random() < 0.5
        if is_first and not was_out:
            self._end_outage()
        self.is_up = True
        self.write_line("Home Assistant starts")
        assert await self.hass.config_entries.async_setup(self.guard.entry_id)
        await self.hass.async_block_till_done()
        if not is_first and not was_out:
            await self.wait(self.chance.choice([1, 10]))
            self._end_outage()
        self.wishes.reset_settling(self.clock.passed + 30)
        self.last_event = self.clock.passed + 60

    async def _kill(self, entry_id: str) -> None:
        """End the guard as a crash does: no more commands arrive, and nothing more is saved."""
        kept = {name: deepcopy(value) for name, value in self.storage.items() if entry_id in name}
        issues = set(ir.async_get(self.hass).issues)
        notifications = set(self._notifications())
        if not self.thermostat.is_out:
            # The commands of the guard no longer count.
            self.thermostat.is_out = True
        self.is_killed = True
        await self.hass.config_entries.async_unload(entry_id)
        await self.hass.async_block_till_done()
        self.is_killed = False
        for name in [name for name in self.storage if entry_id in name]:
            del self.storage[name]
        self.storage.update(kept)
        for domain, issue in set(ir.async_get(self.hass).issues) - issues:
            ir.async_delete_issue(self.hass, domain, issue)
        for notification in set(self._notifications()) - notifications:
            persistent_notification.async_dismiss(self.hass, notification)

    async def event_reload(self) -> None:
        """Reload the guard."""
        self.write_line("the guard is loaded again")
        self.wishes.hold = None
        self.wishes.reset_settling(self.clock.passed)
        await self.hass.config_entries.async_reload(self.guard.entry_id)
        await self.hass.async_block_till_done()
        self.last_event = self.clock.passed + 60

    async def event_clock_set_back(self) -> None:
        """Set the clock back."""
        seconds = self.chance.choice([3600, 86400, 40 * 86400])
        self.write_line(f"the clock is set back by {seconds} s")
        self.clock.set_wall_clock(-seconds)
        self.outdoor(self.chance.choice([20, 50]))
        self.wishes.reset_settling(self.clock.passed)
        self.wishes.hold = None
        self.last_event = self.clock.passed + 60

    async def event_weather(self) -> None:
        """Change the outdoor temperature."""
        degrees = self.chance.choice([5, 20, 30, 38, 50, 55])
        self.write_line(f"{degrees} °F outdoors")
        self.outdoor(degrees)

    async def event_room(self) -> None:
        """Change the room temperature."""
        degrees = self.chance.choice([None, 58, 62, 65, 68, 70, 72, 74, 76])
        self.write_line(f"room {degrees} °F")
        self.thermostat.set_room(None if degrees is None else self.kind.own_setpoint_of(degrees))

    async def event_monitor(self) -> None:
        """Choose Monitor, and later Protect again."""
        self.wishes.settling = self.wishes.hold = None
        await self._choose(Mode.MONITOR)
        await self.wait(self.chance.choice([5, 60, 1500]))
        if self.chance.random() < 0.3:
            await self.event_ask()
            await self.wait(self.chance.choice([5, 60]))
        await self._choose(Mode.PROTECT)

    async def _choose(self, mode: Mode) -> None:
        self.write_line(f"somebody chooses {mode.value}")
        self.mode = mode
        await choose_mode(self.hass, self.guard, mode)

    async def event_lost_writes(self) -> None:
        """Lose the next commands."""
        self.loses.commands = self.chance.choice([1, 1, 2, 4])
        self.write_line(f"the next {self.loses.commands} commands are lost")
        self.lost_at = self.clock.passed

    async def event_refused_writes(self) -> None:
        """Refuse the next commands."""
        self.refuses.commands = self.chance.choice([1, 1, 2, 4])
        self.write_line(f"the next {self.refuses.commands} commands are refused")
        self.lost_at = self.clock.passed

    async def event_all_writes_fail(self) -> None:
        """Lose or refuse all commands from now on."""
        if self.chance.random() < 0.3:
            self.write_line("whatever it is told from now on is lost")
            (self.loses if self.chance.random() < 0.5 else self.refuses).commands = 10**6
            self.is_dead = True

    EVENTS = (
        *[event_ask] * 6,
        *[event_ask_with_mode] * 2,
        event_away_and_back,
        *[event_preset] * 3,
        *[event_manual_change] * 4,
        *[event_glitch] * 3,
        *[event_outage] * 2,
        *[event_restart] * 2,
        event_crash,
        event_refused_and_killed,
        event_reload,
        event_clock_set_back,
        *[event_weather] * 4,
        *[event_room] * 2,
        event_monitor,
        *[event_lost_writes] * 2,
        event_refused_writes,
        event_all_writes_fail,
    )
    WAITS = (1, 5, 20, 60, 250, 400, 700, 1000, 2000, 2000, 4000)

    async def run(self) -> None:
        """Run the life from begin to end."""
        self.clock.start()
        self.clock.passed = 0
        await self.set_up()
        for _ in range(self.chance.choice([3, 5, 8, 11])):
            event = self.chance.choice(self.EVENTS)
            await event(self)
            await self.wait(self.chance.choice(self.WAITS))
        await self._end()

    async def _end(self) -> None:
        """End the guard in one of the possible ways, and check the state that the guard leaves."""
        if self.chance.random() < 0.7 and (
            self.is_dead or self.loses.commands > 1 or self.refuses.commands > 1
        ):
            # One command may still be lost.
            self.write_line("the thermostat is well again")
            self.loses.commands = self.refuses.commands = 0
            self.is_dead = False
        how = self.chance.choice(["removal", "monitor", "unload"])
        if how == "monitor":
            self.wishes.hold = None
            await self._choose(Mode.MONITOR)
            await self.wait(6000)
        elif how == "unload":
            self.write_line("the guard is unloaded")
            await self._restart(self.hass.config_entries.async_unload)
            await self.wait(1500)
        self.wishes.settling = None
        self.is_up = False
        self.write_line("the guard is removed")
        await self.hass.config_entries.async_remove(self.guard.entry_id)
        await self.clock.wait(240, lambda: None)
        self._check_end()

    def _check_end(self) -> None:
        heat = self.thermostat.device.heat
        assert heat is not None
        left, explanation = self.as_displayed(heat), self._explain()
        self.write_line(f"it is left with {left}; {explanation or 'nothing is said'}")
        if not self.is_acceptable(left) and not explanation:
            raise self.add_fault(
                "end",
                f"left with {left}, where {self.wishes.allowed} was asked for, and nothing is said",
            )

    async def clean_up(self) -> None:
        """Remove everything before the next life."""
        for unlisten in self.listeners:
            unlisten()
        self.thermostat._cancel()  # noqa: SLF001 -- it may be unavailable
        if self.hass.config_entries.async_get_entry(self.guard.entry_id) is not None:
            await self.hass.config_entries.async_remove(self.guard.entry_id)
        for notification in self._notifications():
            persistent_notification.async_dismiss(self.hass, notification)
        await self.thermostat.async_remove(force_remove=True)
        await self.hass.async_block_till_done()

    def _explain(self) -> list[str]:
        issues = [
            issue
            for domain, issue in ir.async_get(self.hass).issues
            if domain == DOMAIN and self.guard.entry_id in issue
        ]
        return [*issues, *self._notifications()]

    def _notifications(self) -> list[str]:
        notifications = persistent_notification._async_get_or_create_notifications(self.hass)  # noqa: SLF001 -- what the sidebar shows
        return [name for name in notifications if self.guard.entry_id in name]


async def run_life(
    hass: HomeAssistant,
    clock: LifeClock,
    storage: dict[str, Any],
    add: AddEntitiesCallback,
    seed: int,
) -> tuple[str, str] | None:
    """Run one life, and return the kind of its failure and its timeline."""
    life = Life(hass, clock, storage, add, seed)
    try:
        await life.run()
    except LifeError as error:
        return error.kind, "\n".join([f"Seed {seed}, {error.kind}: {error}", *life.timeline])
    finally:
        await life.clean_up()
    return None
