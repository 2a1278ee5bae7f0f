"""Alerts in words: the user's language, units and currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import TemperatureConverter, TemperatureDeltaConverter

from ..const import DOMAIN
from ..core.alerts.conditions.common_facts import CERTAINTY, ESTIMATED
from ..core.alerts.events import AlertEvent, EventType
from ..core.alerts.facts import Fact, Facts, Quantity, Unit, number_of
from ..core.model import Alert, Limit
from ..core.protection.decision import Decision
from .export import get_home_units

CATEGORIES = ("issues", "entity", "selector")
DECIMAL_COMMA = frozenset(
    {
        "de",
        "es",
        "fr",
        "it",
        "nl",
        "pt",
        "da",
        "nb",
        "nn",
        "sv",
        "fi",
        "pl",
        "cs",
        "sk",
        "hu",
        "ro",
        "ru",
        "uk",
        "tr",
    }
)
NO_VALUE = "\N{EN DASH}"
SUMMARY = "summary"
TENTHS = 1
SECONDS_PER_HOUR, SECONDS_PER_MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Notification:
    """An alert in words."""

    title: str
    message: str


async def async_load_messages(hass: HomeAssistant) -> None:
    """Load the texts in the home's language."""
    for category in CATEGORIES:
        await async_get_translations(hass, hass.config.language, category, {DOMAIN})


SHOWN_KWH = 0.05
"""The least energy that is shown, in kWh. Less rounds to 0.0 with one decimal."""


class Messages:
    """Writer of notifications and other texts about a guard."""

    def __init__(self, hass: HomeAssistant, zone: tzinfo) -> None:
        self._hass = hass
        self._zone = zone
        self._language = hass.config.language
        self._unit = hass.config.units.temperature_unit
        self._words: dict[str, str] = {}
        for category in CATEGORIES:
            self._words |= async_get_cached_translations(hass, self._language, category, DOMAIN)

    def alert_notification(self, alert_event: AlertEvent) -> Notification:
        """Return the notification for an alert event."""
        alert = alert_event.alert
        name = SUMMARY if alert is None else alert.value
        if alert is not None and alert_event.event_type is EventType.CLEARED:
            return self._cleared_notification(alert)
        keys = (
            [f"alert_{name}_{alert_event.variant}", f"alert_{name}"]
            if alert_event.variant
            else [f"alert_{name}"]
        )
        key = next((key for key in keys if self._word(f"issues.{key}.title") is not None), keys[-1])
        values = _Placeholders(self._placeholders(alert_event.facts))
        told = Notification(
            (self._word(f"issues.{key}.title") or name).format_map(values),
            (self._word(f"issues.{key}.description") or "").format_map(values).strip(),
        )
        return (
            self._with_estimate_note(told)
            if alert_event.facts.get(CERTAINTY) == ESTIMATED
            else told
        )

    def _with_estimate_note(self, notification: Notification) -> Notification:
        """Add to a notification that its alert is based on an estimate."""
        probably, reason = (
            self._word(f"issues.alert_estimated.{part}") or "" for part in ("title", "description")
        )
        return Notification(
            f"{probably} {notification.title}".strip(), f"{notification.message} {reason}".strip()
        )

    def _cleared_notification(self, alert: Alert) -> Notification:
        words = {"alert": self.alert_name(alert)}
        return Notification(
            *(
                (self._word(f"issues.alert_cleared.{part}") or alert.value).format_map(words)
                for part in ("title", "description")
            )
        )

    def unrestored_notification(
        self, key: str, name: str, thermostat: str, applied: float, requested: float
    ) -> Notification:
        """Return the text for a thermostat whose setpoint, °C, differs from the request."""
        values = {
            "name": name,
            "thermostat": thermostat,
            "applied": self.format_setpoint(applied),
            "requested": self.format_setpoint(requested),
        }
        return Notification(
            *(
                (self._word(f"issues.{key}.{part}") or thermostat).format_map(values)
                for part in ("title", "description")
            )
        )

    def format_setpoint(self, celsius: float) -> str:
        """Return a setpoint in the home's unit.

        It has one decimal, because some thermostats accept half degrees.
        """
        return self.format_temperature(celsius, TENTHS)

    def limit_reason(self, decision: Decision) -> str:
        """Return the reason for the setpoint, or for the proposed setpoint."""
        wanted = decision.requested
        is_ramp = decision.active_limit is Limit.RAMP_LIMIT
        others = (
            [value for limit, value in decision.limits.items() if limit is not Limit.RAMP_LIMIT]
            if is_ramp
            else []
        )
        values = {
            "requested": NO_VALUE if wanted is None else self.format_temperature(wanted, TENTHS),
            # The setpoint ramp ends at the lowest of the other limits.
            "target": self.format_temperature(min([decision.target, *others]), TENTHS),
            "applied": self.format_temperature(decision.applied, TENTHS),
            "until": NO_VALUE if decision.hold is None else self._format_time(decision.hold[1]),
        }
        reason = (
            self._word(f"selector.limit_reason.options.{decision.reason.value}") or ""
        ).format_map(_Placeholders(values))
        if not decision.is_proposed:
            return reason
        return (self._word("selector.limit_reason.options.proposed") or "{reason}").format_map(
            _Placeholders({"reason": reason})
        )

    def _format_time(self, at: datetime) -> str:
        """Return an instant as text: the time, and also the date if it is not today."""
        there, today = at.astimezone(self._zone), dt_util.now(self._zone).date()
        return there.strftime("%H:%M" if there.date() == today else "%Y-%m-%d %H:%M")

    def button_title(self, verb: str, **values: str) -> str:
        """Return the title of a notification button."""
        return (self._word(f"selector.reply.options.{verb}") or verb).format_map(
            _Placeholders(values)
        )

    def alert_name(self, alert: Alert) -> str:
        """Return the name of an alert."""
        return self._word(f"selector.alert.options.{alert.value}") or alert.value

    def format_temperature(self, celsius: float, digits: int | None = None) -> str:
        """Return a temperature in the home's unit; by default in whole °F or tenths of °C."""
        shown = TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self._unit)
        if digits is None:
            digits = 0 if self._unit == UnitOfTemperature.FAHRENHEIT else TENTHS
        return f"{self.format_number(shown, digits)} {self._unit}"

    def format_number(self, value: float, digits: int = 1) -> str:
        """Return a number in the format of the language, without trailing zeros."""
        text = f"{round(value, digits) + 0.0:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",") if self._language.split("-")[0] in DECIMAL_COMMA else text

    def _placeholders(self, facts: Facts) -> dict[str, str]:
        """Return the facts as texts, by the name of their placeholder."""
        values = {name: self._format_fact(fact) for name, fact in facts.items()}
        return {**values, "energy": self._format_energy(facts)}

    def _format_fact(self, fact: Fact) -> str:
        if isinstance(fact, datetime):
            return fact.astimezone(self._zone).strftime("%H:%M")
        if isinstance(fact, str):
            return self._word(f"entity.sensor.last_aux_cause.state.{fact}") or fact
        return self._format_quantity(fact)

    def _format_quantity(self, quantity: Quantity) -> str:
        match quantity.unit:
            case Unit.SECONDS:
                return format_duration(quantity.value)
            case Unit.TEMPERATURE:
                return self.format_temperature(quantity.value)
            case Unit.SETPOINT:
                return self.format_setpoint(quantity.value)
            case Unit.DIFFERENCE:
                return self._format_difference(quantity.value)
            case Unit.PERCENT:
                return f"{self.format_number(quantity.value, 0)} %"
            case _:
                return self.format_number(quantity.value)

    def _format_difference(self, kelvin: float) -> str:
        shown = TemperatureDeltaConverter.convert(kelvin, UnitOfTemperature.CELSIUS, self._unit)
        return f"{self.format_number(shown)} {self._unit}"

    def _format_energy(self, facts: Facts) -> str:
        """Return energy and cost in parentheses, or nothing if there are none to show."""
        kwh, cost = number_of(facts.get("kwh")), number_of(facts.get("money"))
        parts = list[str]()
        if kwh is not None and kwh >= SHOWN_KWH:
            parts.append(f"{self.format_number(kwh)} kWh")
        if cost is not None and cost > 0:
            currency = get_home_units(self._hass, self._zone).currency
            parts.append(f"{self.format_number(cost, 2)} {currency}")
        return f" ({', '.join(parts)})" if parts else ""

    def _word(self, key: str) -> str | None:
        return self._words.get(f"component.{DOMAIN}.{key}")


