"""The life of an alert: it comes about, is raised, told, answered, and cleared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ..model import Alert, Severity
from ..settings.alerts import (
    CRITICAL_REPEAT,
    DAILY,
    HAND_PARDON,
    LOST_SIGHT,
    SUMMARY_AT,
    SUMMARY_LEAST,
    AlertChoice,
    AlertSettings,
)
from .conditions.facts import certainty_of
from .context import Situation
from .quiet_hours import calm_until, next_time
from .rules import IN_TURN, RULES, Rule, Way
from .verdict import NO, Facts, Verdict


class Notice(StrEnum):
    """What happens to an alert that others want to know."""

    RAISED = "raised"
    TOLD = "told"
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
    unseen: datetime | None = None
    """Since when nobody knows whether it still holds."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert from being raised to being cleared."""

    raised: datetime
    severity: Severity
    began: Facts
    """What was when it was raised."""
    facts: Facts
    """What was when it was last seen to hold."""
    variant: str | None = None
    quiet: bool = False
    """Whether it was to be expected."""
    answered: bool = False
    """Whether somebody said that they know."""
    told: datetime | None = None
    gone: datetime | None = None
    """Since when it seems to be over."""
    may_be_usual: bool = False
    """Whether it came about in a way that is usual in some homes."""


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one alert."""

    pendings: tuple[Pending, ...] = ()
    episode: Episode | None = None
    spent: bool = False
    """Whether it was cleared though what raised it still holds: that must be over before it raises it again."""
    last_told: datetime | None = None
    snoozed_until: datetime | None = None
    known: bool = False
    """Whether somebody said that what may be usual in a home is so in this one."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that is raised, as it is shown."""

    alert: Alert
    severity: Severity
    since: datetime
    quiet: bool
    answered: bool
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is shown of all alerts."""

    raised: tuple[Raised, ...] = ()
    """The most severe first."""
    allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""
    snoozed: Mapping[Alert, datetime] = field(default_factory=dict)
    """Of which nobody is to be told, and until when."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is remembered of all alerts."""

    states: Mapping[Alert, State] = field(default_factory=dict)
    allowed_until: datetime | None = None
    """Until then somebody has allowed AUX."""
    summary_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an alert."""

    notice: Notice
    alert: Alert | None
    """None: the day's summary."""
    severity: Severity
    facts: Facts = field(default_factory=dict)
    variant: str | None = None
    was_told: bool = False
    """Whether people had been told of it before."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All alerts after a look at a situation. Where nothing changed they are the very same."""

    alerts: Alerts
    at: datetime
    due: datetime | None
    """When time alone may change what a rule says."""
    happenings: tuple[Happening, ...] = ()


UNTOUCHED = State()
NONE = Alerts()
NONE_STANDS = Standing()


def judged(alerts: Alerts, now: Situation) -> Judged:
    """Look at a situation by all rules."""
    if alerts.allowed_until is not None and alerts.allowed_until <= now.at:
        alerts = replace(alerts, allowed_until=None)
    changed, happenings, dues = dict[Alert, State](), list[Happening](), list[datetime]()
    choices, before_all = now.settings.alerts.choices, alerts.states
    for alert in IN_TURN:
        choice, before = choices[alert], before_all.get(alert, UNTOUCHED)
        verdicts, holds = list[Verdict](), False
        # A plain loop: this is asked of every alert at each event.
        for way in RULES[alert].ways if choice.enabled else ():
            verdict = way.condition(now, choice.figures)
            verdicts.append(verdict)
            holds = holds or bool(verdict.holds)
            if verdict.due is not None:
                dues.append(verdict.due)
        if before is UNTOUCHED and not holds:
            continue
        look = _Look(alert, choice, now, alerts, changed)
        after = look.judged(before, verdicts)
        if after != before:
            changed[alert] = after
        happenings += look.happenings
        dues += look.dues
    states = {**alerts.states, **changed} if changed else alerts.states
    summary = alerts.summary_due or _summary_due(states, now)
    if summary is not None and now.at >= summary:
        happenings += _summaries(now)
        summary = _summary_due(states, now)
    if changed or summary != alerts.summary_due:
        states = {alert: state for alert, state in states.items() if state != UNTOUCHED}
        alerts = replace(alerts, states=states, summary_due=summary)
    dues += [due for due in (summary, alerts.allowed_until) if due is not None]
    return Judged(
        alerts, now.at, min((due for due in dues if due > now.at), default=None), tuple(happenings)
    )


