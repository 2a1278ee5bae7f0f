"""The stack that a user would build from core integrations for the same outputs."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import groupby
import json
import sqlite3
from typing import Any

from homeassistant.core import HomeAssistant

from .day import aux_toggles, is_aux_on
from .home import AUTOMATIONS, DATABASE, BenchHome, outdoor_sensor, thermostat

type HelperOptions = tuple[str, str, dict[str, Any]]
"""A helper: domain, title, options."""

HELPERS, AUTOMATIONS_EACH = 22, 3
"""For one thermostat."""
KILOWATT, PRICE = 10, 0.15
"""The rated power of the strips, and what a kWh costs."""

MIDNIGHT = "{{ today_at() }}"
PERIODS: dict[str, dict[str, Any]] = {
    "today": {"start": MIDNIGHT, "end": "{{ now() }}"},
    "24h": {"end": "{{ now() }}", "duration": {"hours": 24}},
    "7d": {"end": "{{ now() }}", "duration": {"days": 7}},
    "week": {"start": "{{ today_at() - timedelta(days=now().weekday()) }}", "end": "{{ now() }}"},
    "month": {"start": "{{ today_at().replace(day=1) }}", "end": "{{ now() }}"},
    "season": {
        "start": "{{ today_at().replace(year=now().year - (1 if now().month < 7 else 0),"
        " month=7, day=1) }}",
        "end": "{{ now() }}",
    },
}


def aux_sensor(index: int) -> str:
    """Return the entity ID of the binary sensor that all other helpers use."""
    return f"binary_sensor.stack_{index}_aux"


def period_sensor(index: int, period: str) -> str:
    """Return the entity ID of the sensor for a period's runtime (h)."""
    return f"sensor.stack_{index}_aux_{period}"


def helpers(index: int) -> Iterator[HelperOptions]:
    """Yield the helpers for one thermostat, each after the helpers that it uses."""
    yield from _templates(index)
    for period, options in PERIODS.items():
        yield _history(index, period, "time", options)
    yield _history(index, "cycles", "count", PERIODS["today"])
    energy, integral = (
        f"Stack {index} energy",
        {"method": "left", "unit_time": "h", "round": 3, "max_sub_interval": {"minutes": 1}},
    )
    yield (
        "integration",
        energy,
        {"name": energy, "source": f"sensor.stack_{index}_power", **integral},
    )
    for cycle in ("daily", "weekly", "monthly"):
        yield _meter(index, cycle)
    yield _threshold(index, "over budget", period_sensor(index, "24h"), upper=3.0)
    yield _threshold(index, "cold", outdoor_sensor(index), lower=35.0)


def automations(index: int) -> list[dict[str, Any]]:
    """Return the automations for one thermostat."""
    aux, base = aux_sensor(index), f"binary_sensor.stack_{index}_"
    alert = [{"event": "aux_alert", "event_data": {"thermostat": thermostat(index)}}]
    triggers: list[dict[str, Any]] = [
        {"trigger": "state", "entity_id": aux, "to": "on", "for": {"hours": 3}},
        {"trigger": "state", "entity_id": f"{base}over_budget", "to": "on"},
        {"trigger": "state", "entity_id": f"{base}mild_weather_fault", "to": "on"},
    ]
    return [
        {
            "id": f"stack_{index}_{number}",
            "alias": f"Stack {index} alert {number}",
            "triggers": [trigger],
            "actions": alert,
        }
        for number, trigger in enumerate(triggers)
    ]


async def set_up(home: BenchHome, indices: Iterable[int]) -> None:
    """Set up the stack for these thermostats, all at once, as Home Assistant does at start."""
    wanted = list(indices)
    await add_helpers(home, wanted)
    path = home.folder / AUTOMATIONS
    path.write_text(
        json.dumps(
            json.loads(path.read_text()) + [each for index in wanted for each in automations(index)]
        )
    )
    await reload_automations(home.hass)


async def add_helpers(home: BenchHome, indices: list[int]) -> None:
    """Set up the helpers, domain by domain, with all helpers of a domain at once."""
    pieces = sorted(
        (
            (number, domain, title, options)
            for index in indices
            for number, (domain, title, options) in enumerate(helpers(index))
        ),
        key=lambda piece: piece[0],
    )
    for domain, group in groupby(pieces, key=lambda piece: piece[1]):
        entries = [
            await home.make_entry(domain, title, options, title.replace(" ", "_").lower())
            for _, _, title, options in group
        ]
        await asyncio.gather(*(home.hass.config_entries.async_add(entry) for entry in entries))
    await home.hass.async_block_till_done()


async def reload_automations(hass: HomeAssistant) -> None:
    """Reload the file of automations."""
    await hass.services.async_call("automation", "reload", blocking=True)
    await hass.async_block_till_done()


