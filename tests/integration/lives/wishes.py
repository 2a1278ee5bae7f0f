"""What the user of a thermostat may want, by all that happened: it knows nothing of how the guard decides."""

from dataclasses import dataclass, field

SETTLE_SECONDS, LATE_SETTLE_SECONDS = 900.0, 1800.0
"""s. Whatever stands for so long is what somebody wants: without, and with an outage or a start in between."""

RECENT_SECONDS = 1500.0
"""s. So long what shows may be the answer to a command."""

HOLD_SECONDS = 7190.0
"""s. So long nothing is told against a hand: two hours, and the seconds in which one side is ahead of the other."""

SAME_WITHIN = 0.06
"""In the home's unit: as far as temperatures are apart that were converted there and back."""


@dataclass
class AcceptableSetpoints:
    """What the user may want to be heated to, in the home's unit."""

    allowed: set[float]
    """More than one where nobody outside can tell: it may be somebody's hand, or an answer."""
    settling: tuple[float, float, float] | None = None
    """(since, what shows, how long it takes until that is what is wanted)."""
    hold: tuple[float, float] | None = None
    """(since, what somebody set at the wall): nothing else is told for two hours."""
    recent: list[tuple[float, float]] = field(default_factory=list)
    """(when, what was told or showed before): for a while that may show again."""
    manual_changes: int = 0
    """How often somebody changed it elsewhere, or may have."""

    def record_request(self, value: float) -> None:
        """Take in what somebody asked for."""
        self.allowed, self.settling, self.hold = {value}, None, None

    def allow(self, value: float) -> None:
        """Take in what somebody may come to want."""
        self.allowed.add(value)

    def record_change(self, at: float, value: float, *, takes: float, holds: bool) -> None:
        """Take in that something else shows, which somebody set or a program did."""
        self.allowed.add(value)
        self.settling = (at, value, takes)
        self.hold = (at, value) if holds else None

    def record_displayed(self, at: float, shown: float | None) -> None:
        """Look at what shows, unless that is false."""
        self.recent = [(when, value) for when, value in self.recent if when > at - RECENT_SECONDS]
        if self.settling is not None:
            since, value, takes = self.settling
            if shown is None or abs(shown - value) > SAME_WITHIN:
                # Told something else, or not there yet.
                self.settling = None if at > since + SAME_WITHIN else self.settling
            elif at >= since + takes:
                self.allowed, self.settling = {value}, None
        if self.hold is not None and at > self.hold[0] + HOLD_SECONDS:
            self.hold = None

    def reset_settling(self, at: float) -> None:
        """Take in that what stands is looked at anew: it was away for a while, or nobody looked."""
        if self.settling is not None:
            self.settling = (at, self.settling[1], LATE_SETTLE_SECONDS)

    def is_ambiguous(self, value: float, step: float) -> bool:
        """Say whether something that shows may also be the answer to a command."""
        return any(abs(value - other) < step + SAME_WITHIN for _, other in self.recent)
