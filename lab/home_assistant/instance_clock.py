"""A faster clock for a Home Assistant process, with libfaketime."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final

TOOLS: Final = Path(__file__).resolve().parents[2] / ".tools"
LIBRARY_PATTERN: Final = "**/libfaketimeMT.so.1"
CLOCK_FILE: Final = "clock"


@dataclass(frozen=True, kw_only=True)
class ProcessClock:
    """The clock of a process that is started with `environment`."""

    file: Path
    library: Path
    zone: str
    since: str
    """The local time that the clock shows when the process starts: "2027-01-15 20:00:00"."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment to start a process with.

        The clock runs at real speed until `run_at_speed`: a start at a higher speed times out.
        """
        self.run_at_speed(1)
        preload = ":".join(filter(None, (str(self.library), os.environ.get("LD_PRELOAD"))))
        return {
            "LD_PRELOAD": preload,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "TZ": self.zone,
        }

    def run_at_speed(self, speed: float) -> None:
        """Restart the clock at a multiple of real speed.

        A browser has 10 s of this clock to log in, and half a minute for each answer to a ping. At
        speeds above 60, the browser loses its connection.
        """
        self.file.write_text(f"@{self.since} x{speed:g}\n")


def make_clock(folder: Path, zone: str, since: str) -> ProcessClock | None:
    """Return a clock, or None if libfaketime is not installed."""
    library = next(iter(sorted((TOOLS / "libfaketime").glob(LIBRARY_PATTERN))), None)
    return (
        None
        if library is None
        else ProcessClock(file=folder / CLOCK_FILE, library=library, zone=zone, since=since)
    )