def _summaries(now: Situation) -> list[Happening]:
    """Sum up the last day, if there is anything to tell."""
    totals, amounts = now.ledger.window(now.ledger.at - DAILY)
    facts: Facts = {
        "aux_s": totals.aux,
        "starts": totals.cycles,
        "kwh": amounts.kwh,
        "money": amounts.cost,
        **certainty_of(now),
    }
    return (
        [Happening(Notice.SUMMARY, None, Severity.INFO, facts)]
        if totals.aux >= SUMMARY_LEAST.total_seconds()
        else []
    )


def _summary_due(states: Mapping[Alert, State], now: Situation) -> datetime | None:
    """Tell when the next summary is due: while AUX runs of which nobody is told because it was to be expected."""
    is_expected = now.aux_runs and any(
        state.episode is not None and state.episode.quiet for state in states.values()
    )
    zone, quiet = now.settings.zone, now.settings.alerts.quiet
    return calm_until(next_time(now.at, SUMMARY_AT, zone), quiet, zone) if is_expected else None


class _Look:
    """One look at one alert."""

    def __init__(
        self,
        alert: Alert,
        choice: AlertChoice,
        now: Situation,
        alerts: Alerts,
        others: Mapping[Alert, State],
    ) -> None:
        self.alert = alert
        self.rule = RULES[alert]
        self.choice = choice
        self.now = now
        self.alerts = alerts
        self.others = others
        """What came of those that were looked at before."""
        self.happenings: list[Happening] = []
        self.dues: list[datetime] = []
        self._holds = False

    def judged(self, state: State, verdicts: list[Verdict]) -> State:
        state = _forgotten(_not_ahead(state, self.now.at), self.now.at, self.rule.cooldown)
        if not self.choice.enabled:
            return replace(self._cleared(state, []), spent=False)
        self._holds = any(verdict.holds for verdict in verdicts)
        state = self._followed(state, verdicts)
        if state.episode is None:
            return self._raised(state, verdicts)
        return self._gone_on(state, state.episode, verdicts)

    def _is_someone_elses(self) -> bool:
        """Tell whether an alert is raised that says the same, and better."""
        others = (
            self.others.get(alert, self.alerts.states.get(alert, UNTOUCHED))
            for alert in self.rule.yields_to
        )
        return any(other.episode is not None for other in others)

    def _followed(self, state: State, verdicts: list[Verdict]) -> State:
        pendings = state.pendings or (Pending(),) * len(verdicts)
        at = self.now.at
        followed = tuple(
            _pending(way, pending, verdict, at)
            for way, pending, verdict in zip(self.rule.ways, pendings, verdicts, strict=True)
        )
        spent = state.spent and any(verdict.holds is not False for verdict in verdicts)
        if not any(pending.since for pending in followed):
            followed = ()
        return (
            state
            if (followed, spent) == (state.pendings, state.spent)
            else replace(state, pendings=followed, spent=spent)
        )

    def _raised(self, state: State, verdicts: list[Verdict]) -> State:
        """Raise it, where a way has held for long enough."""
        for way, pending, verdict in zip(
            self.rule.ways, state.pendings or (Pending(),) * len(verdicts), verdicts, strict=True
        ):
            if (
                pending.since is None
                or verdict.holds is not True
                or state.spent
                or (state.known and way.may_be_usual)
            ):
                continue
            ready = pending.since + way.hold(self.choice.figures)
            if self.now.at < ready:
                self.dues.append(ready)
            elif self._holds_at_last(way, pending.since):
                if not self._is_someone_elses():
                    return self._begun(state, way, verdict)
                return state if self.rule.outlasts else replace(state, spent=True)
        return state

    def _holds_at_last(self, way: Way, since: datetime) -> bool | None:
        if way.at_last is None:
            return True
        verdict = way.at_last(self.now, self.choice.figures, since)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return verdict.holds

    def _begun(self, state: State, way: Way, verdict: Verdict) -> State:
        facts = self._facts(verdict)
        severity = self._severity(way)
        variant = self.rule.variant(facts, facts)
        episode = Episode(
            self.now.at,
            severity,
            facts,
            facts,
            variant,
            quiet=bool(verdict.quiet),
            may_be_usual=way.may_be_usual,
        )
        self._happens(Notice.RAISED, episode)
        return self._told(state, episode)

    def _facts(self, verdict: Verdict) -> Facts:
        certainty = certainty_of(self.now) if self.rule.is_of_aux else None
        return {**verdict.facts, **certainty} if certainty else verdict.facts

    def _gone_on(self, state: State, episode: Episode, verdicts: list[Verdict]) -> State:
        if (held := self._held(state, verdicts)) is not None:
            state, episode = self._grown(state, episode, *held)
        if self.rule.ends_with_answer and episode.answered:
            return self._cleared(state, verdicts)
        clearing = self._clearing(episode, verdicts)
        if clearing.due is not None:
            self.dues.append(clearing.due)
        if not clearing.holds and self._is_disproved(episode):
            return self._cleared(state, verdicts)
        if clearing.holds is None:
            # As long as nobody knows, it is as it was.
            return self._told(state, episode)
        if not clearing.holds:
            return self._told(
                state, episode if episode.gone is None else replace(episode, gone=None)
            )
        gone = episode.gone or self.now.at
        if self.now.at >= gone + self.rule.clear_hold:
            return self._cleared(state, verdicts)
        self.dues.append(gone + self.rule.clear_hold)
        return self._told(state, replace(episode, gone=gone))

    def _grown(
        self, state: State, episode: Episode, way: Way, verdict: Verdict
    ) -> tuple[State, Episode]:
        """Take in what is now, and whether it has become worse: then who knew, or wanted to be left alone, is told anew."""
        quiet = episode.quiet if verdict.quiet is None else verdict.quiet
        facts = self._facts(verdict)
        variant = self.rule.variant(episode.began, facts) or episode.variant
        is_alike = (facts, quiet, variant) == (episode.facts, episode.quiet, episode.variant)
        grown = episode if is_alike else replace(episode, facts=facts, quiet=quiet, variant=variant)
        severity = self._severity(way)
        if _WEIGHT[severity] > _WEIGHT[episode.severity]:
            worse = replace(
                grown, severity=severity, answered=False, told=None, may_be_usual=way.may_be_usual
            )
            return replace(state, last_told=None, snoozed_until=None), worse
        if variant != episode.variant and episode.told is not None and self._is_open(state, grown):
            self._happens(Notice.CHANGED, grown)
        return state, grown

    def _severity(self, way: Way) -> Severity:
        return min(self.choice.severity, way.at_most, key=_WEIGHT.__getitem__)

    def _is_open(self, state: State, episode: Episode) -> bool:
        """Tell whether anybody wants to hear of it now."""
        now, settings = self.now.at, self.now.settings
        is_snoozed = max(state.snoozed_until or now, self._pardoned_until() or now) > now
        is_calm = (
            episode.severity is not Severity.CRITICAL
            and calm_until(now, settings.alerts.quiet, settings.zone) > now
        )
        return not (episode.quiet or episode.answered or is_snoozed or is_calm)

    def _held(self, state: State, verdicts: list[Verdict]) -> tuple[Way, Verdict] | None:
        """Find the way that holds, and has for long enough to raise it."""
        figures, at = self.choice.figures, self.now.at
        pendings = state.pendings or (Pending(),) * len(verdicts)
        for way, pending, verdict in zip(self.rule.ways, pendings, verdicts, strict=True):
            if (
                verdict.holds
                and pending.since is not None
                and at >= pending.since + way.hold(figures)
            ):
                return way, verdict
        return None

    def _clearing(self, episode: Episode, verdicts: list[Verdict]) -> Verdict:
        if self.rule.cleared is not None:
            return self.rule.cleared(self.now, self.choice.figures, episode.raised)
        # As long as nobody knows, it is as it was.
        return Verdict(True) if all(verdict.holds is False for verdict in verdicts) else NO

    def _is_disproved(self, episode: Episode) -> bool:
        """Return True if the alert's own evidence shows that it is over, whatever its clearing condition says."""
        condition = self.rule.disproved.get(episode.variant or "")
        if condition is None or (
            episode.gone is not None and self.now.at < episode.gone + self.rule.clear_hold
        ):
            return False
        verdict = condition(self.now, self.choice.figures)
        if verdict.due is not None:
            self.dues.append(verdict.due)
        return bool(verdict.holds)

    def _told(self, state: State, episode: Episode) -> State:
        """Tell it, or find out when."""
        now = self.now.at
        told = state.last_told
        if episode.told is None:
            waits = self._waits(state, episode)
            if waits is None or (waits <= now and self.rule.is_of_the_future and not self._holds):
                return replace(state, episode=episode)
            if waits <= now:
                self._happens(Notice.TOLD, episode)
                episode, told = replace(episode, told=now), now
            else:
                self.dues.append(waits)
        again = self._again(state, episode)
        if again is not None and now >= again:
            self._happens(Notice.REMINDED, episode)
            episode, told = replace(episode, told=now), now
            again = self._again(state, episode)
        if again is not None:
            self.dues.append(again)
        if episode == state.episode and told == state.last_told:
            return state
        return replace(state, episode=episode, last_told=told)

    def _pardoned_until(self) -> datetime | None:
        """Tell until when somebody allows what it tells of."""
        return self.alerts.allowed_until if self.alert in HAND_PARDON else None

    def _again(self, state: State, episode: Episode) -> datetime | None:
        """Tell when it is to be told again: what is dangerous each hour, all else when its snooze is over; None: never."""
        if (
            episode.told is None
            or episode.answered
            or episode.quiet
            or (self.rule.is_of_the_future and not self._holds)
        ):
            return None
        told, snoozed, settings = episode.told, state.snoozed_until, self.now.settings
        if episode.severity is Severity.CRITICAL:
            return max(told + CRITICAL_REPEAT, snoozed or told, self._pardoned_until() or told)
        if snoozed is None or snoozed <= told:
            return None
        return calm_until(snoozed, settings.alerts.quiet, settings.zone)

    def _waits(self, state: State, episode: Episode) -> datetime | None:
        """Tell until when nobody is to be told; None: for good, as far as is known now."""
        if episode.quiet or episode.answered:
            return None
        now, settings = self.now.at, self.now.settings
        waits = [now]
        if state.snoozed_until is not None:
            waits.append(state.snoozed_until)
        if (pardoned := self._pardoned_until()) is not None:
            waits.append(pardoned)
        if state.last_told is not None:
            waits.append(state.last_told + self.rule.cooldown)
        until = max(waits)
        return (
            until
            if episode.severity is Severity.CRITICAL
            else calm_until(until, settings.alerts.quiet, settings.zone)
        )

    def _cleared(self, state: State, verdicts: list[Verdict]) -> State:
        episode = state.episode
        if episode is not None:
            self._happens(Notice.CLEARED, episode)
        still_holds = any(verdict.holds is not False for verdict in verdicts)
        known = state.known or (episode is not None and episode.answered and episode.may_be_usual)
        return replace(state, episode=None, pendings=(), spent=still_holds, known=known)

    def _happens(self, notice: Notice, episode: Episode) -> None:
        self.happenings.append(
            Happening(
                notice,
                self.alert,
                episode.severity,
                episode.facts,
                episode.variant,
                episode.told is not None,
            )
        )


