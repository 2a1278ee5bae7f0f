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
from ..core.alerts.conditions.facts import CERTAINTY, ESTIMATED
from ..core.alerts.lifecycle import Happening, Notice
from ..core.alerts.verdict import Fact, Facts
from ..core.model import Alert, Limit
from ..core.protection.decision import Decision
from .export import home_of

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
NOTHING = "\N{EN DASH}"
SUMMARY = "summary"
SETPOINTS = frozenset({"applied", "setpoint"})
"""Of what is told: they are written as the thermostat was told them, some by the half degree."""
TENTHS = 1
HOUR, MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Told:
    """An alert in words."""

    title: str
    message: str


async def async_load_texts(hass: HomeAssistant) -> None:
    """Have the texts of the home's language at hand."""
    for category in CATEGORIES:
        await async_get_translations(hass, hass.config.language, category, {DOMAIN})


class Texts:
    """Puts alerts into words."""

    def __init__(self, hass: HomeAssistant, zone: tzinfo) -> None:
        self._hass = hass
        self._zone = zone
        self._language = hass.config.language
        self._unit = hass.config.units.temperature_unit
        self._words: dict[str, str] = {}
        for category in CATEGORIES:
            self._words |= async_get_cached_translations(hass, self._language, category, DOMAIN)

    def told(self, happening: Happening) -> Told:
        """Put what happened into words."""
        alert = happening.alert
        name = SUMMARY if alert is None else alert.value
        if alert is not None and happening.notice is Notice.CLEARED:
            return self._over(alert)
        keys = (
            [f"alert_{name}_{happening.variant}", f"alert_{name}"]
            if happening.variant
            else [f"alert_{name}"]
        )
        key = next((key for key in keys if self._word(f"issues.{key}.title") is not None), keys[-1])
        values = _Placeholders(self._values(happening.facts))
        told = Told(
            (self._word(f"issues.{key}.title") or name).format_map(values),
            (self._word(f"issues.{key}.description") or "").format_map(values).strip(),
        )
        return self._probably(told) if happening.facts.get(CERTAINTY) == ESTIMATED else told

    def _probably(self, told: Told) -> Told:
        """Say that an alert rests on an estimate."""
        probably, reason = (
            self._word(f"issues.alert_estimated.{part}") or "" for part in ("title", "description")
        )
        return Told(f"{probably} {told.title}".strip(), f"{told.message} {reason}".strip())

    def _over(self, alert: Alert) -> Told:
        words = {"alert": self.name(alert)}
        return Told(
            *(
                (self._word(f"issues.alert_cleared.{part}") or alert.value).format_map(words)
                for part in ("title", "description")
            )
        )

    def left(self, key: str, name: str, thermostat: str, applied: float, requested: float) -> Told:
        """Return the text for a thermostat that was left with another setpoint, °C, than somebody asked for."""
        values = {
            "name": name,
            "thermostat": thermostat,
            "applied": self.setpoint(applied),
            "requested": self.setpoint(requested),
        }
        return Told(
            *(
                (self._word(f"issues.{key}.{part}") or thermostat).format_map(values)
                for part in ("title", "description")
            )
        )

    def setpoint(self, celsius: float) -> str:
        """Return a setpoint in the home's unit, to the tenth: some thermostats have halves of a degree."""
        return self.temperature(celsius, TENTHS)

    def reason(self, decision: Decision) -> str:
        """Say why the setpoint is what it is, or would be."""
        wanted = decision.requested
        is_ramp = decision.holder is Limit.LEASH
        others = (
            [value for limit, value in decision.limits.items() if limit is not Limit.LEASH]
            if is_ramp
            else []
        )
        values = {
            "requested": NOTHING if wanted is None else self.temperature(wanted, TENTHS),
            # The small steps end where another limit holds.
            "target": self.temperature(min([decision.target, *others]), TENTHS),
            "applied": self.temperature(decision.applied, TENTHS),
            "until": NOTHING if decision.held is None else self._instant(decision.held[1]),
        }
        reason = (
            self._word(f"selector.limit_reason.options.{decision.holding.value}") or ""
        ).format_map(_Placeholders(values))
        if not decision.is_proposed:
            return reason
        return (self._word("selector.limit_reason.options.proposed") or "{reason}").format_map(
            _Placeholders({"reason": reason})
        )

    def _instant(self, at: datetime) -> str:
        """Write when something is: the time, and the day where that is not today."""
        there, today = at.astimezone(self._zone), dt_util.now(self._zone).date()
        return there.strftime("%H:%M" if there.date() == today else "%Y-%m-%d %H:%M")

    def button(self, verb: str, **values: str) -> str:
        """Name a button of a notification."""
        return (self._word(f"selector.reply.options.{verb}") or verb).format_map(
            _Placeholders(values)
        )

    def name(self, alert: Alert) -> str:
        """Name an alert."""
        return self._word(f"selector.alert.options.{alert.value}") or alert.value

    def temperature(self, celsius: float, digits: int | None = None) -> str:
        """Write a temperature in the home's unit; whole °F and tenths of °C, if nothing is said."""
        shown = TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self._unit)
        if digits is None:
            digits = 0 if self._unit == UnitOfTemperature.FAHRENHEIT else TENTHS
        return f"{self.number(shown, digits)} {self._unit}"

    def number(self, value: float, digits: int = 1) -> str:
        """Write a number as the language does; no digits that say nothing."""
        text = f"{round(value, digits) + 0.0:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", ",") if self._language.split("-")[0] in DECIMAL_COMMA else text

    def _values(self, facts: Facts) -> dict[str, str]:
        values = dict(self._value(name, fact) for name, fact in facts.items())
        return {**values, "energy": self._energy(facts)}

    def _value(self, name: str, fact: Fact) -> tuple[str, str]:
        if isinstance(fact, datetime):
            return name.removesuffix("_at"), fact.astimezone(self._zone).strftime("%H:%M")
        if isinstance(fact, str):
            return name, (self._word(f"entity.sensor.last_aux_cause.state.{fact}") or fact)
        return self._figure(name, fact)

    def _figure(self, name: str, fact: float) -> tuple[str, str]:
        stem, _, unit = name.rpartition("_")
        match unit:
            case "s" if stem:
                return stem, duration(fact)
            case "c" if stem:
                return stem, self.temperature(fact, TENTHS if stem in SETPOINTS else None)
            case "k" if stem:
                return stem, self._difference(fact)
            case "pct" if stem:
                return stem, f"{self.number(fact, 0)} %"
            case _:
                return name, self.number(fact)

    def _difference(self, kelvin: float) -> str:
        shown = TemperatureDeltaConverter.convert(kelvin, UnitOfTemperature.CELSIUS, self._unit)
        return f"{self.number(shown)} {self._unit}"

    def _energy(self, facts: Facts) -> str:
        """Write energy and money in brackets, where there is any."""
        kwh, money = facts.get("kwh"), facts.get("money")
        parts = [f"{self.number(kwh)} kWh"] if isinstance(kwh, float | int) and kwh >= 0.05 else []  # noqa: PLR2004 -- less is shown as nothing
        if isinstance(money, float | int) and money > 0:
            parts.append(f"{self.number(money, 2)} {home_of(self._hass, self._zone).currency}")
        return f" ({', '.join(parts)})" if parts else ""

    def _word(self, key: str) -> str | None:
        return self._words.get(f"component.{DOMAIN}.{key}")


