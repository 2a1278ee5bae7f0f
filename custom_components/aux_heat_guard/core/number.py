"""Figures that a user can set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A figure the user can set."""

    default: float
    minimum: float
    maximum: float
    step: float
    unit: str | None
    reason: str
