"""The clock of the lab: advances the model and updates the entities."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from lab.heat_pump import LOW_REFRIGERANT, Defrost, Equipment, Faults, HeatPump
from lab.home import Home, HomeState, Inputs, divide_time, resting_home, step
from lab.thermostat import Mode, Order, Thermostat
from lab.units import S_PER_MIN, celsius
from lab.weather import WinterDay, outdoor_c, sun_w_per_m2

from .const import CONF_SPEED, CONF_STAGING, DOMAIN, Staging

_LOGGER = logging.getLogger(__name__)

_TICK = timedelta(seconds=1)
_LONGEST_TICK_S = 10.0
"""A machine that slept does not make up for it: 10 s at the highest speed are 100 steps, about 3
ms."""
_START_C = celsius(68.0)

AUX_BELOW_C = celsius(70.0)
"""The default of ecobee, which is practically no lockout."""

_THERMOSTATS = {
    Staging.DROOP: Thermostat(),
    # Daikin offers 10-180 min, Honeywell starts at 30 min.
    Staging.TIMER: Thermostat(droop_k=None, stage_after_s=30.0 * S_PER_MIN),
}

type LabConfigEntry = ConfigEntry[LabCoordinator]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSettings:
    """The settings that the user of the lab made."""

    speed: float
    """Model seconds for each second."""
    heat: bool = True
    emergency: bool = False
    setpoint_c: float = _START_C
    day: WinterDay = field(default_factory=WinterDay)
    aux_below_c: float = AUX_BELOW_C
    """The outdoor temperature from which the thermostat keeps the strips off."""
    compressor_dead: bool = False
    pump_dead: bool = False
    low_refrigerant: bool = False
    strips_stuck: bool = False

    @property
    def order(self) -> Order:
        """The settings of the thermostat."""
        mode = Mode.EMERGENCY_HEAT if self.emergency else Mode.HEAT
        return Order(mode if self.heat else Mode.OFF, self.setpoint_c)

    @property
    def faults(self) -> Faults:
        """The present faults."""
        share = LOW_REFRIGERANT.capacity_share if self.low_refrigerant else 1.0
        return Faults(
            pump_dead=self.pump_dead,
            compressor_dead=self.compressor_dead,
            capacity_share=share,
            strips_stuck=self.strips_stuck,
        )


class LabCoordinator(DataUpdateCoordinator[HomeState]):
    """The coordinator of the model home of one config entry.

    At each setup the home starts again, at rest at 68 °F. The thermostat keeps its setpoint.
    """

    config_entry: LabConfigEntry

    def __init__(self, hass: HomeAssistant, entry: LabConfigEntry) -> None:
        """Create the model home, at the time of day of the home."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=DOMAIN)
        self._home = Home(
            equipment=Equipment(pump=HeatPump(defrost=Defrost())),
            thermostat=_THERMOSTATS[Staging(entry.data[CONF_STAGING])],
        )
        now = dt_util.now()
        self._ticked = now
        self._model_s = (now - dt_util.start_of_local_day(now)).total_seconds()
        self.settings = LabSettings(speed=entry.data[CONF_SPEED])
        self.data = resting_home(_START_C)

    @property
    def outdoor_c(self) -> float:
        """The current outdoor temperature in °C."""
        return outdoor_c(self.settings.day, self._model_s)

    @callback
    def async_start(self) -> Callable[[], None]:
        """Start the time of the model. Return the function that stops it."""
        self._ticked = dt_util.utcnow()
        return async_track_time_interval(
            self.hass, self._async_tick, _TICK, name=DOMAIN, cancel_on_shutdown=True
        )

    @callback
    def async_change(self, settings: LabSettings) -> None:
        """Apply new settings. The equipment follows at the next tick."""
        self.settings = settings
        self.async_update_listeners()

    @callback
    def _async_tick(self, now: datetime) -> None:
        elapsed_s = min(_LONGEST_TICK_S, (now - self._ticked).total_seconds())
        self._ticked = now
        self._advance(max(0.0, elapsed_s) * self.settings.speed)
        self.async_update_listeners()

    def _advance(self, seconds: float) -> None:
        count, length_s = divide_time(seconds)
        order, faults = self.settings.order, self.settings.faults
        home = replace(
            self._home,
            thermostat=replace(self._home.thermostat, aux_lockout_c=self.settings.aux_below_c),
        )
        for _ in range(count):
            inputs = Inputs(
                order=order,
                outdoor_c=self.outdoor_c,
                sun_w_per_m2=sun_w_per_m2(self.settings.day, self._model_s),
                faults=faults,
            )
            self.data = step(home, self.data, inputs, length_s)
            self._model_s += length_s
