"""Thermostats as they are: what one shows after it was told something, or somebody turned its dial. °F.

tests/integration/unkind.py says who reported which; here a minute is what seconds are there.
"""

from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """How a thermostat answers; its answer and somebody's hand can be told apart."""

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
    GROUP = auto()
    """Two of them, of which one answers a minute later: their mean shows."""
    GLITCHING = auto()
    """Shows what it is told, for a minute something else, then what it is told again."""
    LOSSY = auto()
    """Each third thing that it is told is lost."""


class Odd(Enum):
    """How a thermostat answers that shows what nobody asked for."""

    CLAMPING = auto()
    """Takes nothing beyond limits that it does not advertise."""
    DEFAULTING = auto()
    """Shows a default for a minute after an outage."""
    MODE_FIRST = auto()
    """Shows for a minute what it cools to when it is set to heat again."""


POLL = 3
"""Minutes."""

LOST = 3
"""One in so many."""

GLITCH, DEFAULT, COOLING = 55.0, 50.0, 78.0
CLAMP = (64.0, 76.0)
HALF_C, WHOLE_C = 0.5, 1.0
STEPS = {Kind.HALVES_OF_C: HALF_C, Kind.WHOLE_C: WHOLE_C}


@dataclass
class Fake:
    """One thermostat, looked at every minute."""

    kind: Kind | Odd
    real: float = 70.0
    """What it is set to."""
    shown: float = 70.0
    minute: int = 0
    late: list[tuple[int, float]] = field(default_factory=list)
    """(minute, what it then shows once)."""
    commands: int = 0
    """How often it was told something."""
    out_until: int = 0
    """Until that minute it is out of reach."""

    @property
    def is_out(self) -> bool:
        """Whether it is out of reach."""
        return self.minute < self.out_until

    def told(self, value: float) -> None:
        """Take in a write."""
        self.commands += 1
        is_lost = self.kind is Kind.LOSSY and self.commands % LOST == 0
        if self.is_out or is_lost:
            return
        before, self.real = self.shown, self.makes(value)
        match self.kind:
            case Kind.OLD_FIRST:
                self.late = [(self.minute + 1, self.real), (self.minute + 2, before)]
            case Kind.OUT_OF_ORDER:
                self.late = [(self.minute + 1, self.real), (self.minute + 3, before)]
            case Kind.GROUP:
                self.late = [(self.minute + 1, (before + self.real) / 2)]
            case Kind.GLITCHING:
                self.late = [(self.minute + 2, GLITCH)]
            case Kind.POLLED:
                pass
            case _:
                self.shown = self.real

    def turned(self, value: float) -> None:
        """Take in a hand at the dial."""
        before, self.real = self.shown, value
        self.late = [(self.minute + 1, (before + value) / 2)] if self.kind is Kind.GROUP else []

    def glitches(self, value: float) -> None:
        """Show something else for a minute, unless it does so already."""
        if self.shown == self.real:
            self.late = [(self.minute + 1, value), (self.minute + 2, self.real)]

    def goes_out(self, minutes: int) -> None:
        """Be out of reach for some minutes."""
        self.out_until = self.minute + minutes + 1
        self.late = [(self.out_until, DEFAULT)] if self.kind is Odd.DEFAULTING else []

    def turns_on(self) -> None:
        """Be set to heat again."""
        if self.kind is Odd.MODE_FIRST:
            self.late = [(self.minute + 1, COOLING)]

    def passes(self) -> float:
        """Let a minute pass, and tell what shows."""
        self.minute += 1
        now = [value for minute, value in self.late if minute == self.minute]
        if now:
            self.shown = now[0]
        elif self.kind is not Kind.POLLED or self.minute % POLL == 0:
            self.shown = self.real
        return round(self.shown)

    def makes(self, value: float) -> float:
        """Tell what it makes of something that it is told."""
        if self.kind is Odd.CLAMPING:
            return min(max(value, CLAMP[0]), CLAMP[1])
        step = STEPS.get(self.kind) if isinstance(self.kind, Kind) else None
        return value if step is None else round((value - 32) / 1.8 / step) * step * 1.8 + 32
