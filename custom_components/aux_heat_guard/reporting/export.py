"""Reports as plain values: for responses of actions, diagnostics and spreadsheets."""

from collections.abc import Callable, Sequence
import csv
from dataclasses import dataclass
from datetime import datetime, tzinfo
from io import StringIO
from typing import Any

from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import TemperatureConverter

from ..core.account.bins import CELSIUS_EDGES, FAHRENHEIT_EDGES, OutdoorBin
from ..core.account.reports import EXCESS_WINDOWS, Report, Row
from ..core.model import Run

type JsonObject = dict[str, Any]
"""An object that JSON can represent."""


@dataclass(frozen=True, slots=True)
class HomeUnits:
    """The units, currency and time zone of exported values."""

    zone: tzinfo
    currency: str
    temperature_unit: str

    @property
    def edges(self) -> tuple[float, ...]:
        """The edges of the outdoor temperature bins in °C. They are round in the home's unit."""
        is_fahrenheit = self.temperature_unit == UnitOfTemperature.FAHRENHEIT
        return FAHRENHEIT_EDGES if is_fahrenheit else CELSIUS_EDGES

    @property
    def units(self) -> dict[str, str]:
        """The units of the values whose names do not include a unit."""
        return {
            "cost": self.currency,
            "avoidable_cost": self.currency,
            "outdoor_temperature": self.temperature_unit,
            "coverage": "%",
            "heat_pump_coverage": "%",
        }

    def format_time(self, at: datetime | None) -> str | None:
        """Return an instant as the clock at home shows it, with its offset to UTC."""
        return None if at is None else at.astimezone(self.zone).isoformat(timespec="seconds")

    def convert_temperature(self, celsius: float | None) -> float | None:
        """Return a temperature in the home's unit."""
        if celsius is None:
            return None
        return round(
            TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self.temperature_unit),
            1,
        )


def get_home_units(hass: HomeAssistant, zone: tzinfo) -> HomeUnits:
    """Return the units, currency and time zone of a home."""
    return HomeUnits(zone, hass.config.currency, hass.config.units.temperature_unit)


def to_percent(share: float) -> float:
    """Return a share in %, rounded to a tenth."""
    return round(100 * share, 1)


def _round_seconds(value: float) -> float:
    return round(value, 3)


def _round_kwh(value: float) -> float:
    return round(value, 3)


def _round_money(value: float) -> float:
    return round(value, 4)


COLUMNS: dict[str, Callable[[Row, HomeUnits], Any]] = {
    "start": lambda row, home: home.format_time(row.start),
    "end": lambda row, home: home.format_time(row.end),
    "aux_seconds": lambda row, _: _round_seconds(row.totals.aux),
    "heat_pump_seconds": lambda row, _: _round_seconds(row.totals.heat_pump),
    "emergency_seconds": lambda row, _: _round_seconds(row.totals.emergency),
    "furnace_seconds": lambda row, _: _round_seconds(row.totals.furnace),
    "defrost_seconds": lambda row, _: _round_seconds(row.totals.defrost),
    "cycles": lambda row, _: row.totals.cycles,
    "energy_kwh": lambda row, _: _round_kwh(row.amounts.kwh),
    "cost": lambda row, _: _round_money(row.amounts.cost),
    "avoidable_cost": lambda row, _: _round_money(row.amounts.avoidable),
    "outdoor_temperature": lambda row, home: home.convert_temperature(row.amounts.outdoor),
    "coverage": lambda row, _: to_percent(row.coverage),
    "heat_pump_coverage": lambda row, _: to_percent(row.heat_pump_coverage),
    "unmeasured_seconds": lambda row, _: _round_seconds(row.amounts.unmeasured),
    "unpriced_kwh": lambda row, _: _round_kwh(row.amounts.unpriced),
}


def export_report(report: Report, home: HomeUnits) -> JsonObject:
    """Return a whole report as JSON."""
    return {
        "units": home.units,
        "total": export_row(report.total, home),
        "rows": [export_row(row, home) for row in report.rows],
        "runs": [export_run(run, home) for run in report.runs],
        **export_bins(report, home),
    }


def export_row(row: Row, home: HomeUnits) -> JsonObject:
    """Return a row of a report as JSON."""
    return {key: read(row, home) for key, read in COLUMNS.items()}


def export_run(run: Run, home: HomeUnits) -> JsonObject:
    """Return a run as JSON. A run that is not over has no end."""
    return {
        "start": home.format_time(run.start),
        "end": home.format_time(run.end),
        "seconds": _round_seconds(run.seconds),
        "outdoor_temperature": home.convert_temperature(run.outdoor),
        "energy_kwh": _round_kwh(run.kwh),
        "cost": _round_money(run.cost),
        "reason": run.cause.value,
    }


def export_bins(report: Report, home: HomeUnits) -> JsonObject:
    """Return the outdoor temperature bins and the excess resistance heat of a report as JSON."""
    scores = zip(EXCESS_WINDOWS, report.excess_resistance, strict=True)
    return {
        "by_outdoor_temperature": [_export_bin(bin_, home) for bin_ in report.by_outdoor],
        "near_freezing": _export_bin(report.near_freezing, home),
        "excess_resistance": {f"{window}_h": _round_share(score) for window, score in scores},
    }


def export_csv(rows: Sequence[Row], home: HomeUnits) -> str:
    """Return rows as CSV. The headings in the first line name the units."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"{key} [{home.units[key]}]" if key in home.units else key for key in COLUMNS])
    writer.writerows([read(row, home) for read in COLUMNS.values()] for row in rows)
    return text.getvalue()


def _export_bin(bin_: OutdoorBin, home: HomeUnits) -> JsonObject:
    return {
        "above": home.convert_temperature(bin_.low),
        "up_to": home.convert_temperature(bin_.high),
        "heat_pump_seconds": _round_seconds(bin_.heat_pump),
        "aux_seconds": _round_seconds(bin_.aux),
        "emergency_seconds": _round_seconds(bin_.emergency),
        "resistance_heat_utilisation": _round_share(bin_.rhu),
        "aux_over_heat_pump": bin_.is_aux_above_heat_pump,
    }


def _round_share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
