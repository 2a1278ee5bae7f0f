"""The life of an alert: it comes about, is raised, told, answered, and cleared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Alert, Severity
from ..settings.alerts import (
    ALLOWABLE_ALERTS,
    CRITICAL_REMINDER,
    MIN_SUMMARY_AUX,
    ONE_DAY,
    SUMMARY_AT,
    UNKNOWN_TIMEOUT,
    AlertConfig,
    AlertSettings,
)
from .conditions.facts import certainty_facts
from .context import AlertContext
from .quiet_hours import next_local_time, quiet_hours_end
from .rules import EVALUATION_ORDER, RULES, Rule, Trigger
from .verdict import NOT_MET, Facts, Verdict


class EventType(StrEnum):
    """What happens to an alert that others want to know."""

    RAISED = "raised"
    NOTIFIED = "told"
    """It is to be told now: at once, or when nothing speaks against it any more."""
    REMINDED = "reminded"
    CHANGED = "changed"
    """What was told is now put in other words."""
    CLEARED = "cleared"
    SUMMARY = "summary"
    """The day's summary of what was to be expected."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A condition that may come to hold long enough."""

    since: datetime | None = None
    unknown_since: datetime | None = None
    """Since when nobody knows whether it still holds."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert from being raised to being cleared."""

    raised_at: datetime
    severity: Severity
    initial_facts: Facts
    """What was when it was raised."""
    facts: Facts
    """What was when it was last seen to hold."""
    variant: str | None = None
    is_expected: bool = False
    """Whether it was to be expected."""
    is_acknowledged: bool = False
    """Whether somebody said that they know."""
    notified_at: datetime | None = None
    over_since: datetime | None = None
    """Since when it seems to be over."""
    can_be_normal: bool = False
    """Whether it came about in a way that is usual in some homes."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """What is remembered of one alert."""

    pendings: tuple[Pending, ...] = ()
    episode: Episode | None = None
    needs_rearm: bool = False
    """Whether it was cleared though what raised it still holds: that must be over before it raises it again."""
    last_notified_at: datetime | None = None
    snoozed_until: datetime | None = None
    is_accepted_as_normal: bool = False
    """Whether somebody said that what may be usual in a home is so in this one."""


@dataclass(frozen=True, slots=True)
class ActiveAlert:
    """An alert that is raised, as it is shown."""

    alert: Alert
    severity: Severity
    since: datetime
    is_expected: bool
    is_acknowledged: bool
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class AlertsView:
    """What is shown of all alerts."""

    active: tuple[ActiveAlert, ...] = ()
    """The most severe first."""
    allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""
    snoozes: Mapping[Alert, datetime] = field(default_factory=dict)
    """Of which nobody is to be told, and until when."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is remembered of all alerts."""

    states: Mapping[Alert, AlertState] = field(default_factory=dict)
    allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""
    summary_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """Something that happened to an alert."""

    event_type: EventType
    alert: Alert | None
    """None: the day's summary."""
    severity: Severity
    facts: Facts = field(default_factory=dict)
    variant: str | None = None
    was_notified: bool = False
    """Whether people had been told of it before."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All alerts after a look at a situation. Where nothing changed they are the very same."""

    alerts: Alerts
    at: datetime
    due: datetime | None
    """When time alone may change what a rule says."""
    events: tuple[AlertEvent, ...] = ()


INITIAL_STATE = AlertState()
NO_ALERTS = Alerts()
NO_ACTIVE_ALERTS = AlertsView()


def evaluate(alerts: Alerts, context: AlertContext) -> Evaluation:
    """Look at a situation by all rules."""
    if alerts.allowed_until is not None and alerts.allowed_until <= context.at:
        alerts = replace(alerts, allowed_until=None)
    changed, happenings, dues = dict[Alert, AlertState](), list[AlertEvent](), list[datetime]()
    choices, before_all = context.settings.alerts.configs, alerts.states
    for alert in EVALUATION_ORDER:
        choice, before = choices[alert], before_all.get(alert, INITIAL_STATE)
        verdicts, holds = list[Verdict](), False
        # A plain loop: this is asked of every alert at each event.
        for way in RULES[alert].triggers if choice.enabled else ():
            verdict = way.condition(context, choice.thresholds)
            verdicts.append(verdict)
            holds = holds or bool(verdict.holds)
            if verdict.due is not None:
                dues.append(verdict.due)
        if before is INITIAL_STATE and not holds:
            continue
        look = _AlertEvaluation(alert, choice, context, alerts, changed)
        after = look.evaluate(before, verdicts)
        if after != before:
            changed[alert] = after
        happenings += look.events
        dues += look.dues
    states = {**alerts.states, **changed} if changed else alerts.states
    summary = alerts.summary_due or _summary_due(states, context)
    if summary is not None and context.at >= summary:
        happenings += _summary_events(context)
        summary = _summary_due(states, context)
    if changed or summary != alerts.summary_due:
        states = {alert: state for alert, state in states.items() if state != INITIAL_STATE}
        alerts = replace(alerts, states=states, summary_due=summary)
    dues += [due for due in (summary, alerts.allowed_until) if due is not None]
    return Evaluation(
        alerts,
        context.at,
        min((due for due in dues if due > context.at), default=None),
        tuple(happenings),
    )


