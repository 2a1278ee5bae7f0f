"""The commands of a worker process, which runs one of the compared solutions in its own home."""

import asyncio
from collections.abc import Iterable
import gc
from pathlib import Path
import statistics
import time
import tracemalloc
from types import ModuleType

from . import ours, stack
from .clock import LeapingLoop
from .home import BenchHome

KINDS: dict[str, ModuleType | None] = {"empty": None, "ours": ours, "stack": stack}
KIB = 1024


class Subject:
    """A home with its compared solution."""

    def __init__(
        self, loop: LeapingLoop, midnight: float, kind: str, folder: Path, count: int
    ) -> None:
        self._kind = KINDS[kind]
        self._loop = loop
        self._home = BenchHome(folder, loop, midnight, count)

    async def open(self, recorder: bool = True) -> None:
        """Start the home."""
        await self._home.open(recorder=recorder)

    async def close(self) -> None:
        """Stop the home."""
        await self._home.close()

    async def set_up(self, begin: int, end: int) -> tuple[float, float]:
        """Set up the solution for some thermostats, all at once.

        Return the CPU time of the loop and the wall time, in seconds.
        """
        gc.collect()
        wall, spent = time.perf_counter(), time.thread_time()
        await self._set_up(range(begin, end))
        result = time.thread_time() - spent, time.perf_counter() - wall
        await self._home.settle()
        return result

    async def reload(self) -> float:
        """Reload the unchanged automations. Return the CPU time of the loop in seconds."""
        begin = time.thread_time()
        await stack.reload_automations(self._home.hass)
        return time.thread_time() - begin

    async def weigh(self, begin: int, end: int) -> float:
        """Set up the solution for some thermostats. Return the memory for each one, in KiB."""
        await self._home.settle()
        tracemalloc.start()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        await self._set_up(range(begin, end))
        await self._home.settle()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        return (after - before) / KIB / (end - begin)

    async def play(self, end: float) -> float:
        """Play the day up to a second. Return the CPU time of the loop in seconds."""
        return await self._home.play(end)

    async def feed(self, end: float) -> None:
        """Play only aux heat runs up to a second."""
        await self._home.feed(end)

    async def live(self, spells: list[tuple[float, float]]) -> None:
        """Play only aux heat runs during some spells, with the solution unloaded in between."""
        for begin, end in spells:
            if begin > self._home.now:
                await self._home.skip(begin)
            await self._home.feed(end)

    async def idle(self, events: int, times: int) -> float:
        """Report thermostat values that no entity shows.

        Return the CPU time of the loop for one event in seconds, as the median of some times.
        """
        return statistics.median([await self._home.idle(events) / events for _ in range(times)])

    async def database(self, begin: float, end: float) -> tuple[int, float]:
        """Return the solution's states recorded between two seconds, and the bytes in use now."""
        return await asyncio.to_thread(self._home.database_figures, begin, end)

    async def seed(self, begin: int, end: int) -> None:
        """Write history into the recorder for the stack, which depends on it."""
        if self._kind is stack:
            stack.seed(self._home, begin, end)

    async def purge(self, keep_days: int) -> None:
        """Purge older data from the recorder."""
        await self._home.hass.services.async_call(
            "recorder", "purge", {"keep_days": keep_days}, blocking=True
        )
        await self._home.settle()
        await self._home.settle()

    async def month_seconds(self) -> float:
        """Return this month's aux heat of thermostat 0, in seconds."""
        assert self._kind is not None  # noqa: S101
        shown: float = self._kind.month_seconds(self._home)
        return shown

    async def _set_up(self, indices: Iterable[int]) -> None:
        if self._kind is not None:
            await self._kind.set_up(self._home, indices)
