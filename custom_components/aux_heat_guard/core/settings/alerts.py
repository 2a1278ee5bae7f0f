"""The settings of alerts, and the figures that the accounts below the alert rules use as well.

All other figures of an alert are declared by its rule in `core/alerts/rules/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from ..curve import Curve
from ..model import Alert, Severity
from ..units import HUNDREDTH_F, NumberSpec, celsius_from_fahrenheit
from .protection import DEFAULT_CAP

BALANCE_POINT = NumberSpec(
    celsius_from_fahrenheit(25),
    -30,
    15,
    HUNDREDTH_F,
    "°C",
    "25 °F: below it a usual heat pump of the usual size needs help.",
)

MILD_OUTDOOR = NumberSpec(
    celsius_from_fahrenheit(40),
    -10,
    20,
    HUNDREDTH_F,
    "°C",
    "40 °F: ASHRAE 90.1 lets strips run only below it.",
)

COMPRESSOR_LOCKOUT = NumberSpec(
    celsius_from_fahrenheit(0),
    -40,
    15,
    HUNDREDTH_F,
    "°C",
    "0 °F: few compressors are locked out above it; those that are need a setting.",
)

STANDSTILL_LIMIT = timedelta(minutes=10)
"""The time of calls after which an idle compressor stands still.

It is twice the 5 minutes that a compressor must rest between two runs.
"""

PUMP_CLEAR_DELAY = timedelta(hours=1)
"""The time a heat pump must heat again before its alert is cleared."""

SNOOZE_TIME = timedelta(hours=24)

ALLOW_AUX_TIME = timedelta(hours=2)
"""The time for which the button allows aux heat: for a bath, a visit or a recovery."""

QUIET_START, QUIET_END = time(22), time(7)


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """The user's configuration of one alert."""

    enabled: bool = True
    severity: Severity = Severity.WARNING
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """The thresholds by name, in the units of the rule's `thresholds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """The user's settings of all alerts."""

    configs: Mapping[Alert, AlertConfig] = field(default_factory=dict)
    """An alert without a configuration has the defaults of its rule."""
    balance_point: float = BALANCE_POINT.default
    """The outdoor temperature in °C at which the heat pump alone just carries the home."""
    cap: Curve = DEFAULT_CAP
    quiet_hours: tuple[time, time] | None = (QUIET_START, QUIET_END)
    """Local times between which only critical alerts send notifications; None for never."""

    def threshold(self, alert: Alert, name: str, spec: NumberSpec) -> float:
        """Return the user's threshold of an alert, or its default."""
        config = self.configs.get(alert)
        return spec.default if config is None else config.thresholds.get(name, spec.default)


DEFAULT_ALERTS = AlertSettings()
