"""A clock for a Home Assistant process that runs faster than the world's: libfaketime, where scripts/setup could get it."""

from collections.abc import Mapping
from dataclasses import dataclass
import os
from pathlib import Path
from typing import Final

TOOLS: Final = Path(__file__).resolve().parents[2] / ".tools"
LIBRARY: Final = "**/libfaketimeMT.so.1"
FILE: Final = "clock"


@dataclass(frozen=True)
class Clock:
    """The clock of a process that is started with this environment."""

    file: Path
    library: Path
    zone: str
    """In which its times are told."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process must be started with; until it is told to run, its clock is the world's."""
        self.file.write_text("+0\n")
        preload = ":".join(filter(None, (str(self.library), os.environ.get("LD_PRELOAD"))))
        return {"LD_PRELOAD": preload, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1", "TZ": self.zone}

    def run(self, since: str, speed: float) -> None:
        """Have it show a local time ("2027-01-15 20:00:00") now, and go on from there so many times as fast.

        A browser's connection is asked for a sign of life twice a minute of this clock: at 600 it may be lost, and found again, now and then.
        """
        self.file.write_text(f"@{since} x{speed:g}\n")


def clock_in(folder: Path, zone: str) -> Clock | None:
    """Make a clock; None where this machine has none to offer."""
    library = next(iter(sorted((TOOLS / "libfaketime").glob(LIBRARY))), None)
    return None if library is None else Clock(folder / FILE, library, zone)
