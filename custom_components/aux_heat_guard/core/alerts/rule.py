"""The parts of an alert rule: triggers, clearing, defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..model import Alert, Severity
from ..settings.alerts import AlertConfig
from ..units import NumberSpec, kelvin_from_fahrenheit
from .context import AlertContext
from .facts import Facts
from .verdict import Thresholds, Verdict

type Condition = Callable[[AlertContext, Thresholds], Verdict]
type ClearCondition = Callable[[AlertContext, Thresholds, datetime], Verdict]
"""A condition that also gets an instant: usually the time when the alert was raised."""
type VariantSelector = Callable[[Facts, Facts], str | None]
"""Picks another text by the facts when the alert was raised and the facts now."""

NO_DELAY = timedelta(0)
ONE_DAY = timedelta(hours=24)

COOLDOWN = timedelta(hours=1)
"""An alert that returns within the cooldown is shown, and notified only if it lasts."""

SUGGESTED_SETBACK = kelvin_from_fahrenheit(2)
"""K: how far utilities allow setpoints to move at once."""

FAULTS = frozenset({Alert.STRIPS_WITHOUT_CALL, Alert.EMERGENCY_LEFT_ON, Alert.NOT_HEATING})
"""Alerts that explain why aux heat runs."""


def no_delay(_thresholds: Thresholds) -> timedelta:
    """Return no delay."""
    return NO_DELAY


def minutes_from(name: str) -> Callable[[Thresholds], timedelta]:
    """Return a function that reads a delay in minutes from a threshold."""
    return lambda thresholds: timedelta(minutes=thresholds[name])


def hours_from(name: str) -> Callable[[Thresholds], timedelta]:
    """Return a function that reads a delay in hours from a threshold."""
    return lambda thresholds: timedelta(hours=thresholds[name])


def no_variant(_initial: Facts, _current: Facts) -> str | None:
    """Return None: the alert has a single text."""
    return None


def variant_from(name: str) -> VariantSelector:
    """Return a selector that reads the variant from a fact."""

    def select(_initial: Facts, current: Facts) -> str | None:
        fact = current.get(name)
        return fact if isinstance(fact, str) else None

    return select


def no_setpoint(_setpoint: float, _facts: Facts) -> float | None:
    """Return None: a lower setpoint does not help."""
    return None


def setback_setpoint(setpoint: float, _facts: Facts) -> float | None:
    """Return a setpoint in °C that is lower by the suggested setback."""
    return setpoint - SUGGESTED_SETBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A condition that raises an alert once it has held for a delay."""

    condition: Condition
    delay: Callable[[Thresholds], timedelta] = no_delay
    final_condition: ClearCondition | None = None
    """A second condition, evaluated after the delay with the instant when the first came to
    hold."""
    max_severity: Severity = Severity.CRITICAL
    """The highest severity of an alert that this trigger raises."""
    can_be_normal: bool = False
    """Whether some homes do this routinely: once acknowledged, it is not reported again."""
    survives_restart: bool = False
    """Whether time without observations counts: for example a mode left on over a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The declaration of an alert."""

    alert: Alert
    triggers: tuple[Trigger, ...]
    severity: Severity = Severity.WARNING
    """The default severity."""
    thresholds: Mapping[str, NumberSpec] = field(default_factory=dict)
    """The numbers the user can set, with their defaults, by the name of their option key."""
    clear_condition: ClearCondition | None = None
    """None clears the alert when no trigger's condition holds any more."""
    instant_clear_conditions: Mapping[str, Condition] = field(default_factory=dict)
    """Conditions by variant that clear the alert at once, whatever `clear_condition` returns."""
    clear_delay: timedelta = NO_DELAY
    cooldown: timedelta = COOLDOWN
    """How long the next notification of this alert waits after the last one."""
    clears_on_acknowledge: bool = False
    suppressed_by: frozenset[Alert] = frozenset()
    """Alerts that explain this one: while one of them is raised, this one is not raised."""
    raises_after_suppression: bool = False
    """Whether the alert is raised if it still holds when the suppressing alert is cleared."""
    depends_on_aux_signal: bool = False
    """Whether the alert is only as certain as the signal that reports aux heat."""
    is_forecast: bool = False
    """Whether the alert announces an event, after which notifications are pointless."""
    waits_while_allowed: bool = False
    """Whether notifications wait while the user allows aux heat."""
    variant: VariantSelector = no_variant
    lower_setpoint: Callable[[float, Facts], float | None] = no_setpoint
    """Returns a setpoint in °C that would spare aux heat, from the setpoint and the facts."""

    def default_config(self) -> AlertConfig:
        """Return the configuration that fits most homes."""
        return AlertConfig(
            severity=self.severity,
            thresholds={name: number.default for name, number in self.thresholds.items()},
        )
