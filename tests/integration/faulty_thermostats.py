"""Faulty thermostats from public bug reports, as real climate entities with their own timers.

A thermostat consists of behaviors: each changes what happens to a command, or what the thermostat
shows of it and when. The behaviors, by integration:

- climate_group: shows the mean of its members while they answer one after the other. Group;
  reported in daenny/climate_group #32, #29.
- climate_group_helper: shows one member's setpoint, its master's. Group(shows="first"); reported
  in bjrnptrsn/climate_group_helper #57.
- ecobee: enforces limits that its attributes do not show. SilentClamp; reported in
  jianyu-li/thermostat-proxy #14.
- Daikin by S21: takes a setpoint back to its lowest within 5 s. ClampSeconds; reported in
  revk/xESP32-Faikout #258.
- Mitsubishi WF-RAC: another range in each mode, known only afterwards. ClampThenSays; reported in
  blues-sechseck/Mitsubishi-WF-RAC-Integration #317.
- Z-Wave: 0 to 50 °C advertised, less is taken. SilentClamp; reported in
  KartoffelToby/better_thermostat #2229.
- Tado: 5 to 25 °C, and a command beyond fails. Narrow; reported in snazzybean/roommind #29.
- Mitsubishi, Fujitsu: no setpoint under 16 °C. Narrow; reported in
  pymitsubishi/homeassistant-mitsubishi #27, danielkaldheim/ha_airstage #19.
- Navien, Fujitsu FGLair: whole or half °C in a home of °F. Coarser; reported in htumanyan/navien
  #13, bigmoby/fglair_for_homeassistant #37.
- AprilAire: shows 72 for 22.5 °C that was 73. Coarser; reported in chamberlain2007/aprilaire-ha
  #27.
- SmartThings, Echonet, Tuya: the mode first, the temperature later or never. ModeFirst; reported
  in mbillow/localthings #128, EnzoD86/tuya-smart-ir-ac #94.
- Z-Wave JS: another value for a second after a write. GlitchAfterWrite; reported in
  home-assistant/core #63849.
- EMS-ESP, AUX AC: spikes in the setpoint for seconds. glitch(); reported in emsesp/EMS-ESP #489,
  GrKoR/esphome_aux_ac_component #83.
- template climate: 21 °C after it was unavailable, until something changes. DefaultAfterOutage;
  reported in jcwillox/hass-template-climate #128.
- Salus, Beca, Ecodan: 32, 10.5 or 28 °C after a reconnect. DefaultAfterOutage; reported in
  floringhimie/salusfy #31, fashberg/WThermostatBeca #76.
- Tado, Daikin by template: no setpoint for a while. NothingAfterWrite; reported in
  home-assistant/core #38319, jcwillox/hass-template-climate #115.
- Tuya and Wiser by Zigbee: a command is lost now and then. Loses; reported in Koenkk/zigbee2mqtt
  #15996, #2521.
- Nest: refuses when told too often. Refuses; reported in home-assistant/core #49095.
- AUX cloud, Gigaset, Pit Boss: the old value until the next poll, or once more after the new one.
  OldFirst; reported in maeek/ha-aux-cloud #82, dknowles2/ha-pitboss #374.
- myUplink, Z-Wave on battery: nothing until the next poll. Polled; reported in
  jaroschek/home-assistant-myuplink #222.
- ecobee in auto: one temperature becomes a range around it. BecomesRange; reported in
  home-assistant/core #3075.
- Mitsubishi, Daikin in auto: one setpoint, and cooling from 2 °C over it. CoolsToo; reported in
  echavet/MitsubishiCN105ESPHome #25, #401.
- Tado, ecobee, Honeywell: a hold ends by itself, and the program goes on. ProgramReturns;
  reported in home-assistant/core #29014, #52062.
- ecobee: each write makes a hold with a preset of its own. HoldsAfterWrite; reported in
  home-assistant/core #44261.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast, override

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

COOLING = frozenset({HVACMode.COOL, HVACMode.DRY})
BOTH = frozenset({HVACMode.HEAT_COOL, HVACMode.AUTO})


@dataclass(frozen=True, slots=True, kw_only=True)
class ThermostatState:
    """The settings of a thermostat, or what it shows, in its own unit."""

    mode: HVACMode = HVACMode.HEAT
    heat: float | None = None
    """The heating setpoint; the lower end of a range."""
    cool: float | None = None
    """The cooling setpoint; the upper end of a range."""
    preset: str | None = None
    is_range: bool = False
    """Whether the thermostat shows both ends in a mode that heats and cools."""
    is_temperature: bool = False
    """Whether a command has a temperature."""
    is_single: bool = False
    """Whether a command has a single temperature."""


@dataclass(frozen=True, slots=True)
class DisplayFrame:
    """What a thermostat shows from an instant on, in s after a command, a change or an outage."""

    after: float
    setting: ThermostatState
    is_glitch: bool = False
    """Whether the shown setting is false: neither one that somebody made nor a step to one."""


type Frames = tuple[DisplayFrame, ...]


class LostCommandError(Exception):
    """A command was lost."""


class Behavior:
    """A behavior of a thermostat; this one has no fault."""

    cools_above: float | None = None
    """How far above a single setpoint the thermostat cools in auto, in its own unit; None: it never
    cools."""

    def attach(self, thermostat: FaultyThermostat) -> None:
        """Prepare a thermostat that was added to Home Assistant."""

    def receive(self, wanted: ThermostatState) -> None:
        """Receive a command. Raises LostError, or the error of an integration."""

    def convert(self, wanted: ThermostatState) -> ThermostatState:
        """Return the settings that a command results in."""
        return wanted

    def frames_after_command(self, frames: Frames, before: ThermostatState) -> Frames:  # noqa: ARG002 -- for those that look at it
        """Return the frames that the thermostat shows after a command."""
        return frames

    def frames_after_manual_change(self, frames: Frames, before: ThermostatState) -> Frames:  # noqa: ARG002 -- for those that look at it
        """Return the frames after a change at the wall, or by the program of the thermostat."""
        return frames

    def frames_after_outage(self, frames: Frames) -> Frames:
        """Return the frames after an outage."""
        return frames


class FaultyThermostat(ClimateEntity):
    """A thermostat with the faults of its behaviors."""

    _attr_should_poll = False
    _attr_hvac_action = HVACAction.IDLE

    def __init__(  # noqa: PLR0913 -- what a thermostat is
        self,
        name: str,
        setting: ThermostatState,
        *behaviors: Behavior,
        unit: str = UnitOfTemperature.FAHRENHEIT,
        step: float = 1,
        limits: tuple[float, float] | None = None,
        presets: Mapping[str, float] | None = None,
    ) -> None:
        """Start with some settings; limits and presets are in its own unit."""
        self._attr_name = name
        self._attr_temperature_unit = unit
        self._attr_precision = 1 if unit == UnitOfTemperature.FAHRENHEIT else 0.1
        self._attr_target_temperature_step = step
        self._attr_min_temp, self._attr_max_temp = limits or (
            (45, 95) if unit == UnitOfTemperature.FAHRENHEIT else (7, 35)
        )
        self._attr_hvac_modes = [
            HVACMode.OFF,
            HVACMode.HEAT,
            HVACMode.COOL,
            HVACMode.FAN_ONLY,
            HVACMode.HEAT_COOL,
            HVACMode.AUTO,
        ]
        self._attr_current_temperature = setting.heat
        self._attr_supported_features = (
            ClimateEntityFeature.TARGET_TEMPERATURE | ClimateEntityFeature.TURN_OFF
        )
        if setting.is_range:
            self._attr_supported_features |= ClimateEntityFeature.TARGET_TEMPERATURE_RANGE
        self.presets = dict(presets or {})
        if self.presets:
            self._attr_supported_features |= ClimateEntityFeature.PRESET_MODE
            self._attr_preset_modes = list(self.presets)
        self.device = setting
        """The true settings."""
        self.shown = setting
        self.shows_falsely = False
        """Whether the thermostat shows a false setting."""
        self.is_out = False
        self.behaviors = behaviors
        self.commands: list[ThermostatState] = []
        """All commands, including lost ones."""
        self.turned_by_itself: list[Callable[[ThermostatState], None]] = []
        """The listeners for changes by the program of the thermostat."""
        self._coming: list[CALLBACK_TYPE] = []

    @property
    def cools_above(self) -> float | None:
        """How far above a single setpoint it cools in auto, in its own unit; None: never."""
        return next(
            (
                behavior.cools_above
                for behavior in self.behaviors
                if behavior.cools_above is not None
            ),
            None,
        )

    @override
    async def async_added_to_hass(self) -> None:
        for behavior in self.behaviors:
            behavior.attach(self)
        # What it is set to is what it can be set to.
        self.device = self._convert(self.device)
        self._show(DisplayFrame(0, self.device), writes=False)
        self.async_on_remove(self._cancel)

    @override
    async def async_set_temperature(self, **kwargs: Any) -> None:
        wanted = replace(self.device, mode=kwargs.get("hvac_mode") or self.device.mode)
        single = kwargs.get("temperature")
        if single is not None and wanted.mode in COOLING:
            wanted = replace(wanted, cool=single)
        elif single is not None:
            wanted = replace(wanted, heat=single, is_single=True, is_temperature=True)
        if kwargs.get("target_temp_low") is not None:
            wanted = replace(
                wanted,
                heat=kwargs["target_temp_low"],
                cool=kwargs["target_temp_high"],
                is_temperature=True,
            )
        self._receive(wanted)

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        self._receive(replace(self.device, mode=hvac_mode))

    @override
    async def async_set_preset_mode(self, preset_mode: str) -> None:
        self._receive(replace(self.device, preset=preset_mode, heat=self.presets[preset_mode]))

    @override
    async def async_turn_off(self) -> None:
        self._receive(replace(self.device, mode=HVACMode.OFF))

    def convert_heat(self, heat: float) -> float:
        """Return the setpoint that a heating setpoint results in, unless that is random."""
        return cast(float, self._convert(replace(self.device, heat=heat, is_single=True)).heat)

    @callback
    def turn_dial(self, **changes: Any) -> float:
        """Change the settings at the wall; return the seconds until that shows."""
        return self._show_manual_change(replace(self.device, **changes))

    @callback
    def run_program(self, **changes: Any) -> None:
        """Change the settings by the program of the thermostat."""
        self._show_manual_change(replace(self.device, **changes))
        for tell in self.turned_by_itself:
            tell(self.device)

    @callback
    def glitch(self, heat: float | None, seconds: float) -> None:
        """Show a false heating setpoint, or none, for some seconds."""
        self._schedule_frames(
            (
                DisplayFrame(0, replace(self.shown, heat=heat), is_glitch=True),
                DisplayFrame(seconds, self.device),
            )
        )

    @callback
    def start_outage(self) -> None:
        """Become unavailable."""
        self._cancel()
        self.is_out = True
        self._attr_available = False
        self.async_write_ha_state()

    @callback
    def end_outage(self) -> float:
        """Become available again; return the seconds until the true settings show."""
        self.is_out = False
        self._attr_available = True
        frames: Frames = (DisplayFrame(0, self.device),)
        for behavior in self.behaviors:
            frames = behavior.frames_after_outage(frames)
        return self._schedule_frames(frames)

    @callback
    def refresh(self) -> None:
        """Show the true settings."""
        if not self.is_out:
            self._schedule_frames((DisplayFrame(0, self.device),))

    @callback
    def set_room(self, room: float | None) -> None:
        """Set the room temperature, in its own unit."""
        self._attr_current_temperature = room
        self._update_action()
        if not self.is_out:
            self.async_write_ha_state()

    @callback
    def set_range(self, low: float, high: float) -> None:
        """Show the range of valid setpoints from now on."""
        self._attr_min_temp, self._attr_max_temp = low, high

    @callback
    def _receive(self, wanted: ThermostatState) -> None:
        self.commands.append(wanted)
        if self.is_out:
            return
        try:
            for behavior in self.behaviors:
                behavior.receive(wanted)
        except LostCommandError:
            return
        made = self._convert(wanted)
        frames: Frames = (DisplayFrame(0, made),)
        for behavior in self.behaviors:
            frames = behavior.frames_after_command(frames, self.shown)
        self.device = made
        self._schedule_frames(frames)

    def _convert(self, wanted: ThermostatState) -> ThermostatState:
        for behavior in self.behaviors:
            wanted = behavior.convert(wanted)
        return replace(wanted, is_single=False, is_temperature=False)

    @callback
    def _show_manual_change(self, now: ThermostatState) -> float:
        self.device = now
        if self.is_out:
            return 0
        frames: Frames = (DisplayFrame(0, now),)
        for behavior in self.behaviors:
            frames = behavior.frames_after_manual_change(frames, self.shown)
        return self._schedule_frames(frames)

    @callback
    def _schedule_frames(self, frames: Frames) -> float:
        """Show one frame after the other; return the seconds until the last one."""
        self._cancel()
        for frame in frames:
            if frame.after <= 0:
                self._show(frame)
            else:
                self._coming.append(
                    async_call_later(self.hass, frame.after, self._frame_callback(frame))
                )
        return max((frame.after for frame in frames), default=0)

    def _frame_callback(self, frame: DisplayFrame) -> Callable[[datetime], None]:
        @callback
        def show(_now: datetime) -> None:
            self._show(frame)

        return show

    @callback
    def _show(self, frame: DisplayFrame, *, writes: bool = True) -> None:
        setting = self.shown = frame.setting
        self.shows_falsely = frame.is_glitch and setting.heat != self.device.heat
        is_both = setting.is_range and setting.mode in BOTH
        single = setting.cool if setting.mode in COOLING else setting.heat
        self._attr_hvac_mode = setting.mode
        self._attr_target_temperature = None if is_both else single
        self._attr_target_temperature_low = setting.heat if is_both else None
        self._attr_target_temperature_high = setting.cool if is_both else None
        self._attr_preset_mode = setting.preset
        self._update_action()
        if writes:
            self.async_write_ha_state()

    def _update_action(self) -> None:
        over = self.cools_above
        room, heat, mode = self._attr_current_temperature, self.device.heat, self.device.mode
        if mode is HVACMode.OFF:
            self._attr_hvac_action = HVACAction.OFF
        elif room is None or heat is None or mode not in {HVACMode.HEAT, *BOTH}:
            self._attr_hvac_action = HVACAction.IDLE
        elif over is not None and mode in BOTH and room >= heat + over:
            self._attr_hvac_action = HVACAction.COOLING
        else:
            self._attr_hvac_action = HVACAction.HEATING if room < heat - 0.5 else HVACAction.IDLE

    @callback
    def _cancel(self) -> None:
        coming, self._coming = self._coming, []
        for cancel in coming:
            cancel()


async def async_prepare(hass: HomeAssistant) -> AddEntitiesCallback:
    """Set up the platform of a maker; return the function that adds its thermostats."""
    adders: list[AddEntitiesCallback] = []

    async def set_up(
        _hass: HomeAssistant,
        _config: ConfigType,
        async_add_entities: AddEntitiesCallback,
        _discovery_info: DiscoveryInfoType | None = None,
    ) -> None:
        adders.append(async_add_entities)

    mock_integration(hass, MockModule("maker"))
    mock_platform(hass, "maker.climate", MockPlatform(async_setup_platform=set_up))
    assert await async_setup_component(
        hass, CLIMATE_DOMAIN, {CLIMATE_DOMAIN: {"platform": "maker"}}
    )
    await hass.async_block_till_done()
    return adders[0]


async def async_add(
    hass: HomeAssistant, add: AddEntitiesCallback, thermostats: Sequence[FaultyThermostat]
) -> None:
    """Add thermostats of a maker."""
    add(list(thermostats))
    await hass.async_block_till_done()
