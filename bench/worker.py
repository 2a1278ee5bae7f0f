"""Run each compared solution in its own process, without shared memory, clock or code caches."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
import logging
import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
import sys
from types import TracebackType
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from .clock import ZONE, Clock, LeapingLoop

LEAD = 4500
"""Seconds from the opening of a home to the midnight from which seconds are counted. By then, the
home has done its hourly tasks. Aux heat is off at the opening."""


class Worker:
    """A subject in a separate process."""

    def __init__(
        self, kind: str, folder: Path, midnight: datetime, *, begins: float = -LEAD, count: int = 1
    ) -> None:
        """Start with a clock that begins `begins` seconds after the starting midnight."""
        self.kind, self.folder = kind, folder
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        first = midnight.replace(tzinfo=ZoneInfo(ZONE)).timestamp()
        self._process = context.Process(
            target=_serve, daemon=True, args=(theirs, first, begins, (kind, folder, count))
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ours.close()
        self._process.join()

    def call(self, name: str, *arguments: object) -> Any:  # noqa: ANN401
        """Run a command of the subject and return its answer.

        Raises EOFError if the command failed; the subject has printed why.
        """
        self.start(name, *arguments)
        return self.finish()

    def start(self, name: str, *arguments: object) -> None:
        """Send a command to the subject."""
        self._ours.send((name, arguments))

    def finish(self) -> Any:  # noqa: ANN401
        """Wait for the answer of the subject. Raises EOFError if the command failed."""
        return self._ours.recv()


def call_all(workers: Iterable[Worker], name: str, *arguments: object) -> list[Any]:
    """Run a command, which must not be timed, in all workers at the same time."""
    started = list(workers)
    for worker in started:
        worker.start(name, *arguments)
    return [worker.finish() for worker in started]


def _serve(
    connection: Connection[Any, Any], midnight: float, begins: float, home: tuple[str, Path, int]
) -> None:
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    clock = Clock(midnight + begins)
    clock.install()
    # Imported only after the clock is installed: see Clock.install.
    from .subject import Subject  # noqa: PLC0415

    with asyncio.Runner(loop_factory=lambda: LeapingLoop(clock)) as runner:
        loop = cast(LeapingLoop, runner.get_loop())
        subject = Subject(loop, midnight, *home)
        try:
            while (request := _receive(connection)) is not None:
                name, arguments = request
                connection.send(runner.run(getattr(subject, name)(*arguments)))
        finally:
            # The recorder's thread would keep the process alive.
            runner.run(subject.close())


def _receive(connection: Connection[Any, Any]) -> tuple[str, tuple[object, ...]] | None:
    try:
        return cast(tuple[str, tuple[object, ...]], connection.recv())
    except EOFError:
        return None
