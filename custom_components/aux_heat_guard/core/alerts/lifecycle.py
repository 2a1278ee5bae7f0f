"""The lifecycle of an alert: pending, raised, notified, acknowledged or snoozed, and cleared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from ..model import Alert, Severity
from ..settings.alerts import AlertConfig
from .conditions.common_facts import certainty_facts
from .context import AlertContext
from .events import AlertEvent, EventType
from .facts import Facts, count, energy, money, seconds
from .quiet_hours import next_local_time, quiet_hours_end
from .rule import ONE_DAY, Trigger
from .rules import EVALUATION_ORDER, RULES, alert_config
from .state import INITIAL_STATE, SEVERITY_RANK, Alerts, AlertState, Episode, Pending
from .verdict import MET, NOT_MET, Verdict

UNKNOWN_TIMEOUT = timedelta(minutes=10)
"""A condition that is unknown for longer starts again; a source in the cloud is back in minutes."""

CRITICAL_REMINDER = timedelta(hours=1)
"""Reminders of a critical alert repeat until someone answers."""

SUMMARY_AT = time(8)
"""The local time of the summary of expected aux heat."""

MIN_SUMMARY_AUX = timedelta(minutes=30)
"""Aux heat in a day: a summary of less is not worth a notification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The alerts after an evaluation; the same objects where nothing changed."""

    alerts: Alerts
    at: datetime
    due: datetime | None
    """When the passage of time alone may change an alert."""
    events: tuple[AlertEvent, ...] = ()


def evaluate(alerts: Alerts, context: AlertContext) -> Evaluation:
    """Evaluate the rules of all alerts."""
    if alerts.allowed_until is not None and alerts.allowed_until <= context.at:
        alerts = replace(alerts, allowed_until=None)
    changed, events, dues = dict[Alert, AlertState](), list[AlertEvent](), list[datetime]()
    for alert in EVALUATION_ORDER:
        config = alert_config(context.settings.alerts, alert)
        before = alerts.states.get(alert, INITIAL_STATE)
        verdicts, holds = list[Verdict](), False
        # A plain loop: it runs for every alert at each event.
        for trigger in RULES[alert].triggers if config.enabled else ():
            verdict = trigger.condition(context, config.thresholds)
            verdicts.append(verdict)
            holds = holds or bool(verdict.holds)
            if verdict.due is not None:
                dues.append(verdict.due)
        if before is INITIAL_STATE and not holds:
            continue
        evaluation = _AlertEvaluation(
            alert=alert, config=config, context=context, alerts=alerts, updated_states=changed
        )
        after = evaluation.evaluate(before, verdicts)
        if after != before:
            changed[alert] = after
        events += evaluation.events
        dues += evaluation.dues
    states = {**alerts.states, **changed} if changed else alerts.states
    summary_due = alerts.summary_due or _next_summary(states, context)
    if summary_due is not None and context.at >= summary_due:
        events += _summary_events(context)
        summary_due = _next_summary(states, context)
    if changed or summary_due != alerts.summary_due:
        states = {alert: state for alert, state in states.items() if state != INITIAL_STATE}
        alerts = replace(alerts, states=states, summary_due=summary_due)
    dues += [due for due in (summary_due, alerts.allowed_until) if due is not None]
    return Evaluation(
        alerts=alerts,
        at=context.at,
        due=min((due for due in dues if due > context.at), default=None),
        events=tuple(events),
    )


def _summary_events(context: AlertContext) -> list[AlertEvent]:
    """Return the summary of the last day, if aux heat ran long enough."""
    totals, amounts = context.ledger.window(context.ledger.at - ONE_DAY)
    if totals.aux < MIN_SUMMARY_AUX.total_seconds():
        return []
    facts: Facts = {
        "aux": seconds(totals.aux),
        "starts": count(totals.cycles),
        "kwh": energy(amounts.kwh),
        "money": money(amounts.cost),
        **certainty_facts(context),
    }
    return [
        AlertEvent(event_type=EventType.SUMMARY, alert=None, severity=Severity.INFO, facts=facts)
    ]


def _next_summary(states: Mapping[Alert, AlertState], context: AlertContext) -> datetime | None:
    """Return when the next summary is due, or None unless expected aux heat runs."""
    is_expected = context.is_aux_running and any(
        state.episode is not None and state.episode.is_expected for state in states.values()
    )
    if not is_expected:
        return None
    zone, quiet_hours = context.settings.zone, context.settings.alerts.quiet_hours
    return quiet_hours_end(next_local_time(context.at, SUMMARY_AT, zone), quiet_hours, zone)


class _AlertEvaluation:
    """A single evaluation of one alert."""

    def __init__(
        self,
        *,
        alert: Alert,
        config: AlertConfig,
        context: AlertContext,
        alerts: Alerts,
        updated_states: Mapping[Alert, AlertState],
    ) -> None:
        self.alert = alert
        self.rule = RULES[alert]
        self.config = config
        self.context = context
        self.alerts = alerts
        self.updated_states = updated_states
        """The new states of the alerts that were evaluated earlier."""
        self.events: list[AlertEvent] = []
        self.dues: list[datetime] = []
        self._holds = False

    def evaluate(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        """Return the new state of the alert; collect its events and due times."""
        at = self.context.at
        state = state.limit_to(at).drop_expired(at, self.rule.cooldown)
        if not self.config.enabled:
            return replace(self._clear(state, []), needs_rearm=False)
        self._holds = any(verdict.holds for verdict in verdicts)
        state = self._update_pendings(state, verdicts)
        if state.episode is None:
            return self._raise_if_due(state, verdicts)
        return self._advance_episode(state, state.episode, verdicts)

    def _is_suppressed(self) -> bool:
        """Return True if an alert is raised that explains this one."""
        others = (
            self.updated_states.get(alert, self.alerts.states.get(alert, INITIAL_STATE))
            for alert in self.rule.suppressed_by
        )
        return any(other.episode is not None for other in others)

    def _update_pendings(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        pendings = tuple(
            _next_pending(trigger, pending, verdict, self.context.at)
            for trigger, pending, verdict in self._triggers(state, verdicts)
        )
        needs_rearm = state.needs_rearm and any(verdict.holds is not False for verdict in verdicts)
        if not any(pending.since for pending in pendings):
            pendings = ()
        if (pendings, needs_rearm) == (state.pendings, state.needs_rearm):
            return state
        return replace(state, pendings=pendings, needs_rearm=needs_rearm)

    def _triggers(
        self, state: AlertState, verdicts: list[Verdict]
    ) -> list[tuple[Trigger, Pending, Verdict]]:
        """Return each trigger with its pending state and its verdict."""
        pendings = state.pendings or (Pending(),) * len(verdicts)
        return list(zip(self.rule.triggers, pendings, verdicts, strict=True))

    def _raise_if_due(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        """Raise the alert if a trigger's condition has held for long enough."""
        for trigger, pending, verdict in self._triggers(state, verdicts):
            if (
                pending.since is None
                or verdict.holds is not True
                or state.needs_rearm
                or (state.is_accepted_as_normal and trigger.can_be_normal)
            ):
                continue
            raise_at = pending.since + trigger.delay(self.config.thresholds)
            if self.context.at < raise_at:
                self.dues.append(raise_at)
            elif self._meets_final_condition(trigger, pending.since):
                if not self._is_suppressed():
                    return self._open_episode(state, trigger, verdict)
                if self.rule.raises_after_suppression:
                    return state
                return replace(state, needs_rearm=True)
        return state

    def _meets_final_condition(self, trigger: Trigger, since: datetime) -> bool | None:
        if trigger.final_condition is None:
            return True
        verdict = trigger.final_condition(self.context, self.config.thresholds, since)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return verdict.holds

    def _open_episode(self, state: AlertState, trigger: Trigger, verdict: Verdict) -> AlertState:
        facts = self._facts(verdict)
        episode = Episode(
            raised_at=self.context.at,
            severity=self._severity(trigger),
            initial_facts=facts,
            facts=facts,
            variant=self.rule.variant(facts, facts),
            is_expected=bool(verdict.is_expected),
            can_be_normal=trigger.can_be_normal,
        )
        self._emit(EventType.RAISED, episode)
        return self._notify_if_due(state, episode)

    def _facts(self, verdict: Verdict) -> Facts:
        certainty = certainty_facts(self.context) if self.rule.depends_on_aux_signal else None
        return {**verdict.facts, **certainty} if certainty else verdict.facts

    def _advance_episode(
        self, state: AlertState, episode: Episode, verdicts: list[Verdict]
    ) -> AlertState:
        """Update a raised alert, and clear it if it is over."""
        met = self._met_trigger(state, verdicts)
        if met is not None:
            state, episode = self._update_episode(state, episode, *met)
        if self.rule.clears_on_acknowledge and episode.is_acknowledged:
            return self._clear(state, verdicts)
        clearing = self._clear_verdict(episode, verdicts)
        if clearing.due is not None:
            self.dues.append(clearing.due)
        if not clearing.holds and self._has_instant_clear(episode):
            return self._clear(state, verdicts)
        if clearing.holds is None:
            # While it is unknown whether the alert is over, the alert stays as it was.
            return self._notify_if_due(state, episode)
        if not clearing.holds:
            if episode.over_since is not None:
                episode = replace(episode, over_since=None)
            return self._notify_if_due(state, episode)
        over_since = episode.over_since or self.context.at
        if self.context.at >= over_since + self.rule.clear_delay:
            return self._clear(state, verdicts)
        self.dues.append(over_since + self.rule.clear_delay)
        return self._notify_if_due(state, replace(episode, over_since=over_since))

    def _update_episode(
        self, state: AlertState, episode: Episode, trigger: Trigger, verdict: Verdict
    ) -> tuple[AlertState, Episode]:
        """Update the facts of a raised alert.

        A higher severity ends snooze and acknowledgement, so that people are notified again.
        """
        is_expected = episode.is_expected if verdict.is_expected is None else verdict.is_expected
        facts = self._facts(verdict)
        variant = self.rule.variant(episode.initial_facts, facts) or episode.variant
        updated = episode
        if (facts, is_expected, variant) != (episode.facts, episode.is_expected, episode.variant):
            updated = replace(episode, facts=facts, is_expected=is_expected, variant=variant)
        severity = self._severity(trigger)
        if SEVERITY_RANK[severity] > SEVERITY_RANK[episode.severity]:
            worse = replace(
                updated,
                severity=severity,
                is_acknowledged=False,
                notified_at=None,
                can_be_normal=trigger.can_be_normal,
            )
            return replace(state, last_notified_at=None, snoozed_until=None), worse
        if (
            variant != episode.variant
            and episode.notified_at is not None
            and self._can_notify(state, updated)
        ):
            self._emit(EventType.CHANGED, updated)
        return state, updated

    def _severity(self, trigger: Trigger) -> Severity:
        return min(self.config.severity, trigger.max_severity, key=SEVERITY_RANK.__getitem__)

    def _can_notify(self, state: AlertState, episode: Episode) -> bool:
        """Return True if nothing holds back a notification now."""
        now, settings = self.context.at, self.context.settings
        is_snoozed = max(state.snoozed_until or now, self._aux_allowed_until() or now) > now
        is_quiet = (
            episode.severity is not Severity.CRITICAL
            and quiet_hours_end(now, settings.alerts.quiet_hours, settings.zone) > now
        )
        return not (episode.is_expected or episode.is_acknowledged or is_snoozed or is_quiet)

    def _met_trigger(
        self, state: AlertState, verdicts: list[Verdict]
    ) -> tuple[Trigger, Verdict] | None:
        """Return the first trigger whose condition has held for its delay."""
        for trigger, pending, verdict in self._triggers(state, verdicts):
            if (
                verdict.holds
                and pending.since is not None
                and self.context.at >= pending.since + trigger.delay(self.config.thresholds)
            ):
                return trigger, verdict
        return None

    def _clear_verdict(self, episode: Episode, verdicts: list[Verdict]) -> Verdict:
        if self.rule.clear_condition is not None:
            return self.rule.clear_condition(
                self.context, self.config.thresholds, episode.raised_at
            )
        # While it is unknown whether the alert is over, the alert stays as it was.
        return MET if all(verdict.holds is False for verdict in verdicts) else NOT_MET

    def _has_instant_clear(self, episode: Episode) -> bool:
        """Return True if the instant clear condition of the episode's variant holds."""
        condition = self.rule.instant_clear_conditions.get(episode.variant or "")
        if condition is None or (
            episode.over_since is not None
            and self.context.at < episode.over_since + self.rule.clear_delay
        ):
            return False
        verdict = condition(self.context, self.config.thresholds)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return bool(verdict.holds)

    def _notify_if_due(self, state: AlertState, episode: Episode) -> AlertState:
        """Emit the notifications and reminders that are due, and note when the next ones are."""
        now = self.context.at
        last_notified_at = state.last_notified_at
        if episode.notified_at is None:
            notify_at = self._next_notification(state, episode)
            if notify_at is None or (
                notify_at <= now and self.rule.is_forecast and not self._holds
            ):
                return replace(state, episode=episode)
            if notify_at <= now:
                self._emit(EventType.NOTIFIED, episode)
                episode, last_notified_at = replace(episode, notified_at=now), now
            else:
                self.dues.append(notify_at)
        remind_at = self._next_reminder(state, episode)
        if remind_at is not None and now >= remind_at:
            self._emit(EventType.REMINDED, episode)
            episode, last_notified_at = replace(episode, notified_at=now), now
            remind_at = self._next_reminder(state, episode)
        if remind_at is not None:
            self.dues.append(remind_at)
        if episode == state.episode and last_notified_at == state.last_notified_at:
            return state
        return replace(state, episode=episode, last_notified_at=last_notified_at)

    def _aux_allowed_until(self) -> datetime | None:
        """Return until when the user allows aux heat, if that holds back this alert."""
        return self.alerts.allowed_until if self.rule.waits_while_allowed else None

    def _next_reminder(self, state: AlertState, episode: Episode) -> datetime | None:
        """Return when the next reminder is due, or None for never.

        Critical alerts repeat each hour; others once, after their snooze.
        """
        if (
            episode.notified_at is None
            or episode.is_acknowledged
            or episode.is_expected
            or (self.rule.is_forecast and not self._holds)
        ):
            return None
        notified_at, snoozed_until = episode.notified_at, state.snoozed_until
        if episode.severity is Severity.CRITICAL:
            return max(
                notified_at + CRITICAL_REMINDER,
                snoozed_until or notified_at,
                self._aux_allowed_until() or notified_at,
            )
        if snoozed_until is None or snoozed_until <= notified_at:
            return None
        settings = self.context.settings
        return quiet_hours_end(snoozed_until, settings.alerts.quiet_hours, settings.zone)

    def _next_notification(self, state: AlertState, episode: Episode) -> datetime | None:
        """Return when the notification is due, or None if none is due as far as is known."""
        if episode.is_expected or episode.is_acknowledged:
            return None
        settings = self.context.settings
        candidates = [self.context.at]
        if state.snoozed_until is not None:
            candidates.append(state.snoozed_until)
        allowed_until = self._aux_allowed_until()
        if allowed_until is not None:
            candidates.append(allowed_until)
        if state.last_notified_at is not None:
            candidates.append(state.last_notified_at + self.rule.cooldown)
        latest = max(candidates)
        if episode.severity is Severity.CRITICAL:
            return latest
        return quiet_hours_end(latest, settings.alerts.quiet_hours, settings.zone)

    def _clear(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        episode = state.episode
        if episode is not None:
            self._emit(EventType.CLEARED, episode)
        is_accepted_as_normal = state.is_accepted_as_normal or (
            episode is not None and episode.is_acknowledged and episode.can_be_normal
        )
        return replace(
            state,
            episode=None,
            pendings=(),
            needs_rearm=any(verdict.holds is not False for verdict in verdicts),
            is_accepted_as_normal=is_accepted_as_normal,
        )

    def _emit(self, event_type: EventType, episode: Episode) -> None:
        self.events.append(
            AlertEvent(
                event_type=event_type,
                alert=self.alert,
                severity=episode.severity,
                facts=episode.facts,
                variant=episode.variant,
                was_notified=episode.notified_at is not None,
            )
        )


def _next_pending(trigger: Trigger, pending: Pending, verdict: Verdict, at: datetime) -> Pending:
    """Return the pending state of a trigger after a verdict."""
    if verdict.holds:
        if pending.since is not None and pending.since <= at and pending.unknown_since is None:
            return pending
        # After the clock was set back, a condition cannot hold since an instant in the future.
        return Pending(min(pending.since or at, at))
    if verdict.holds is None and pending.since is not None:
        unknown_since = at if trigger.survives_restart else pending.unknown_since or at
        if at - unknown_since > UNKNOWN_TIMEOUT:
            return Pending()
        return Pending(pending.since, unknown_since)
    return Pending()