def _summary_events(context: AlertContext) -> list[AlertEvent]:
    """Sum up the last day, if there is anything to tell."""
    totals, amounts = context.ledger.window(context.ledger.at - ONE_DAY)
    facts: Facts = {
        "aux_s": totals.aux,
        "starts": totals.cycles,
        "kwh": amounts.kwh,
        "money": amounts.cost,
        **certainty_facts(context),
    }
    return (
        [AlertEvent(EventType.SUMMARY, None, Severity.INFO, facts)]
        if totals.aux >= MIN_SUMMARY_AUX.total_seconds()
        else []
    )


def _summary_due(states: Mapping[Alert, AlertState], context: AlertContext) -> datetime | None:
    """Tell when the next summary is due: while AUX runs of which nobody is told because it was to be expected."""
    is_expected = context.is_aux_running and any(
        state.episode is not None and state.episode.is_expected for state in states.values()
    )
    zone, quiet = context.settings.zone, context.settings.alerts.quiet_hours
    return (
        quiet_hours_end(next_local_time(context.at, SUMMARY_AT, zone), quiet, zone)
        if is_expected
        else None
    )


class _AlertEvaluation:
    """One look at one alert."""

    def __init__(
        self,
        alert: Alert,
        choice: AlertConfig,
        context: AlertContext,
        alerts: Alerts,
        updated_states: Mapping[Alert, AlertState],
    ) -> None:
        self.alert = alert
        self.rule = RULES[alert]
        self.choice = choice
        self.context = context
        self.alerts = alerts
        self.updated_states = updated_states
        """What came of those that were looked at before."""
        self.events: list[AlertEvent] = []
        self.dues: list[datetime] = []
        self._holds = False

    def evaluate(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        state = _drop_expired(
            _limit_to_now(state, self.context.at), self.context.at, self.rule.cooldown
        )
        if not self.choice.enabled:
            return replace(self._clear(state, []), needs_rearm=False)
        self._holds = any(verdict.holds for verdict in verdicts)
        state = self._update_pendings(state, verdicts)
        if state.episode is None:
            return self._raise_if_due(state, verdicts)
        return self._advance_episode(state, state.episode, verdicts)

    def _is_suppressed(self) -> bool:
        """Tell whether an alert is raised that says the same, and better."""
        others = (
            self.updated_states.get(alert, self.alerts.states.get(alert, INITIAL_STATE))
            for alert in self.rule.suppressed_by
        )
        return any(other.episode is not None for other in others)

    def _update_pendings(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        pendings = state.pendings or (Pending(),) * len(verdicts)
        at = self.context.at
        followed = tuple(
            _next_pending(way, pending, verdict, at)
            for way, pending, verdict in zip(self.rule.triggers, pendings, verdicts, strict=True)
        )
        spent = state.needs_rearm and any(verdict.holds is not False for verdict in verdicts)
        if not any(pending.since for pending in followed):
            followed = ()
        return (
            state
            if (followed, spent) == (state.pendings, state.needs_rearm)
            else replace(state, pendings=followed, needs_rearm=spent)
        )

    def _raise_if_due(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        """Raise it, where a way has held for long enough."""
        for way, pending, verdict in zip(
            self.rule.triggers,
            state.pendings or (Pending(),) * len(verdicts),
            verdicts,
            strict=True,
        ):
            if (
                pending.since is None
                or verdict.holds is not True
                or state.needs_rearm
                or (state.is_accepted_as_normal and way.can_be_normal)
            ):
                continue
            ready = pending.since + way.delay(self.choice.thresholds)
            if self.context.at < ready:
                self.dues.append(ready)
            elif self._meets_final_condition(way, pending.since):
                if not self._is_suppressed():
                    return self._open_episode(state, way, verdict)
                return (
                    state
                    if self.rule.raises_after_suppression
                    else replace(state, needs_rearm=True)
                )
        return state

    def _meets_final_condition(self, trigger: Trigger, since: datetime) -> bool | None:
        if trigger.final_condition is None:
            return True
        verdict = trigger.final_condition(self.context, self.choice.thresholds, since)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return verdict.holds

    def _open_episode(self, state: AlertState, trigger: Trigger, verdict: Verdict) -> AlertState:
        facts = self._facts(verdict)
        severity = self._severity(trigger)
        variant = self.rule.variant(facts, facts)
        episode = Episode(
            self.context.at,
            severity,
            facts,
            facts,
            variant,
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
        if (held := self._due_trigger(state, verdicts)) is not None:
            state, episode = self._update_episode(state, episode, *held)
        if self.rule.clears_on_acknowledge and episode.is_acknowledged:
            return self._clear(state, verdicts)
        clearing = self._clear_verdict(episode, verdicts)
        if clearing.due is not None:
            self.dues.append(clearing.due)
        if not clearing.holds and self._has_instant_clear(episode):
            return self._clear(state, verdicts)
        if clearing.holds is None:
            # As long as nobody knows, it is as it was.
            return self._notify_if_due(state, episode)
        if not clearing.holds:
            return self._notify_if_due(
                state, episode if episode.over_since is None else replace(episode, over_since=None)
            )
        gone = episode.over_since or self.context.at
        if self.context.at >= gone + self.rule.clear_delay:
            return self._clear(state, verdicts)
        self.dues.append(gone + self.rule.clear_delay)
        return self._notify_if_due(state, replace(episode, over_since=gone))

    def _update_episode(
        self, state: AlertState, episode: Episode, trigger: Trigger, verdict: Verdict
    ) -> tuple[AlertState, Episode]:
        """Take in what is now, and whether it has become worse: then who knew, or wanted to be left alone, is told anew."""
        quiet = episode.is_expected if verdict.is_expected is None else verdict.is_expected
        facts = self._facts(verdict)
        variant = self.rule.variant(episode.initial_facts, facts) or episode.variant
        is_alike = (facts, quiet, variant) == (episode.facts, episode.is_expected, episode.variant)
        grown = (
            episode
            if is_alike
            else replace(episode, facts=facts, is_expected=quiet, variant=variant)
        )
        severity = self._severity(trigger)
        if _SEVERITY_RANK[severity] > _SEVERITY_RANK[episode.severity]:
            worse = replace(
                grown,
                severity=severity,
                is_acknowledged=False,
                notified_at=None,
                can_be_normal=trigger.can_be_normal,
            )
            return replace(state, last_notified_at=None, snoozed_until=None), worse
        if (
            variant != episode.variant
            and episode.notified_at is not None
            and self._can_notify(state, grown)
        ):
            self._emit(EventType.CHANGED, grown)
        return state, grown

    def _severity(self, trigger: Trigger) -> Severity:
        return min(self.choice.severity, trigger.max_severity, key=_SEVERITY_RANK.__getitem__)

    def _can_notify(self, state: AlertState, episode: Episode) -> bool:
        """Tell whether anybody wants to hear of it now."""
        now, settings = self.context.at, self.context.settings
        is_snoozed = max(state.snoozed_until or now, self._aux_allowed_until() or now) > now
        is_calm = (
            episode.severity is not Severity.CRITICAL
            and quiet_hours_end(now, settings.alerts.quiet_hours, settings.zone) > now
        )
        return not (episode.is_expected or episode.is_acknowledged or is_snoozed or is_calm)

    def _due_trigger(
        self, state: AlertState, verdicts: list[Verdict]
    ) -> tuple[Trigger, Verdict] | None:
        """Find the way that holds, and has for long enough to raise it."""
        figures, at = self.choice.thresholds, self.context.at
        pendings = state.pendings or (Pending(),) * len(verdicts)
        for way, pending, verdict in zip(self.rule.triggers, pendings, verdicts, strict=True):
            if (
                verdict.holds
                and pending.since is not None
                and at >= pending.since + way.delay(figures)
            ):
                return way, verdict
        return None

    def _clear_verdict(self, episode: Episode, verdicts: list[Verdict]) -> Verdict:
        if self.rule.clear_condition is not None:
            return self.rule.clear_condition(
                self.context, self.choice.thresholds, episode.raised_at
            )
        # As long as nobody knows, it is as it was.
        return Verdict(True) if all(verdict.holds is False for verdict in verdicts) else NOT_MET

    def _has_instant_clear(self, episode: Episode) -> bool:
        """Return True if the alert's own evidence shows that it is over, whatever its clearing condition says."""
        condition = self.rule.instant_clear_conditions.get(episode.variant or "")
        if condition is None or (
            episode.over_since is not None
            and self.context.at < episode.over_since + self.rule.clear_delay
        ):
            return False
        verdict = condition(self.context, self.choice.thresholds)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return bool(verdict.holds)

    def _notify_if_due(self, state: AlertState, episode: Episode) -> AlertState:
        """Tell it, or find out when."""
        now = self.context.at
        told = state.last_notified_at
        if episode.notified_at is None:
            waits = self._next_notification(state, episode)
            if waits is None or (waits <= now and self.rule.is_forecast and not self._holds):
                return replace(state, episode=episode)
            if waits <= now:
                self._emit(EventType.NOTIFIED, episode)
                episode, told = replace(episode, notified_at=now), now
            else:
                self.dues.append(waits)
        again = self._next_reminder(state, episode)
        if again is not None and now >= again:
            self._emit(EventType.REMINDED, episode)
            episode, told = replace(episode, notified_at=now), now
            again = self._next_reminder(state, episode)
        if again is not None:
            self.dues.append(again)
        if episode == state.episode and told == state.last_notified_at:
            return state
        return replace(state, episode=episode, last_notified_at=told)

    def _aux_allowed_until(self) -> datetime | None:
        """Tell until when somebody allows what it tells of."""
        return self.alerts.allowed_until if self.alert in ALLOWABLE_ALERTS else None

    def _next_reminder(self, state: AlertState, episode: Episode) -> datetime | None:
        """Tell when it is to be told again: what is dangerous each hour, all else when its snooze is over; None: never."""
        if (
            episode.notified_at is None
            or episode.is_acknowledged
            or episode.is_expected
            or (self.rule.is_forecast and not self._holds)
        ):
            return None
        told, snoozed, settings = episode.notified_at, state.snoozed_until, self.context.settings
        if episode.severity is Severity.CRITICAL:
            return max(told + CRITICAL_REMINDER, snoozed or told, self._aux_allowed_until() or told)
        if snoozed is None or snoozed <= told:
            return None
        return quiet_hours_end(snoozed, settings.alerts.quiet_hours, settings.zone)

    def _next_notification(self, state: AlertState, episode: Episode) -> datetime | None:
        """Tell until when nobody is to be told; None: for good, as far as is known now."""
        if episode.is_expected or episode.is_acknowledged:
            return None
        now, settings = self.context.at, self.context.settings
        waits = [now]
        if state.snoozed_until is not None:
            waits.append(state.snoozed_until)
        if (pardoned := self._aux_allowed_until()) is not None:
            waits.append(pardoned)
        if state.last_notified_at is not None:
            waits.append(state.last_notified_at + self.rule.cooldown)
        until = max(waits)
        return (
            until
            if episode.severity is Severity.CRITICAL
            else quiet_hours_end(until, settings.alerts.quiet_hours, settings.zone)
        )

    def _clear(self, state: AlertState, verdicts: list[Verdict]) -> AlertState:
        episode = state.episode
        if episode is not None:
            self._emit(EventType.CLEARED, episode)
        still_holds = any(verdict.holds is not False for verdict in verdicts)
        known = state.is_accepted_as_normal or (
            episode is not None and episode.is_acknowledged and episode.can_be_normal
        )
        return replace(
            state, episode=None, pendings=(), needs_rearm=still_holds, is_accepted_as_normal=known
        )

    def _emit(self, event_type: EventType, episode: Episode) -> None:
        self.events.append(
            AlertEvent(
                event_type,
                self.alert,
                episode.severity,
                episode.facts,
                episode.variant,
                episode.notified_at is not None,
            )
        )


_SEVERITY_RANK = {severity: weight for weight, severity in enumerate(Severity)}


def _limit_to_now(state: AlertState, at: datetime) -> AlertState:
    """Follow a clock that was set back: what happened "later" happened now."""
    episode = state.episode
    if episode is not None and max(episode.notified_at or at, episode.over_since or at) > at:
        told, gone = (
            None if one is None else min(one, at)
            for one in (episode.notified_at, episode.over_since)
        )
        state = replace(state, episode=replace(episode, notified_at=told, over_since=gone))
    return (
        replace(state, last_notified_at=at)
        if state.last_notified_at is not None and state.last_notified_at > at
        else state
    )


def _drop_expired(state: AlertState, at: datetime, cooldown: timedelta) -> AlertState:
    """Let go of a snooze and a notice that are over, where nothing is raised: else it would be looked at for ever."""
    if state.episode is not None:
        return state
    snoozed, told = state.snoozed_until, state.last_notified_at
    is_over = (snoozed is not None and snoozed <= at), (told is not None and told + cooldown <= at)
    if not any(is_over):
        return state
    return replace(
        state,
        snoozed_until=None if is_over[0] else snoozed,
        last_notified_at=None if is_over[1] else told,
    )


def _next_pending(trigger: Trigger, pending: Pending, verdict: Verdict, at: datetime) -> Pending:
    if (
        verdict.holds
        and pending.since is not None
        and pending.since <= at
        and pending.unknown_since is None
    ):
        return pending
    if verdict.holds:
        # A clock that was set back does not make it hold from a time to come.
        return Pending(min(pending.since or at, at))
    if verdict.holds is None and pending.since is not None:
        unseen = at if trigger.survives_restart else pending.unknown_since or at
        return Pending() if at - unseen > UNKNOWN_TIMEOUT else Pending(pending.since, unseen)
    return Pending()


def view_at(alerts: Alerts, at: datetime) -> AlertsView:
    """Tell how all alerts stand."""
    snoozes = ((alert, state.snoozed_until) for alert, state in alerts.states.items())
    snoozed = {alert: until for alert, until in snoozes if until is not None and until > at}
    return AlertsView(active_alerts(alerts), alerts.allowed_until, snoozed)


def active_alerts(alerts: Alerts) -> tuple[ActiveAlert, ...]:
    """List the alerts that are raised, the most severe first."""
    found = [
        ActiveAlert(
            alert,
            episode.severity,
            episode.raised_at,
            episode.is_expected,
            episode.is_acknowledged,
            state.snoozed_until,
        )
        for alert, state in alerts.states.items()
        if (episode := state.episode) is not None
    ]
    return tuple(
        sorted(found, key=lambda one: (-_SEVERITY_RANK[one.severity], one.since, one.alert))
    )


def restart(alerts: Alerts) -> Alerts:
    """Go on after a time in which nobody looked: what was about to be raised starts anew, what was raised or told stays so."""
    states = {
        alert: replace(state, pendings=_surviving_pendings(RULES[alert], state.pendings))
        for alert, state in alerts.states.items()
    }
    return replace(alerts, states=states)


def _surviving_pendings(rule: Rule, pendings: tuple[Pending, ...]) -> tuple[Pending, ...]:
    if len(pendings) != len(rule.triggers):
        return ()
    kept = tuple(
        pending if way.survives_restart else Pending()
        for way, pending in zip(rule.triggers, pendings, strict=True)
    )
    return kept if any(pending.since for pending in kept) else ()


def snooze_targets(alerts: Alerts, settings: AlertSettings) -> frozenset[Alert]:
    """List what is meant by all alerts: those that are raised, and of the others those that are not dangerous when they come."""
    harmless = {
        alert
        for alert, choice in settings.configs.items()
        if choice.severity is not Severity.CRITICAL
    }
    return frozenset(harmless | {one.alert for one in active_alerts(alerts)})


def snooze(alerts: Alerts, targets: frozenset[Alert], until: datetime) -> Alerts:
    """Have nobody told of some alerts until an instant."""
    return _with_states(
        alerts,
        {
            alert: replace(alerts.states.get(alert, INITIAL_STATE), snoozed_until=until)
            for alert in targets
        },
    )


def acknowledge(alerts: Alerts, targets: frozenset[Alert]) -> Alerts:
    """Take in that somebody knows of some alerts."""
    known = {
        alert: state
        for alert, state in alerts.states.items()
        if alert in targets and state.episode is not None
    }
    return _with_states(
        alerts,
        {
            alert: replace(state, episode=_acknowledge_episode(state.episode))
            for alert, state in known.items()
        },
    )


def allow_aux(alerts: Alerts, until: datetime) -> Alerts:
    """Take in that somebody allows AUX until an instant."""
    return replace(alerts, allowed_until=until)


def rewind(alerts: Alerts, by: timedelta) -> Alerts:
    """Return the alerts after the clock was set back: snoozes and allowances end no later than they would have."""
    put_off = {
        alert: state.snoozed_until - by
        for alert, state in alerts.states.items()
        if state.snoozed_until is not None
    }
    states = {
        alert: replace(alerts.states[alert], snoozed_until=until)
        for alert, until in put_off.items()
    }
    allowed_until = alerts.allowed_until
    return replace(
        _with_states(alerts, states),
        allowed_until=None if allowed_until is None else allowed_until - by,
    )


def _acknowledge_episode(episode: Episode | None) -> Episode | None:
    return None if episode is None else replace(episode, is_acknowledged=True)


def _with_states(alerts: Alerts, changed: Mapping[Alert, AlertState]) -> Alerts:
    return replace(alerts, states={**alerts.states, **changed})