class _Placeholders(dict[str, str]):
    """Placeholders in which an unknown one is a dash.

    A wrong translation must not suppress an alert.
    """

    def __missing__(self, key: str) -> str:
        return NO_VALUE


def format_duration(seconds: float) -> str:
    """Return a duration to the minute. All languages understand h and min."""
    minutes = round(seconds / SECONDS_PER_MINUTE)
    hours, minutes = divmod(minutes, SECONDS_PER_HOUR // SECONDS_PER_MINUTE)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def export_figures(facts: Facts, unit: str) -> Mapping[str, Any]:
    """Return facts as plain values for event data, with temperatures in the home's unit."""
    return dict(_export_fact(name, fact, unit) for name, fact in facts.items())


def _export_fact(name: str, fact: Fact, unit: str) -> tuple[str, Any]:
    if isinstance(fact, datetime):
        return name, fact.isoformat()
    return (name, fact) if isinstance(fact, str) else _export_quantity(name, fact, unit)


def _export_quantity(name: str, quantity: Quantity, unit: str) -> tuple[str, Any]:
    value, celsius = quantity.value, UnitOfTemperature.CELSIUS
    match quantity.unit:
        case Unit.TEMPERATURE | Unit.SETPOINT:
            shown = TemperatureConverter.convert(value, celsius, unit)
            return f"{name}_temperature", round(shown, 1)
        case Unit.DIFFERENCE:
            shown = TemperatureDeltaConverter.convert(value, celsius, unit)
            return f"{name}_degrees", round(shown, 1)
        case Unit.SECONDS:
            return f"{name}_seconds", round(value)
        case Unit.PERCENT:
            return f"{name}_pct", round(value, 3)
        case _:
            return name, round(value, 3)
