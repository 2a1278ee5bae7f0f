"""A report in plain values: for answers of actions, diagnostics and spreadsheets."""

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
"""What JSON can hold."""


@dataclass(frozen=True, slots=True)
class HomeUnits:
    """What the values are told in."""

    zone: tzinfo
    currency: str
    temperature_unit: str

    @property
    def edges(self) -> tuple[float, ...]:
        """The edges, in °C, of the bins by outdoor temperature that are round in the home's unit."""
        return (
            FAHRENHEIT_EDGES
            if self.temperature_unit == UnitOfTemperature.FAHRENHEIT
            else CELSIUS_EDGES
        )

    @property
    def units(self) -> dict[str, str]:
        """The units of those values whose names do not tell them."""
        return {
            "cost": self.currency,
            "avoidable_cost": self.currency,
            "outdoor_temperature": self.temperature_unit,
            "coverage": "%",
            "heat_pump_coverage": "%",
        }

    def format_time(self, at: datetime | None) -> str | None:
        """Tell an instant as the clock at home shows it, with its distance to UTC."""
        return None if at is None else at.astimezone(self.zone).isoformat(timespec="seconds")

    def convert_temperature(self, celsius: float | None) -> float | None:
        """Tell a temperature in the home's unit."""
        if celsius is None:
            return None
        return round(
            TemperatureConverter.convert(celsius, UnitOfTemperature.CELSIUS, self.temperature_unit),
            1,
        )


def get_home_units(hass: HomeAssistant, zone: tzinfo) -> HomeUnits:
    """Find what values are told in."""
    return HomeUnits(zone, hass.config.currency, hass.config.units.temperature_unit)


def to_percent(share: float) -> float:
    """Tell a share in %, to a tenth."""
    return round(100 * share, 1)


def _round_seconds(exact: float) -> float:
    return round(exact, 3)


def _round_kwh(exact: float) -> float:
    return round(exact, 3)


def _round_money(exact: float) -> float:
    return round(exact, 4)


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
    """Tell a whole report in values that JSON can hold."""
    return {
        "units": home.units,
        "total": export_row(report.total, home),
        "rows": [export_row(row, home) for row in report.rows],
        "runs": [export_run(run, home) for run in report.runs],
        **export_bins(report, home),
    }


def export_row(row: Row, home: HomeUnits) -> JsonObject:
    """Tell what happened in a time."""
    return {key: read(row, home) for key, read in COLUMNS.items()}


def export_run(run: Run, home: HomeUnits) -> JsonObject:
    """Tell of a run; one that goes on has no end."""
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
    """Tell the whole days by outdoor temperature, and what the strips gave that the compressor could have given."""
    scores = zip(EXCESS_WINDOWS, report.excess_resistance, strict=True)
    return {
        "by_outdoor_temperature": [_export_bin(one, home) for one in report.by_outdoor],
        "near_freezing": _export_bin(report.near_freezing, home),
        "excess_resistance": {f"{window}_h": _round_share(score) for window, score in scores},
    }


def export_csv(rows: Sequence[Row], home: HomeUnits) -> str:
    """Write rows as a table with one line of headings, which name the units."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([f"{key} [{home.units[key]}]" if key in home.units else key for key in COLUMNS])
    writer.writerows([read(row, home) for read in COLUMNS.values()] for row in rows)
    return text.getvalue()


def _export_bin(one: OutdoorBin, home: HomeUnits) -> JsonObject:
    return {
        "above": home.convert_temperature(one.low),
        "up_to": home.convert_temperature(one.high),
        "heat_pump_seconds": _round_seconds(one.heat_pump),
        "aux_seconds": _round_seconds(one.aux),
        "emergency_seconds": _round_seconds(one.emergency),
        "resistance_heat_utilisation": _round_share(one.rhu),
        "aux_over_heat_pump": one.is_aux_above_heat_pump,
    }


def _round_share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
