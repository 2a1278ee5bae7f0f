"""Fake thermostats, with their displays after writes and manual changes, in °F.

tests/integration/faulty_thermostats.py names who reported each; what takes seconds there takes
minutes here.
"""

from dataclasses import dataclass, field
from enum import Enum, auto


class AnswerKind(Enum):
    """How a thermostat answers. Readbacks differ from manual changes."""

    INSTANT = auto()
    POLLED = auto()
    """Polled every three minutes."""
    HALVES_OF_C = auto()
    """Half degrees Celsius, in a home that uses °F."""
    WHOLE_C = auto()
    OLD_FIRST = auto()
    """Displays the written value, then once more the previous one, then the written one."""
    OUT_OF_ORDER = auto()
    """Reports the previous value late."""
    GROUP = auto()
    """Two thermostats, one of which answers a minute later. Displays their mean."""
    GLITCHING = auto()
    """Displays the written value, another one for a minute, then the written one again."""
    LOSSY = auto()
    """Loses every third write."""


class OddAnswerKind(Enum):
    """How a thermostat answers that displays setpoints without a request."""

    CLAMPING = auto()
    """Clamps to limits that it does not report."""
    DEFAULTING = auto()
    """Displays a default for a minute after an outage."""
    MODE_FIRST = auto()
    """Displays its cooling setpoint for a minute when it heats again."""


POLL_EVERY = 3
"""Minutes."""

LOST_EVERY = 3
"""One of this many writes is lost."""

GLITCH_F, DEFAULT_F, COOLING_F = 55.0, 50.0, 78.0
CLAMP_RANGE_F = (64.0, 76.0)
HALF_C, WHOLE_C = 0.5, 1.0
STEPS = {AnswerKind.HALVES_OF_C: HALF_C, AnswerKind.WHOLE_C: WHOLE_C}


@dataclass
class FakeThermostat:
    """A thermostat that is read every minute."""

    kind: AnswerKind | OddAnswerKind
    actual: float = 70.0
    """The current setpoint of the thermostat."""
    displayed: float = 70.0
    minute: int = 0
    scheduled_displays: list[tuple[int, float]] = field(default_factory=list)
    """(minute, setpoint displayed once at that minute)."""
    write_count: int = 0
    """The number of writes."""
    outage_until: int = 0
    """The minute until which the thermostat is unreachable."""

    @property
    def is_unreachable(self) -> bool:
        """Whether the thermostat is unreachable."""
        return self.minute < self.outage_until

    def receive_write(self, value: float) -> None:
        """Receive a write."""
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
        """Change the setpoint manually."""
        before, self.actual = self.displayed, value
        self.scheduled_displays = (
            [(self.minute + 1, (before + value) / 2)] if self.kind is AnswerKind.GROUP else []
        )

    def start_glitch(self, value: float) -> None:
        """Display another setpoint for a minute, unless a glitch is going on."""
        if self.displayed == self.actual:
            self.scheduled_displays = [(self.minute + 1, value), (self.minute + 2, self.actual)]

    def start_outage(self, minutes: int) -> None:
        """Make the thermostat unreachable for some minutes."""
        self.outage_until = self.minute + minutes + 1
        self.scheduled_displays = (
            [(self.outage_until, DEFAULT_F)] if self.kind is OddAnswerKind.DEFAULTING else []
        )

    def turn_on(self) -> None:
        """Start heating again."""
        if self.kind is OddAnswerKind.MODE_FIRST:
            self.scheduled_displays = [(self.minute + 1, COOLING_F)]

    def advance_minute(self) -> float:
        """Advance a minute, and return the displayed setpoint."""
        self.minute += 1
        now = [value for minute, value in self.scheduled_displays if minute == self.minute]
        if now:
            self.displayed = now[0]
        elif self.kind is not AnswerKind.POLLED or self.minute % POLL_EVERY == 0:
            self.displayed = self.actual
        return round(self.displayed)

    def convert_write(self, value: float) -> float:
        """Return the setpoint that results from a write."""
        if self.kind is OddAnswerKind.CLAMPING:
            return min(max(value, CLAMP_RANGE_F[0]), CLAMP_RANGE_F[1])
        step = STEPS.get(self.kind) if isinstance(self.kind, AnswerKind) else None
        return value if step is None else round((value - 32) / 1.8 / step) * step * 1.8 + 32