_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


def _not_ahead(state: State, at: datetime) -> State:
    """Follow a clock that was set back: what happened "later" happened now."""
    episode = state.episode
    if episode is not None and max(episode.told or at, episode.gone or at) > at:
        told, gone = (None if one is None else min(one, at) for one in (episode.told, episode.gone))
        state = replace(state, episode=replace(episode, told=told, gone=gone))
    return (
        replace(state, last_told=at)
        if state.last_told is not None and state.last_told > at
        else state
    )


def _forgotten(state: State, at: datetime, cooldown: timedelta) -> State:
    """Let go of a snooze and a notice that are over, where nothing is raised: else it would be looked at for ever."""
    if state.episode is not None:
        return state
    snoozed, told = state.snoozed_until, state.last_told
    is_over = (snoozed is not None and snoozed <= at), (told is not None and told + cooldown <= at)
    if not any(is_over):
        return state
    return replace(
        state, snoozed_until=None if is_over[0] else snoozed, last_told=None if is_over[1] else told
    )


def _pending(way: Way, pending: Pending, verdict: Verdict, at: datetime) -> Pending:
    if (
        verdict.holds
        and pending.since is not None
        and pending.since <= at
        and pending.unseen is None
    ):
        return pending
    if verdict.holds:
        # A clock that was set back does not make it hold from a time to come.
        return Pending(min(pending.since or at, at))
    if verdict.holds is None and pending.since is not None:
        unseen = at if way.is_remembered else pending.unseen or at
        return Pending() if at - unseen > LOST_SIGHT else Pending(pending.since, unseen)
    return Pending()


