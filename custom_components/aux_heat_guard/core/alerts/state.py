"""The state of all alerts, as it is stored and as it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Alert, Severity
from ..settings.alerts import AlertSettings
from .facts import Facts
from .rule import Rule
from .rules import RULES, alert_config

SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Pending:
    """A trigger whose condition holds, but not yet for long enough."""

    since: datetime | None = None
    """When the condition came to hold; None while it does not hold."""
    unknown_since: datetime | None = None
    """Since when it is unknown whether the condition still holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An alert from being raised to being cleared."""

    raised_at: datetime
    severity: Severity
    initial_facts: Facts
    """The facts when the alert was raised."""
    facts: Facts
    """The facts when the alert's condition last held."""
    variant: str | None = None
    is_expected: bool = False
    """Whether the aux heat was expected, so that the alert is shown without notifications."""
    is_acknowledged: bool = False
    notified_at: datetime | None = None
    over_since: datetime | None = None
    """Since when the clear condition holds."""
    can_be_normal: bool = False
    """Whether a trigger raised the alert that is routine in some homes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """The state of one alert."""

    pendings: tuple[Pending, ...] = ()
    """One for each trigger of the rule; empty while no condition holds."""
    episode: Episode | None = None
    needs_rearm: bool = False
    """Whether the alert was cleared while a condition still held: the condition must end before it
    raises the alert again."""
    last_notified_at: datetime | None = None
    snoozed_until: datetime | None = None
    is_accepted_as_normal: bool = False
    """Whether the user acknowledged an alert that is routine in some homes."""

    def drop_expired(self, at: datetime, cooldown: timedelta) -> AlertState:
        """Return the state without an expired snooze and notification, if no alert is raised.

        Otherwise the state would never become initial again.
        """
        if self.episode is not None:
            return self
        snoozed_until, notified_at = self.snoozed_until, self.last_notified_at
        if snoozed_until is not None and snoozed_until <= at:
            snoozed_until = None
        if notified_at is not None and notified_at + cooldown <= at:
            notified_at = None
        if (snoozed_until, notified_at) == (self.snoozed_until, self.last_notified_at):
            return self
        return replace(self, snoozed_until=snoozed_until, last_notified_at=notified_at)

    def limit_to(self, at: datetime) -> AlertState:
        """Return the state without instants in the future, which a clock set back leaves."""
        episode, notified_at = self.episode, self.last_notified_at
        if episode is not None and max(episode.notified_at or at, episode.over_since or at) > at:
            episode = replace(
                episode,
                notified_at=_earlier(episode.notified_at, at),
                over_since=_earlier(episode.over_since, at),
            )
        if episode is self.episode and (notified_at is None or notified_at <= at):
            return self
        return replace(self, episode=episode, last_notified_at=_earlier(notified_at, at))

    def pendings_after_restart(self, rule: Rule) -> tuple[Pending, ...]:
        """Return the pending triggers that a restart does not reset."""
        if len(self.pendings) != len(rule.triggers):
            return ()
        kept = tuple(
            pending if trigger.survives_restart else Pending()
            for trigger, pending in zip(rule.triggers, self.pendings, strict=True)
        )
        return kept if any(pending.since for pending in kept) else ()


def _earlier(instant: datetime | None, at: datetime) -> datetime | None:
    return None if instant is None else min(instant, at)


INITIAL_STATE = AlertState()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveAlert:
    """A raised alert, as it is shown."""

    alert: Alert
    severity: Severity
    since: datetime
    is_expected: bool
    is_acknowledged: bool
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class AlertsView:
    """All alerts as they are shown."""

    active: tuple[ActiveAlert, ...] = ()
    """The raised alerts, the most severe first."""
    allowed_until: datetime | None = None
    """The end of the time for which the user allows aux heat."""
    snoozes: Mapping[Alert, datetime] = field(default_factory=dict)
    """The end of each snooze."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """The state of all alerts."""

    states: Mapping[Alert, AlertState] = field(default_factory=dict)
    """Without the alerts that are in the initial state."""
    allowed_until: datetime | None = None
    """The end of the time for which the user allows aux heat."""
    summary_due: datetime | None = None

    def active(self) -> tuple[ActiveAlert, ...]:
        """Return the raised alerts, the most severe first."""
        found = [
            ActiveAlert(
                alert=alert,
                severity=state.episode.severity,
                since=state.episode.raised_at,
                is_expected=state.episode.is_expected,
                is_acknowledged=state.episode.is_acknowledged,
                snoozed_until=state.snoozed_until,
            )
            for alert, state in self.states.items()
            if state.episode is not None
        ]
        found.sort(key=lambda active: (-SEVERITY_RANK[active.severity], active.since, active.alert))
        return tuple(found)

    def view_at(self, at: datetime) -> AlertsView:
        """Return all alerts as they are shown at an instant."""
        snoozes = {
            alert: state.snoozed_until
            for alert, state in self.states.items()
            if state.snoozed_until is not None and state.snoozed_until > at
        }
        return AlertsView(self.active(), self.allowed_until, snoozes)

    def snooze_targets(self, settings: AlertSettings) -> frozenset[Alert]:
        """Return the alerts that are snoozed if all alerts are snoozed.

        These are the raised alerts, and those that are not critical once they are raised.
        """
        harmless = {
            alert
            for alert in RULES
            if alert_config(settings, alert).severity is not Severity.CRITICAL
        }
        return frozenset(harmless | {active.alert for active in self.active()})

    def with_snooze(self, targets: frozenset[Alert], until: datetime) -> Alerts:
        """Return the alerts with some of them snoozed until an instant."""
        return self._with_states(
            {
                alert: replace(self.states.get(alert, INITIAL_STATE), snoozed_until=until)
                for alert in targets
            }
        )

    def with_acknowledgement(self, targets: frozenset[Alert]) -> Alerts:
        """Return the alerts with some of them acknowledged, as far as they are raised."""
        return self._with_states(
            {
                alert: replace(state, episode=replace(state.episode, is_acknowledged=True))
                for alert, state in self.states.items()
                if alert in targets and state.episode is not None
            }
        )

    def with_aux_allowed(self, until: datetime) -> Alerts:
        """Return the alerts with aux heat allowed until an instant."""
        return replace(self, allowed_until=until)

    def with_clock_set_back(self, by: timedelta) -> Alerts:
        """Return the alerts with snoozes and allowances that end as much earlier."""
        states = {
            alert: replace(state, snoozed_until=state.snoozed_until - by)
            for alert, state in self.states.items()
            if state.snoozed_until is not None
        }
        allowed_until = None if self.allowed_until is None else self.allowed_until - by
        return replace(self._with_states(states), allowed_until=allowed_until)

    def after_restart(self) -> Alerts:
        """Return the alerts after a time without observations.

        Pending triggers start again; raised alerts and notifications are kept.
        """
        return replace(
            self,
            states={
                alert: replace(state, pendings=state.pendings_after_restart(RULES[alert]))
                for alert, state in self.states.items()
            },
        )

    def _with_states(self, changed: Mapping[Alert, AlertState]) -> Alerts:
        return replace(self, states={**self.states, **changed})


NO_ALERTS = Alerts()
NO_ACTIVE_ALERTS = AlertsView()
