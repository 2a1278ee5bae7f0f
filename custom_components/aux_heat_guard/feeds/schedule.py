"""Reads a schedule helper: the heating setpoints of the coming days."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
import logging
from typing import Any

from homeassistant.components.schedule import DOMAIN as SCHEDULE_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, ATTR_TEMPERATURE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..control.service_calls import async_call, describe_error
from ..coordinator import GuardConfigEntry
from ..core.account.days import local_instant
from ..core.settings.protection import PROTECTION_NUMBERS
from ..options.protection import Schedule
from ..sources.issues import async_report_blocks
from ..sources.units import celsius

_LOGGER = logging.getLogger(__name__)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HORIZON_DAYS = 2
"""The days after today: the guard looks ahead by a day."""

type SchedulePoints = tuple[tuple[datetime, float], ...]
type Week = Mapping[str, Sequence[Mapping[str, Any]]]
"""The blocks of each day, by its name in DAYS."""


@callback
def async_setup_schedule(
    hass: HomeAssistant, entry: GuardConfigEntry
) -> Callable[[], Awaitable[None]]:
    """Read the chosen schedule when Home Assistant has started, when it changes, and each night.

    Return a function that reads it now: for a change of options.
    """
    coordinator = entry.runtime_data
    schedule = coordinator.guard_config.schedule
    reader = _ScheduleReader(hass, entry.title)

    async def read(_now: object = None) -> None:
        schedule = coordinator.guard_config.schedule
        week = None if schedule is None else await reader.async_read_week(schedule.entity_id)
        unit = hass.config.units.temperature_unit
        async_report_blocks(
            hass,
            entry,
            "" if schedule is None else schedule.entity_id,
            invalid_temperatures(week or {}, unit),
        )
        zone = coordinator.guard_config.settings.zone
        coordinator.async_update_schedule(
            ()
            if schedule is None or week is None
            else build_schedule_points(week, schedule, dt_util.utcnow(), zone, unit)
        )

    @callback
    def start_reading(_trigger: HomeAssistant | Event[EventStateChangedData]) -> None:
        entry.async_create_background_task(hass, read(), f"{entry.title} schedule")

    if schedule is not None:
        # If another one is chosen, the guard is reloaded.
        entry.async_on_unload(
            async_track_state_change_event(hass, schedule.entity_id, start_reading)
        )
    entry.async_on_unload(async_at_started(hass, start_reading))
    entry.async_on_unload(async_track_time_change(hass, read, hour=0, minute=0, second=5))
    return read


class _ScheduleReader:
    """Reads a schedule, and logs once that it cannot be read."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        self._hass = hass
        self._name = name
        self._failing: str | None = None
        """The schedule that could not be read last time."""

    async def async_read_week(self, entity_id: str) -> Week | None:
        """Return the blocks of each day; None if the schedule cannot be read."""
        try:
            answer = await async_call(
                self._hass,
                SCHEDULE_DOMAIN,
                "get_schedule",
                {ATTR_ENTITY_ID: entity_id},
                return_response=True,
            )
        except HomeAssistantError as error:
            if self._failing != entity_id:
                _LOGGER.warning(
                    "%s: %s could not be read: %s", self._name, entity_id, describe_error(error)
                )
            self._failing = entity_id
            return None
        self._failing = None
        week = answer.get(entity_id) if answer else None
        return _read_blocks(week) if isinstance(week, Mapping) else None


def _read_blocks(week: Mapping[str, Any]) -> Week:
    """Return the blocks of each day; invalid blocks are left out."""
    days = {day: week.get(day) for day in DAYS}
    return {
        day: [block for block in blocks if isinstance(block, Mapping)]
        if isinstance(blocks, list)
        else []
        for day, blocks in days.items()
    }


def invalid_temperatures(week: Week, home_unit: str) -> list[str]:
    """List the temperatures of blocks that are no valid setpoint."""
    own = [
        block["data"][ATTR_TEMPERATURE]
        for day in DAYS
        for block in week.get(day) or ()
        if _has_temperature(block)
    ]
    return sorted({str(value) for value in own if _heating_temperature(value, home_unit) is None})


def _has_temperature(block: Mapping[str, Any]) -> bool:
    return isinstance(block.get("data"), Mapping) and ATTR_TEMPERATURE in block["data"]


def _heating_temperature(value: object, home_unit: str) -> float | None:
    """Return a heating setpoint, °C; None if the value is no valid setpoint."""
    setpoint = celsius(value, home_unit)
    lowest, highest = PROTECTION_NUMBERS["setback"].minimum, PROTECTION_NUMBERS["comfort"].maximum
    return setpoint if setpoint is not None and lowest <= setpoint <= highest else None


def build_schedule_points(
    week: Week, schedule: Schedule, now: datetime, zone: tzinfo, home_unit: str
) -> SchedulePoints:
    """Return the setpoints, °C, with their starts; the first one applies now.

    A block may have a temperature of its own, in the home's unit.
    """
    today = now.astimezone(zone).date()
    points: list[tuple[datetime, float]] = []
    for ahead in range(-1, HORIZON_DAYS + 1):
        points += _day_setpoints(today + timedelta(days=ahead), week, schedule, zone, home_unit)
    if not points:
        return ((now, schedule.setback),)
    # Where one block follows another at once, the temperature of the later one applies.
    ordered = sorted(dict(sorted(points, key=lambda point: point[0])).items())
    before = [point for point in ordered if point[0] <= now]
    current = before[-1][1] if before else schedule.setback
    return (
        (now if not before else before[-1][0], current),
        *(point for point in ordered if point[0] > now),
    )


def _day_setpoints(
    day: date, week: Week, schedule: Schedule, zone: tzinfo, home_unit: str
) -> list[tuple[datetime, float]]:
    ends: list[tuple[datetime, float]] = []
    starts: list[tuple[datetime, float]] = []
    for block in week.get(DAYS[day.weekday()]) or ():
        begin, end = _parse_time(block.get("from")), _parse_time(block.get("to"))
        if begin is None or end is None:
            continue
        own = (
            _heating_temperature(block["data"][ATTR_TEMPERATURE], home_unit)
            if _has_temperature(block)
            else None
        )
        starts.append((local_instant(day, begin, zone), schedule.comfort if own is None else own))
        is_midnight = end in {time.max, time.min}
        ends.append(
            (
                local_instant(day + timedelta(days=1), time.min, zone)
                if is_midnight
                else local_instant(day, end, zone),
                schedule.setback,
            )
        )
    # A block that starts as another ends comes after it.
    return [*ends, *starts]


def _parse_time(value: object) -> time | None:
    if isinstance(value, time):
        return value
    return dt_util.parse_time(value) if isinstance(value, str) else None
