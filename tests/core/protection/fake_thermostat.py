"""Thermostats as they are: what one shows after it was told something, or somebody turned its dial. °F.

tests/integration/unkind.py says who reported which; here a minute is what seconds are there.
"""

from dataclasses import dataclass, field
from enum import Enum, auto


class AnswerKind(Enum):
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


class OddAnswerKind(Enum):
    """How a thermostat answers that shows what nobody asked for."""

    CLAMPING = auto()
    """Takes nothing beyond limits that it does not advertise."""
    DEFAULTING = auto()
    """Shows a default for a minute after an outage."""
    MODE_FIRST = auto()
    """Shows for a minute what it cools to when it is set to heat again."""


POLL_EVERY = 3
"""Minutes."""

LOST_EVERY = 3
"""One in so many."""

GLITCH_F, DEFAULT_F, COOLING_F = 55.0, 50.0, 78.0
CLAMP_RANGE_F = (64.0, 76.0)
HALF_C, WHOLE_C = 0.5, 1.0
STEPS = {AnswerKind.HALVES_OF_C: HALF_C, AnswerKind.WHOLE_C: WHOLE_C}


@dataclass
class FakeThermostat:
    """One thermostat, looked at every minute."""

    kind: AnswerKind | OddAnswerKind
    actual: float = 70.0
    """What it is set to."""
    displayed: float = 70.0
    minute: int = 0
    scheduled_displays: list[tuple[int, float]] = field(default_factory=list)
    """(minute, what it then shows once)."""
    write_count: int = 0
    """How often it was told something."""
    outage_until: int = 0
    """Until that minute it is out of reach."""

    @property
    def is_unreachable(self) -> bool:
        """Whether it is out of reach."""
        return self.minute < self.outage_until

    def receive_write(self, value: float) -> None:
        """Take in a write."""
        self.write_count += 1
        is_lost = self.kind is AnswerKind.LOSSY and self.write_count % LOST_EVERY == 0
        if self.is_unreachable or is_lost:
            return
        before, self.actual = self.displayed, self.convert_write(value)
        match self.kind:
            case AnswerKind.OLD_FIRST:
                self.scheduled_displays = [
                    (self.minute + 1, self.actual),
                    (self.minute + 2, before),
                ]
            case AnswerKind.OUT_OF_ORDER:
                self.scheduled_displays = [
                    (self.minute + 1, self.actual),
                    (self.minute + 3, before),
                ]
            case AnswerKind.GROUP:
                self.scheduled_displays = [(self.minute + 1, (before + self.actual) / 2)]
            case AnswerKind.GLITCHING:
                self.scheduled_displays = [(self.minute + 2, GLITCH_F)]
            case AnswerKind.POLLED:
                pass
            case _:
                self.displayed = self.actual

    def turn_dial(self, value: float) -> None:
        """Take in a hand at the dial."""
        before, self.actual = self.displayed, value
        self.scheduled_displays = (
            [(self.minute + 1, (before + value) / 2)] if self.kind is AnswerKind.GROUP else []
        )

    def start_glitch(self, value: float) -> None:
        """Show something else for a minute, unless it does so already."""
        if self.displayed == self.actual:
            self.scheduled_displays = [(self.minute + 1, value), (self.minute + 2, self.actual)]

    def start_outage(self, minutes: int) -> None:
        """Be out of reach for some minutes."""
        self.outage_until = self.minute + minutes + 1
        self.scheduled_displays = (
            [(self.outage_until, DEFAULT_F)] if self.kind is OddAnswerKind.DEFAULTING else []
        )

    def turn_on(self) -> None:
        """Be set to heat again."""
        if self.kind is OddAnswerKind.MODE_FIRST:
            self.scheduled_displays = [(self.minute + 1, COOLING_F)]

    def advance_minute(self) -> float:
        """Let a minute pass, and tell what shows."""
        self.minute += 1
        now = [value for minute, value in self.scheduled_displays if minute == self.minute]
        if now:
            self.displayed = now[0]
        elif self.kind is not AnswerKind.POLLED or self.minute % POLL_EVERY == 0:
            self.displayed = self.actual
        return round(self.displayed)

    def convert_write(self, value: float) -> float:
        """Tell what it makes of something that it is told."""
        if self.kind is OddAnswerKind.CLAMPING:
            return min(max(value, CLAMP_RANGE_F[0]), CLAMP_RANGE_F[1])
        step = STEPS.get(self.kind) if isinstance(self.kind, AnswerKind) else None
        return value if step is None else round((value - 32) / 1.8 / step) * step * 1.8 + 32
