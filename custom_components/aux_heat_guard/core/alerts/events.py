"""The events of alerts that the rest of the integration handles."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..model import Alert, Severity
from .facts import NO_FACTS, Fact


class EventType(StrEnum):
    """The type of an alert event."""

    RAISED = "raised"
    NOTIFIED = "told"
    """A notification is due: at once, or as soon as nothing delays it any more."""
    REMINDED = "reminded"
    CHANGED = "changed"
    """The text of an alert that people were notified of has changed."""
    CLEARED = "cleared"
    SUMMARY = "summary"
    """The summary of a day with expected aux heat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """Something that happened to an alert."""

    event_type: EventType
    alert: Alert | None
    """None for the summary of the day."""
    severity: Severity
    facts: Mapping[str, Fact] = NO_FACTS
    variant: str | None = None
    was_notified: bool = False
    """Whether people had been notified of the alert before."""