def seed(home: BenchHome, begin: int, end: int) -> None:
    """Write the states of thermostat 0's aux heat sensor into the recorder's file."""
    with closing(sqlite3.connect(home.folder / DATABASE)) as database, database:
        [number] = database.execute(
            "INSERT INTO states_meta (entity_id) VALUES (?) RETURNING metadata_id", [aux_sensor(0)]
        ).fetchone()
        insert = (
            "INSERT INTO states (metadata_id, state, last_updated_ts, origin_idx)"
            " VALUES (?, ?, ?, 0)"
        )
        database.executemany(
            insert, ((number, *row) for row in _state_rows(home.midnight, begin, end))
        )


def month_seconds(home: BenchHome) -> float:
    """Return this month's aux heat of thermostat 0, in seconds."""
    state = home.hass.states.get(period_sensor(0, "month"))
    if state is None:
        raise RuntimeError("no month to be seen")
    return timedelta(hours=float(state.state)).total_seconds()


def _templates(index: int) -> Iterator[HelperOptions]:
    aux, climate, outdoor = aux_sensor(index), thermostat(index), outdoor_sensor(index)
    watts = {"unit_of_measurement": "kW", "device_class": "power", "state_class": "measurement"}
    yield _template(
        index,
        "aux",
        f"{{{{ 'auxHeat' in (state_attr('{climate}', 'equipment_running') or '') }}}}",
        "binary_sensor",
    )
    yield _template(
        index, "power", f"{{{{ {KILOWATT} if is_state('{aux}', 'on') else 0 }}}}", **watts
    )
    source = (
        f"{{{{ 'heat_pump_aux' if is_state('{aux}', 'on') else 'heat_pump'"
        f" if is_state_attr('{climate}', 'hvac_action', 'heating') else 'off' }}}}"
    )
    yield _template(index, "heat source", source)
    droop = (
        f"{{{{ (state_attr('{climate}', 'temperature')"
        f" - state_attr('{climate}', 'current_temperature')) | round(1) }}}}"
    )
    yield _template(index, "droop", droop, unit_of_measurement="°F")
    run = (
        f"{{{{ ((now() - states['{aux}'].last_changed).total_seconds() / 60) | int"
        f" if is_state('{aux}', 'on') else 0 }}}}"
    )
    yield _template(index, "run length", run, unit_of_measurement="min")
    share = f"{{{{ (states('{period_sensor(index, '24h')}') | float(0) / 24 * 100) | round(1) }}}}"
    yield _template(index, "share", share, unit_of_measurement="%")
    for cycle in ("daily", "monthly"):
        cost = (
            f"{{{{ (states('sensor.stack_{index}_energy_{cycle}') | float(0) * {PRICE})"
            " | round(2) }}"
        )
        yield _template(index, f"cost {cycle}", cost, unit_of_measurement="USD")
    fault = f"{{{{ is_state('{aux}', 'on') and states('{outdoor}') | float(0) > 45 }}}}"
    yield _template(index, "mild weather fault", fault, "binary_sensor")


def _template(
    index: int, name: str, state: str, kind: str = "sensor", **more: str
) -> HelperOptions:
    title = f"Stack {index} {name}"
    return "template", title, {"name": title, "state": state, "template_type": kind, **more}


def _history(index: int, name: str, kind: str, period: dict[str, Any]) -> HelperOptions:
    title = f"Stack {index} AUX {name}"
    options = {
        "name": title,
        "entity_id": aux_sensor(index),
        "state": ["on"],
        "type": kind,
        "state_class": "measurement",
        **period,
    }
    return "history_stats", title, options


def _meter(index: int, cycle: str) -> HelperOptions:
    title = f"Stack {index} energy {cycle}"
    options = {
        "name": title,
        "source": f"sensor.stack_{index}_energy",
        "cycle": cycle,
        "offset": 0,
        "tariffs": [],
    }
    return (
        "utility_meter",
        title,
        {
            **options,
            "net_consumption": False,
            "delta_values": False,
            "periodically_resetting": False,
        },
    )


def _threshold(
    index: int, name: str, source: str, upper: float | None = None, lower: float | None = None
) -> HelperOptions:
    title = f"Stack {index} {name}"
    return (
        "threshold",
        title,
        {"name": title, "entity_id": source, "hysteresis": 0.0, "upper": upper, "lower": lower},
    )


def _state_rows(midnight: float, begin: int, end: int) -> Iterator[tuple[str, float]]:
    yield "on" if is_aux_on(begin) else "off", midnight + begin
    for at in aux_toggles(begin + 1, end):
        yield "on" if is_aux_on(at) else "off", midnight + at
