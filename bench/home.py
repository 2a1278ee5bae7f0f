"""A Home Assistant in its own folder, with thermostats and a recorder on a file."""

import asyncio
from collections.abc import Iterable
from contextlib import closing
import gc
import json
from pathlib import Path
import sqlite3
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from homeassistant import bootstrap, config_entries, loader
from homeassistant.components.recorder.tasks import CommitTask
from homeassistant.config_entries import ConfigEntries, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import DATA_INSTANCE, async_initialize_recorder
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM

from . import day
from .clock import ZONE, LeapingLoop
from .day import EventKind

DATABASE = "home-assistant_v2.db"
AUTOMATIONS = "automations.yaml"
COMPONENTS = ("sensor", "binary_sensor", "climate", "automation")
"""The integrations in every home. Their set-up is not measured."""
IDLE_STEP = 0.01
"""Seconds between two unchanged events: short, so that no timer is due in between."""


def thermostat(index: int) -> str:
    """Return the entity ID of a thermostat."""
    return f"climate.hallway_{index}"


def outdoor_sensor(index: int) -> str:
    """Return the entity ID of a thermostat's outdoor sensor."""
    return f"sensor.outdoor_{index}"


class BenchHome:
    """One Home Assistant, whose time is counted in seconds from a midnight."""

    def __init__(self, folder: Path, loop: LeapingLoop, midnight: float, count: int) -> None:
        self.folder, self.count = folder, count
        self.hass: HomeAssistant
        self._is_open = False
        self.midnight = midnight
        """Seconds since 1970."""
        self._loop = loop

    @property
    def now(self) -> float:
        """Seconds since the midnight at which counting starts."""
        return self._loop.clock.time() - self.midnight

    async def open(self, *, recorder: bool) -> None:
        """Start with the thermostats in place, and wait until the home is idle."""
        (self.folder / "configuration.yaml").write_text(f"automation: !include {AUTOMATIONS}\n")
        if not (self.folder / AUTOMATIONS).exists():
            (self.folder / AUTOMATIONS).write_text("[]")
        self.hass = hass = HomeAssistant(str(self.folder))
        self._is_open = True
        loader.async_setup(hass)
        hass.config.skip_pip = True
        hass.config_entries = ConfigEntries(hass, {})
        await bootstrap.async_load_base_functionality(hass)
        await hass.config.async_set_time_zone(ZONE)
        hass.config.units = US_CUSTOMARY_SYSTEM
        async_initialize_recorder(hass)
        known = hass.config_entries.async_domains()
        for index in range(self.count):
            self._report(index, EventKind.CLIMATE, int(self.now))
            self._report(index, EventKind.OUTDOOR, int(self.now))
        for domain in ("homeassistant", *(["recorder"] if recorder else []), *COMPONENTS, *known):
            if not await async_setup_component(hass, domain, {}):
                raise RuntimeError(f"{domain} did not set up")
        await hass.async_start()
        await self.settle()

    async def close(self) -> None:
        """Stop the home cleanly if the home is open, so that everything is stored."""
        if self._is_open:
            self._is_open = False
            await self.hass.async_stop(force=True)

    async def make_entry(
        self,
        domain: str,
        title: str,
        options: dict[str, Any],
        entry_id: str,
        unique_id: str | None = None,
    ) -> ConfigEntry:
        """Return a config entry as the domain's own flow makes one today, without setting it up."""
        integration = await loader.async_get_integration(self.hass, domain)
        await integration.async_get_platform("config_flow")
        handler = config_entries.HANDLERS[domain]
        return ConfigEntry(
            domain=domain,
            title=title,
            data={},
            options=options,
            source=config_entries.SOURCE_USER,
            version=handler.VERSION,
            minor_version=handler.MINOR_VERSION,
            discovery_keys=MappingProxyType({}),
            subentries_data=None,
            entry_id=entry_id,
            unique_id=unique_id,
        )

    async def settle(self) -> None:
        """Wait until the loop and the recorder are idle and everything is written."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        if (instance := self.hass.data.get(DATA_INSTANCE)) is not None:
            instance.queue_task(CommitTask())
            await self._loop.run_in_executor(None, instance.block_till_done)

    async def play(self, end: float) -> float:
        """Play the day up to a second. Return the CPU time of the loop's thread in seconds."""
        begin = int(self.now)
        phase = day.MINUTE / self.count
        plan = sorted(
            (each.at + index * phase, index, each.kind.value)
            for each in day.list_events(begin - day.MINUTE, int(end) + 1)
            for index in range(self.count)
            if self.now < each.at + index * phase <= end
        )
        return await self._measure(self._play_events(plan, end))

    async def feed(self, end: float) -> None:
        """Let time pass up to a second, while only aux heat turns on and off."""
        plan = [
            (float(at), 0, EventKind.TOGGLE.value)
            for at in day.aux_toggles(int(self.now) + 1, int(end))
        ]
        # The data written in this time need not survive a crash, and waiting for the disk would
        # take most of the time.
        with patch("atomicwrites._proper_fsync", lambda _file: None):
            await self._measure(self._play_events(plan, end))

    async def skip(self, end: float) -> None:
        """Let time pass up to a second while nothing is loaded."""
        entries = [entry.entry_id for entry in self.hass.config_entries.async_entries()]
        for entry_id in entries:
            await self.hass.config_entries.async_unload(entry_id)
        self._loop.clock.advance(end - self.now)
        for entry_id in entries:
            await self.hass.config_entries.async_setup(entry_id)
        await self.settle()

    async def idle(self, events: int) -> float:
        """Report values of thermostat 0 that no entity shows. Return the CPU time in seconds."""
        return await self._measure(self._idle(events, int(self.now)))

    def database_figures(self, begin: float, end: float) -> tuple[int, float]:
        """Return the states recorded between two seconds, sources excluded, and the bytes used."""
        sources = [
            name
            for index in range(self.count)
            for name in (thermostat(index), outdoor_sensor(index))
        ]
        query = (
            "SELECT count(*) FROM states JOIN states_meta USING (metadata_id)"
            " WHERE last_updated_ts >= ? AND last_updated_ts < ?"
            " AND states_meta.entity_id NOT IN (SELECT value FROM json_each(?))"
        )
        with closing(sqlite3.connect(self.folder / DATABASE)) as database:
            [writes] = database.execute(
                query, [self.midnight + begin, self.midnight + end, json.dumps(sources)]
            ).fetchone()
            pages, free, size = (
                database.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        return writes, (pages - free) * size

    async def _measure(self, passing: Any) -> float:  # noqa: ANN401
        # Only the loop's thread counts: the recorder's thread and the file writers have their own
        # cores, and a waiting loop costs nothing.
        gc.collect()
        with self._loop.leaping():
            begin = self._loop.cpu_seconds
            await passing
            spent = self._loop.cpu_seconds - begin
        await self.settle()
        return spent

    async def _play_events(self, plan: Iterable[tuple[float, int, str]], end: float) -> None:
        for at, index, what in plan:
            if at > self.now:
                await asyncio.sleep(at - self.now)
            self._report(index, EventKind(what), int(at - index * day.MINUTE / self.count))
        await asyncio.sleep(max(end - self.now, 0))

    async def _idle(self, events: int, at: int) -> None:
        attributes = day.climate_attributes(at)
        for number in range(events):
            await asyncio.sleep(IDLE_STEP)
            self.hass.states.async_set(
                thermostat(0), "heat", {**attributes, "signal_strength": -60 - number % 2}
            )

    def _report(self, index: int, what: EventKind, at: int) -> None:
        if what is EventKind.OUTDOOR:
            unit = {
                "unit_of_measurement": "°F",
                "device_class": "temperature",
                "state_class": "measurement",
            }
            self.hass.states.async_set(outdoor_sensor(index), str(day.outdoor_f(at)), unit)
        else:
            self.hass.states.async_set(thermostat(index), "heat", day.climate_attributes(at))
