"""The setpoints that a user may want after all that happened, whatever the guard decides."""

from dataclasses import dataclass, field

SETTLE_SECONDS, LATE_SETTLE_SECONDS = 900.0, 1800.0
"""In s. A setpoint that remains so long is wanted; the second time is with an outage or a start."""

RECENT_SECONDS = 1500.0
"""In s. For so long, a displayed setpoint may be the readback of a command."""

HOLD_SECONDS = 7190.0
"""In s. The length of a manual hold: two hours, and the seconds by which the two sides differ."""

SAME_WITHIN = 0.06
"""In the home's unit. The error of a temperature that was converted there and back."""


@dataclass
class AcceptableSetpoints:
    """The heating setpoints that the user may want, in the home's unit."""

    allowed: set[float]
    """More than one if a change may be manual or a readback."""
    settling: tuple[float, float, float] | None = None
    """(since, the displayed setpoint, the seconds until it counts as wanted)."""
    hold: tuple[float, float] | None = None
    """(since, the setpoint set at the wall): no other command for two hours."""
    recent: list[tuple[float, float]] = field(default_factory=list)
    """(when, an earlier setpoint): the thermostat may show it again for a while."""
    manual_changes: int = 0
    """The number of certain or possible changes elsewhere."""

    def record_request(self, value: float) -> None:
        """Record a request."""
        self.allowed, self.settling, self.hold = {value}, None, None

    def allow(self, value: float) -> None:
        """Record a setpoint that the user may want."""
        self.allowed.add(value)

    def record_change(self, at: float, value: float, *, takes: float, holds: bool) -> None:
        """Record a change at the wall or by the program of the thermostat."""
        self.allowed.add(value)
        self.settling = (at, value, takes)
        self.hold = (at, value) if holds else None

    def record_displayed(self, at: float, shown: float | None) -> None:
        """Record the displayed setpoint, unless it is false."""
        self.recent = [(when, value) for when, value in self.recent if when > at - RECENT_SECONDS]
        if self.settling is not None:
            since, value, takes = self.settling
            if shown is None or abs(shown - value) > SAME_WITHIN:
                # Another command was sent, or the change does not show yet.
                self.settling = None if at > since + SAME_WITHIN else self.settling
            elif at >= since + takes:
                self.allowed, self.settling = {value}, None
        if self.hold is not None and at > self.hold[0] + HOLD_SECONDS:
            self.hold = None

    def reset_settling(self, at: float) -> None:
        """Restart the wait for a displayed setpoint, after an outage or a start."""
        if self.settling is not None:
            self.settling = (at, self.settling[1], LATE_SETTLE_SECONDS)

    def is_ambiguous(self, value: float, step: float) -> bool:
        """Return True if a displayed setpoint may also be the readback of a command."""
        return any(abs(value - other) < step + SAME_WITHIN for _, other in self.recent)
