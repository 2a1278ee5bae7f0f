"""Thermostats as they are: what one shows after it was told something, or somebody turned its dial. °F."""

from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """How a thermostat answers."""

    INSTANT = auto()
    POLLED = auto()
    """Asked every three minutes."""
    HALVES_OF_C = auto()
    """Of half degrees Celsius, in a home of °F."""
    WHOLE_C = auto()
    OLD_FIRST = auto()
    """Shows what it is told, then once more what was before, then what it is told."""
    OUT_OF_ORDER = auto()
    """What was before comes late."""


POLL = 3
"""Minutes."""


@dataclass
class Fake:
    """One thermostat, looked at every minute."""

    kind: Kind
    real: float = 70.0
    """What it is set to."""
    shown: float = 70.0
    minute: int = 0
    late: list[tuple[int, float]] = field(default_factory=list)
    """(minute, what it then shows once)."""

    def told(self, value: float) -> None:
        """Take in a write."""
        before, self.real = self.shown, self._rounded(value)
        match self.kind:
            case Kind.INSTANT | Kind.HALVES_OF_C | Kind.WHOLE_C:
                self.shown = self.real
            case Kind.OLD_FIRST:
                self.late = [(self.minute + 1, self.real), (self.minute + 2, before)]
            case Kind.OUT_OF_ORDER:
                self.late = [(self.minute + 1, self.real), (self.minute + 3, before)]
            case _:
                pass

    def turned(self, value: float) -> None:
        """Take in a hand at the dial."""
        self.real = value
        self.late = []

    def passes(self) -> float:
        """Let a minute pass, and tell what shows."""
        self.minute += 1
        now = [value for minute, value in self.late if minute == self.minute]
        if now:
            self.shown = now[0]
        elif self.kind is not Kind.POLLED or self.minute % POLL == 0:
            self.shown = self.real
        return round(self.shown)

    def _rounded(self, value: float) -> float:
        step = {Kind.HALVES_OF_C: 0.5, Kind.WHOLE_C: 1.0}.get(self.kind)
        if step is None:
            return value
        return round((value - 32) / 1.8 / step) * step * 1.8 + 32
