"""Writes each hour of a guard to Home Assistant's long-term statistics, which are kept for ever.

This module keeps no state: the rows to write follow from the recorder and the ledger. An hour
that is written twice, a restart, and statistics that a user deleted or adjusted all end in the same
rows.

The statistics of a removed guard stay; Home Assistant's developer tools can delete them. Costs are
in the home's present currency, as in the ledger: a change of the currency converts nothing.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
import logging
import math
from operator import attrgetter
from zlib import crc32

from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    StatisticsRow,
    async_add_external_statistics,
    get_last_statistics,
    statistics_during_period,
)
from homeassistant.const import UnitOfEnergy, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import slugify
from homeassistant.util.unit_conversion import DurationConverter, EnergyConverter

from ..const import DOMAIN
from ..coordinator import GuardConfigEntry
from ..core.account import hours
from ..core.account.days import HOUR
from ..core.account.hours import Hour, Sums
from ..core.account.ledger import Ledger
from ..history import recorder_reader

_LOGGER = logging.getLogger(__name__)

OVERLAP_HOURS = 2
"""The hours before the new ones that are written again: the first of them shows that the rows of
the recorder are still correct."""

TOLERANCE = 0.1
"""In s, kWh or money. Sums that differ by more are different; rounding on disk is far below."""

BATCH_HOURS = 200
"""At most a thousand rows, so that the recorder has time for others in between."""

SPREAD_SECONDS = 50
"""Guards write at different seconds of the first minute of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One statistic."""

    key: str
    name: str
    value_fn: Callable[[Sums], float]
    unit_class: str | None
    unit: str | None
    """None: the home's currency."""
    is_optional: bool
    """Whether it starts only with a value above zero: a home without a price has no costs."""


def _duration_series(key: str, name: str) -> Series:
    return Series(
        key=key,
        name=name,
        value_fn=attrgetter(key.removesuffix("_runtime")),
        unit_class=DurationConverter.UNIT_CLASS,
        unit=UnitOfTime.SECONDS,
        is_optional=False,
    )


SERIES = (
    _duration_series("aux_runtime", "AUX runtime"),
    _duration_series("emergency_runtime", "emergency runtime"),
    _duration_series("heat_pump_runtime", "heat pump runtime"),
    Series(
        key="aux_energy",
        name="AUX energy",
        value_fn=attrgetter("kwh"),
        unit_class=EnergyConverter.UNIT_CLASS,
        unit=UnitOfEnergy.KILO_WATT_HOUR,
        is_optional=True,
    ),
    Series(
        key="aux_cost",
        name="AUX cost",
        value_fn=attrgetter("cost"),
        unit_class=None,
        unit=None,
        is_optional=True,
    ),
)


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """The recorder's row of an hour."""

    end: datetime
    total: float | None


type RecordedRows = dict[str, list[RecordedRow]]
"""The last rows of each statistic in the recorder, by its key; oldest first."""

type Batch = list[tuple[Series, list[StatisticData]]]


@callback
def async_setup_statistics(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Write the statistics after each backfill and each hour, if there is a recorder."""
    if not recorder_reader.is_available(hass):
        return
    writer = _StatisticsWriter(hass, entry)
    second = 5 + crc32(entry.entry_id.encode()) % SPREAD_SECONDS
    entry.async_on_unload(
        entry.runtime_data.persistence.backfill.async_add_listener(writer.async_rewrite)
    )
    entry.async_on_unload(
        async_track_utc_time_change(hass, writer.async_append, minute=0, second=second)
    )


class _StatisticsWriter:
    """Writes the statistics of one guard, one change after the other."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._lock = asyncio.Lock()

    @callback
    def async_append(self, _now: datetime) -> None:
        """Write the hours that the recorder lacks."""
        self._start_task(None)

    @callback
    def async_rewrite(self, ledger: Ledger, since: datetime) -> None:
        """Write all hours from an instant on: its history changed, and with it all sums since."""
        self._start_task((ledger, since))

    def _start_task(self, changed: tuple[Ledger, datetime] | None) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_write_changes(changed), f"{self._entry.title} statistics"
        )

    async def _async_write_changes(self, changed: tuple[Ledger, datetime] | None) -> None:
        async with self._lock:
            try:
                if changed is not None:
                    await self._async_write(*changed)
                # A backfill calls async_rewrite when it ends.
                ledger = self._coordinator.persistence.settled_ledger()
                if ledger is not None:
                    await self._async_write(ledger, ledger.at)
            except recorder_reader.RecorderReadError as error:
                _LOGGER.warning(
                    "%s: long-term statistics could not be read, and are tried again in an hour: "
                    "%s",
                    self._entry.title,
                    error,
                )

    async def _async_write(self, ledger: Ledger, since: datetime) -> None:
        instance = get_instance(self._hass)
        if not await instance.async_db_ready:
            return
        recorded = await instance.async_add_executor_job(
            _read_recorded_rows, self._hass, self._entry.entry_id, ledger.at
        )
        series = _active_series(ledger, recorded)
        begin = _first_hour(ledger, since, [recorded[one.key] for one in series])
        if begin < hours.first_complete_hour(ledger):
            ledger = await self._coordinator.persistence.async_full_ledger()
        if not _is_correct(ledger, recorded, begin):
            ledger, begin = (
                await self._coordinator.persistence.async_full_ledger(),
                hours.hour_start(ledger.months[0].at),
            )
        completed = hours.completed_hours(ledger, begin)
        while batch := await self._hass.async_add_executor_job(
            _build_batch, completed, series, recorded
        ):
            for one, rows in batch:
                async_add_external_statistics(self._hass, self._metadata(one), rows)
            await instance.async_block_till_done()

    def _metadata(self, series: Series) -> StatisticMetaData:
        return StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=f"{self._entry.title} {series.name}",
            source=DOMAIN,
            statistic_id=statistic_id(self._entry.entry_id, series.key),
            unit_class=series.unit_class,
            unit_of_measurement=series.unit or self._hass.config.currency,
        )