def standing(alerts: Alerts, at: datetime) -> Standing:
    """Tell how all alerts stand."""
    snoozes = ((alert, state.snoozed_until) for alert, state in alerts.states.items())
    snoozed = {alert: until for alert, until in snoozes if until is not None and until > at}
    return Standing(raised(alerts), alerts.allowed_until, snoozed)


def raised(alerts: Alerts) -> tuple[Raised, ...]:
    """List the alerts that are raised, the most severe first."""
    found = [
        Raised(
            alert,
            episode.severity,
            episode.raised,
            episode.quiet,
            episode.answered,
            state.snoozed_until,
        )
        for alert, state in alerts.states.items()
        if (episode := state.episode) is not None
    ]
    return tuple(sorted(found, key=lambda one: (-_WEIGHT[one.severity], one.since, one.alert)))


def restarted(alerts: Alerts) -> Alerts:
    """Go on after a time in which nobody looked: what was about to be raised starts anew, what was raised or told stays so."""
    states = {
        alert: replace(state, pendings=_remembered(RULES[alert], state.pendings))
        for alert, state in alerts.states.items()
    }
    return replace(alerts, states=states)


def _remembered(rule: Rule, pendings: tuple[Pending, ...]) -> tuple[Pending, ...]:
    if len(pendings) != len(rule.ways):
        return ()
    kept = tuple(
        pending if way.is_remembered else Pending()
        for way, pending in zip(rule.ways, pendings, strict=True)
    )
    return kept if any(pending.since for pending in kept) else ()