class _Placeholders(dict[str, str]):
    """What a text asks for and nobody knows is a dash: a wrong translation must not swallow an alert."""

    def __missing__(self, key: str) -> str:
        return NOTHING


def duration(seconds: float) -> str:
    """Write a time to the minute; h and min are understood everywhere."""
    minutes = round(seconds / MINUTE)
    hours, minutes = divmod(minutes, HOUR // MINUTE)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def figures(facts: Facts, unit: str) -> Mapping[str, Any]:
    """Hand out facts as plain values, temperatures in the home's unit."""
    plain: dict[str, Any] = {}
    for name, fact in facts.items():
        stem, _, kind = name.rpartition("_")
        if isinstance(fact, datetime):
            plain[stem or name] = fact.isoformat()
        elif isinstance(fact, float | int) and kind == "c" and stem:
            plain[f"{stem}_temperature"] = round(
                TemperatureConverter.convert(fact, UnitOfTemperature.CELSIUS, unit), 1
            )
        elif isinstance(fact, float | int) and kind == "k" and stem:
            plain[f"{stem}_degrees"] = round(
                TemperatureDeltaConverter.convert(fact, UnitOfTemperature.CELSIUS, unit), 1
            )
        elif isinstance(fact, float | int) and kind == "s" and stem:
            plain[f"{stem}_seconds"] = round(fact)
        else:
            plain[name] = round(fact, 3) if isinstance(fact, float) else fact
    return plain