def statistic_id(entry_id: str, key: str) -> str:
    """Return the id of a statistic of a guard."""
    return f"{DOMAIN}:{slugify(entry_id)}_{key}"


def _read_recorded_rows(hass: HomeAssistant, entry_id: str, now: datetime) -> RecordedRows:
    names = {series.key: statistic_id(entry_id, series.key) for series in SERIES}
    since = hours.hour_start(now) - (OVERLAP_HOURS + 2) * HOUR
    # One query for all: usually the last hours of each statistic are there.
    latest = statistics_during_period(hass, since, None, {*names.values()}, "hour", None, {"sum"})
    found = {key: latest.get(name, []) for key, name in names.items()}
    return {
        key: _to_rows(rows if len(rows) > OVERLAP_HOURS else _read_last_rows(hass, names[key]))
        for key, rows in found.items()
    }


def _read_last_rows(hass: HomeAssistant, name: str) -> Sequence[StatisticsRow]:
    return get_last_statistics(hass, OVERLAP_HOURS + 1, name, False, {"sum"}).get(name, [])


def _to_rows(found: Sequence[StatisticsRow]) -> list[RecordedRow]:
    rows = sorted(
        (RecordedRow(datetime.fromtimestamp(row["end"], UTC), row.get("sum")) for row in found),
        key=attrgetter("end"),
    )
    return rows[-OVERLAP_HOURS - 1 :]


def _active_series(ledger: Ledger, recorded: RecordedRows) -> list[Series]:
    """Return the series to write: the fixed ones, those written before, and those above zero."""
    sums = hours.sums_at(ledger, hours.hour_start(ledger.at))
    return [one for one in SERIES if not one.is_optional or recorded[one.key] or one.value_fn(sums)]


def _first_hour(ledger: Ledger, since: datetime, recorded: list[list[RecordedRow]]) -> datetime:
    """Return the first hour to write: the first one that is missing or about to change."""
    start = hours.hour_start(ledger.months[0].at)
    if not all(recorded):
        return start
    latest = min(since, *(rows[-1].end for rows in recorded))
    return max(hours.hour_start(latest) - OVERLAP_HOURS * HOUR, start)


def _is_correct(ledger: Ledger, recorded: RecordedRows, begin: datetime) -> bool:
    """Return True if the rows that the recorder keeps agree with the ledger.

    They do not if a write was interrupted, or if a user adjusted a sum.
    """
    return all(
        row.total is not None
        and math.isclose(
            row.total, one.value_fn(hours.sums_at(ledger, row.end)), rel_tol=0, abs_tol=TOLERANCE
        )
        for one in SERIES
        for row in recorded[one.key]
        if hours.first_complete_hour(ledger) < row.end <= begin
    )


def _build_batch(completed: Iterator[Hour], series: list[Series], recorded: RecordedRows) -> Batch:
    """Return the rows of the next hours."""
    batch = list(islice(completed, BATCH_HOURS))
    rows_by_series = [
        (
            one,
            [
                _build_row(hour, one)
                for hour in batch
                if _should_write(hour, one, recorded[one.key])
            ],
        )
        for one in series
    ]
    return [(one, rows) for one, rows in rows_by_series if rows]


def _should_write(hour: Hour, series: Series, recorded: list[RecordedRow]) -> bool:
    """Return True if an hour is written: all except the leading zeros of an optional series."""
    if not series.is_optional or series.value_fn(hour.cumulative):
        return True
    return len(recorded) > OVERLAP_HOURS or (
        bool(recorded) and hour.start + HOUR >= recorded[0].end
    )


def _build_row(hour: Hour, series: Series) -> StatisticData:
    return StatisticData(
        start=hour.start,
        state=series.value_fn(hour.within_hour),
        sum=series.value_fn(hour.cumulative),
    )