def snoozable(alerts: Alerts, settings: AlertSettings) -> frozenset[Alert]:
    """List what is meant by all alerts: those that are raised, and of the others those that are not dangerous when they come."""
    harmless = {
        alert
        for alert, choice in settings.choices.items()
        if choice.severity is not Severity.CRITICAL
    }
    return frozenset(harmless | {one.alert for one in raised(alerts)})


def snoozed(alerts: Alerts, which: frozenset[Alert], until: datetime) -> Alerts:
    """Have nobody told of some alerts until an instant."""
    return _with(
        alerts,
        {
            alert: replace(alerts.states.get(alert, UNTOUCHED), snoozed_until=until)
            for alert in which
        },
    )


def answered(alerts: Alerts, which: frozenset[Alert]) -> Alerts:
    """Take in that somebody knows of some alerts."""
    known = {
        alert: state
        for alert, state in alerts.states.items()
        if alert in which and state.episode is not None
    }
    return _with(
        alerts,
        {alert: replace(state, episode=_answered(state.episode)) for alert, state in known.items()},
    )


def allowed(alerts: Alerts, until: datetime) -> Alerts:
    """Take in that somebody allows AUX until an instant."""
    return replace(alerts, allowed_until=until)


def set_back(alerts: Alerts, by: timedelta) -> Alerts:
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
        _with(alerts, states), allowed_until=None if allowed_until is None else allowed_until - by
    )


def _answered(episode: Episode | None) -> Episode | None:
    return None if episode is None else replace(episode, answered=True)


def _with(alerts: Alerts, changed: Mapping[Alert, State]) -> Alerts:
    return replace(alerts, states={**alerts.states, **changed})
