"""Start, stop and kill a Home Assistant process, and read its log."""

import asyncio
from collections.abc import Mapping
import contextlib
from dataclasses import dataclass
import logging
import os
from pathlib import Path
import re
import signal
import socket
import sys
from typing import IO, Final

from .instance_seed import HOST

ROOT: Final = Path(__file__).resolve().parents[2]
CONSOLE_FILE: Final = "console.log"
STOP_SECONDS: Final = 240
"""Home Assistant itself waits for up to 210 s in the stages of its stop."""

_RECORD: Final = re.compile(
    r"^\d{4}-\d\d-\d\d [-+\d:.]+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^]]*)\] (?P<message>.*)$"
)
_OURS: Final = re.compile(r"aux_heat_guard|heat_lab|deprecat", re.IGNORECASE)
# Home Assistant logs these warnings for every custom integration, and for every integration on a
# busy machine.
_EXPECTED: Final = re.compile(
    r"We found a custom integration|Updating state for .+ took [\d.]+ seconds"
    r"|is taking over \d+ seconds|taking longer than"
    r"|Waiting for integrations to complete setup"
)


@dataclass(frozen=True)
class LogLine:
    """One record of the log, with its traceback if any."""

    level: str
    logger: str
    message: str

    @property
    def severity(self) -> int:
        """The severity, as a level of the logging module."""
        return logging.getLevelNamesMapping().get(self.level, logging.ERROR)

    @property
    def is_unexpected(self) -> bool:
        """True for an error, or a warning about our integrations or a deprecation."""
        if self.severity >= logging.ERROR:
            return True
        ours = _OURS.search(f"{self.logger} {self.message}") and not _EXPECTED.search(self.message)
        return self.severity >= logging.WARNING and bool(ours)

    def __str__(self) -> str:
        return f"{self.level} [{self.logger}] {self.message}"


def parse_log(text: str) -> list[LogLine]:
    """Split a log into records.

    Lines before the first record were printed instead of logged, and count as an error.
    """
    records: list[list[str]] = []
    for line in text.splitlines():
        if (found := _RECORD.match(line)) is not None:
            records.append([found["level"], found["logger"], found["message"]])
        elif records:
            records[-1][2] += f"\n{line}"
        elif line.strip():
            records.append(["ERROR", "console", line])
    return [LogLine(*record) for record in records]


def free_port(wanted: int = 0) -> int:
    """Return the requested port if that port is free, or else any free port."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A Home Assistant process in a folder."""

    def __init__(
        self, folder: Path, *, show: bool = False, environment: Mapping[str, str] | None = None
    ) -> None:
        """Create the process, whose output is shown or goes to a file in the folder."""
        self._folder = folder
        self._environment = environment or {}
        self._show = show
        self._process: asyncio.subprocess.Process | None = None

    @property
    def exit_code(self) -> int | None:
        """The exit code. None while the process runs."""
        return None if self._process is None else self._process.returncode

    async def start(self) -> None:
        """Start the process."""
        if self._show:
            self._process = await self._spawn(None)
            return
        with (self._folder / CONSOLE_FILE).open("ab") as console:
            self._process = await self._spawn(console)

    async def _spawn(self, output: IO[bytes] | None) -> asyncio.subprocess.Process:
        environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
        }
        environment |= {"PYTHONPATH": str(ROOT), **self._environment}
        return await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "homeassistant",
                "--config",
                str(self._folder),
                "--skip-pip",
                "--log-no-color",
            ),
            cwd=self._folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C goes to this process only, which then stops Home Assistant cleanly.
            start_new_session=True,
        )

    async def stop(self) -> int:
        """Stop the process cleanly and return its exit code."""
        return await self._stop_with(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill the process at once, as a power cut does."""
        await self._stop_with(signal.SIGKILL)

    async def _stop_with(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(how)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            raise

    async def wait(self) -> int:
        """Wait until the process ends by itself, and return the exit code."""
        return 0 if self._process is None else await self._process.wait()

    def log(self) -> list[LogLine]:
        """Return the whole output of the process, over all its starts."""
        console = self._folder / CONSOLE_FILE
        return parse_log(console.read_text(errors="replace")) if console.exists() else []
