"""The benchmark house and its variants: other homes, people, forecasts or guard settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.units import kelvin_from_fahrenheit
from lab.guard import SETTINGS, GuardPolicy
from lab.heat_pump import Defrost, Equipment, HeatPump, RatedPoint
from lab.home import Home
from lab.house import House
from lab.policies import Schedule
from lab.thermostat import Thermostat
from lab.trial import SEED, Trial
from lab.units import K_PER_F, S_PER_MIN, W_PER_BTU_H, celsius
from lab.winter import Winter

BASE: Final = "droop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The differences from the benchmark house."""

    home: Home = field(default_factory=Home)
    schedule: Schedule = field(default_factory=Schedule)
    is_thermostat_scheduled: bool = False
    """Whether the thermostat's own clock does, and the guard is not told of it."""
    noise_k: float = 0.0
    """Of the thermostat's sensor, K, as the standard deviation of readings by the minute."""
    forecast_error_k: float = 0.0
    """Standard deviation of the error that the forecasts of a day have, K."""
    settings: Settings = SETTINGS
    """Of the guard."""

    @property
    def without_guard_settings(self) -> Variant:
        """The same variant for a policy that has no settings and reads no forecast."""
        return replace(self, settings=SETTINGS, forecast_error_k=0.0)

    def trial(self, winter: Winter) -> Trial:
        """Return a trial of the variant in a winter."""
        return Trial(
            winter=winter.with_forecast_errors(self.forecast_error_k, SEED)
            if self.forecast_error_k
            else winter,
            home=self.home,
            schedule=self.schedule,
            thermostat_schedule=self.schedule if self.is_thermostat_scheduled else None,
            noise_k=self.noise_k,
        )

    def guard(self, winter: Winter, polled_every: int = 1) -> GuardPolicy:
        """Return the guard as a policy, which observes the home every so many minutes."""
        return GuardPolicy(
            None if self.is_thermostat_scheduled else self.schedule,
            winter.begin,
            self.settings,
            polled_every,
        )


def _home_with_pump(pump: HeatPump) -> Home:
    return Home(equipment=Equipment(pump=pump))


def _scale_capacity(pump: HeatPump, share: float) -> HeatPump:
    warm, cold = (
        replace(point, capacity_w=point.capacity_w * share) for point in (pump.warm, pump.cold)
    )
    return replace(pump, warm=warm, cold=cold)


def _home_with_mass(share: float) -> Home:
    return Home(house=House(mass_j_per_k=House().mass_j_per_k * share))


def _settings_for_pump(rate_share: float, balance_shift_f: float) -> Settings:
    """Return settings for a heat pump that differs from the real one."""
    protection, alerts = SETTINGS.protection, SETTINGS.alerts
    return replace(
        SETTINGS,
        protection=replace(protection, heat_up_rate=protection.heat_up_rate * rate_share),
        alerts=replace(
            alerts, balance_point=alerts.balance_point + kelvin_from_fahrenheit(balance_shift_f)
        ),
    )


def _stage_variant(differential_f: float, droop_f: float) -> Variant:
    """Return a variant with other staging, which the settings know."""
    differential, droop = differential_f * K_PER_F, droop_f * K_PER_F
    settings = replace(
        SETTINGS, protection=replace(SETTINGS.protection, differential=differential, droop=droop)
    )
    return Variant(
        home=Home(thermostat=Thermostat(differential_k=differential, droop_k=droop)),
        settings=settings,
    )


COLD_CLIMATE_PUMP: Final = HeatPump(
    warm=RatedPoint(celsius(47.0), 36e3 * W_PER_BTU_H, 3.9),
    cold=RatedPoint(celsius(5.0), 0.7 * 36e3 * W_PER_BTU_H, 2.1),
)
"""0.70 of its capacity at 5 °F is the least that may be called so. Its COP there is over the least
of 1.75, and over the 1.82 that the benchmark's pump has by its line."""

CAPACITY_ERROR: Final = 0.25
BALANCE_SHIFT_F: Final = 6.25
"""A quarter of the 25 °F that are the setting; a pump of 25 % more or less moves the balance point
of the benchmark house by 5 to 7 °F."""

VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(
    {
        BASE: Variant(),
        "timer": Variant(
            home=Home(thermostat=Thermostat(droop_k=None, stage_after_s=30.0 * S_PER_MIN))
        ),
        "undersized": Variant(home=_home_with_pump(_scale_capacity(HeatPump(), 2.0 / 3.0))),
        "cold_climate": Variant(home=_home_with_pump(COLD_CLIMATE_PUMP)),
        "defrost": Variant(home=_home_with_pump(HeatPump(defrost=Defrost()))),
        "capacity_high": Variant(
            settings=_settings_for_pump(1.0 + CAPACITY_ERROR, -BALANCE_SHIFT_F)
        ),
        "capacity_low": Variant(settings=_settings_for_pump(1.0 - CAPACITY_ERROR, BALANCE_SHIFT_F)),
        "light": Variant(home=_home_with_mass(0.5)),
        "heavy": Variant(home=_home_with_mass(2.0)),
        "no_setback": Variant(schedule=Schedule(setback_c=Schedule().comfort_c)),
        "own_schedule": Variant(is_thermostat_scheduled=True),
        "wide_differential": _stage_variant(2.0, 3.0),
        "small_droop": _stage_variant(0.5, 1.0),
        "noise": Variant(noise_k=0.3 * K_PER_F),
        "forecast_error": Variant(forecast_error_k=3.0 * K_PER_F),
    }
)
