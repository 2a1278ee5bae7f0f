"""Virtual time, which passes as fast as the machine can process it.

An event loop that would sleep until its next timer leaps to that timer instead. The loop runs
ordinary asyncio code, timers fire in order and at their instants, and the loop spends the same CPU
time on them as in real time. No clock is frozen and no date type is replaced, so the only extra
cost is some 50 ns for each reading of the clock.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
import selectors
import time

ZONE = "America/Phoenix"
"""A time zone without clock changes: each day has 24 hours."""

THREAD_YIELD_S = 50e-6
"""Seconds in which a thread starts waiting work, and finishes most of it."""

_real_seconds = time.perf_counter


class Clock:
    """The clock of one process."""

    def __init__(self, start: float) -> None:
        """Start at a time in seconds since 1970."""
        self._start = start
        self._passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self._passed

    def time(self) -> float:
        """Return the seconds since 1970."""
        return self._start + self._passed

    def utcnow(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.fromtimestamp(self._start + self._passed, UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += seconds

    def install(self) -> None:
        """Replace the clock of this process.

        Home Assistant must not be imported yet: some of its modules keep the function itself.
        """
        time.time = self.time
        time.monotonic = self.monotonic
        from homeassistant.util import dt as dt_util  # noqa: PLC0415

        def now(time_zone: tzinfo | None = None) -> datetime:
            return datetime.fromtimestamp(self.time(), time_zone or dt_util.DEFAULT_TIME_ZONE)

        dt_util.utcnow = self.utcnow  # type: ignore[assignment]
        dt_util.now = now


class _Selector(selectors.DefaultSelector):
    """A selector that waits for files and threads, and can leap to the next timer."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.leaping = False
        self.jobs = 0
        """The number of threads working for the loop. No time passes until they answer."""
        self.waited = 0.0
        """CPU time that the loop's thread spent waiting, in seconds."""
        self._others = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        begin = time.thread_time()
        ready = self._select(timeout)
        self.waited += time.thread_time() - begin
        return ready

    def _select(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.leaping and timeout is not None:
            if self.jobs:
                return super().select(None)
            ready = self._wait_for_threads()
            if not ready:
                self.clock.advance(timeout)
            return ready
        begin = _real_seconds()
        ready = super().select(timeout)
        self.clock.advance(_real_seconds() - begin)
        return ready

    def _wait_for_threads(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait until no other thread works any more, or until one has work for the loop.

        In real time, the recorder is done long before the next event. If it were still working, the
        recorder and the loop would slow each other down.
        """
        while True:
            time.sleep(THREAD_YIELD_S)
            ready = super().select(0)
            others = time.process_time() - time.thread_time()
            if ready or others - self._others < THREAD_YIELD_S / 2:
                return ready
            self._others = others


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock of its own.

    The loop runs in real time, except inside `leaping`.
    """

    def __init__(self, clock: Clock) -> None:
        self._waiter = _Selector(clock)
        self.clock = clock
        super().__init__(self._waiter)

    def time(self) -> float:
        """Return the time that timers use, in seconds."""
        return self.clock.monotonic()

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the loop's thread without waiting, in seconds."""
        return time.thread_time() - self._waiter.waited

    @contextmanager
    def leaping(self) -> Iterator[None]:
        """Leap to the next timer instead of waiting, inside this context."""
        self._waiter.leaping = True
        try:
            yield
        finally:
            self._waiter.leaping = False

    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a thread, without time passing until the function is done."""
        future = super().run_in_executor(executor, func, *args)
        self._waiter.jobs += 1
        future.add_done_callback(lambda _future: self._job_done())
        return future

    def _job_done(self) -> None:
        self._waiter.jobs -= 1
