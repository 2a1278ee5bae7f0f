"""The life of an alert: it comes about, is raised, told, answered, and cleared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..alert_settings import CRITICAL_REPEAT, DAILY, HAND_PARDON, LOST_SIGHT, SUMMARY_AT, AlertChoice
from ..model import Alert, Severity
from .calm import calm_until, next_time
from .rules import IN_TURN, RULES, Rule, Way
from .situation import Situation
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
    """An alert as it stands."""

    alert: Alert
    episode: Episode
    snoozed_until: datetime | None


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


@dataclass(frozen=True, slots=True)
class Judged:
    """All alerts after a look at a situation. Where nothing changed they are the very same."""

    alerts: Alerts
    happenings: tuple[Happening, ...] = ()
    due: datetime | None = None


UNTOUCHED = State()
NONE = Alerts()


def judged(alerts: Alerts, now: Situation) -> Judged:
    """Look at a situation by all rules."""
    changed, happenings, dues = dict[Alert, State](), list[Happening](), list[datetime]()
    for alert in IN_TURN:
        rule = RULES[alert]
        choice, before = now.settings.alerts.choices[alert], alerts.states.get(alert, UNTOUCHED)
        verdicts = [way.condition(now, choice.figures) for way in rule.ways] if choice.enabled else []
        dues += [verdict.due for verdict in verdicts if verdict.due is not None]
        if before is UNTOUCHED and not any(verdict.holds for verdict in verdicts):
            continue
        look = _Look(alert, choice, now, alerts, changed)
        after = look.judged(before, verdicts)
        if after != before:
            changed[alert] = after
        happenings += look.happenings
        dues += look.dues
    states = {**alerts.states, **changed} if changed else alerts.states
    summary = alerts.summary_due or _summary_due(happenings, states, now)
    if summary is not None and now.at >= summary:
        happenings.append(_summary(now))
        summary = None
    if changed or summary != alerts.summary_due:
        states = {alert: state for alert, state in states.items() if state != UNTOUCHED}
        alerts = replace(alerts, states=states, summary_due=summary)
    if summary is not None:
        dues.append(summary)
    return Judged(alerts, tuple(happenings), min((due for due in dues if due > now.at), default=None))


def _summary(now: Situation) -> Happening:
    totals, amounts = now.ledger.window(now.ledger.at - DAILY)
    facts: Facts = {"aux_s": totals.aux, "starts": totals.cycles, "kwh": amounts.kwh, "money": amounts.cost}
    return Happening(Notice.SUMMARY, None, Severity.INFO, facts)


def _summary_due(happenings: list[Happening], states: Mapping[Alert, State], now: Situation) -> datetime | None:
    raised = (states[one.alert].episode for one in happenings if one.notice is Notice.RAISED and one.alert is not None)
    is_expected = any(episode is not None and episode.quiet for episode in raised)
    return next_time(now.at, SUMMARY_AT, now.settings.zone) if is_expected else None


class _Look:
    """One look at one alert."""

    def __init__(self, alert: Alert, choice: AlertChoice, now: Situation, alerts: Alerts, others: Mapping[Alert, State]) -> None:
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
        if not self.choice.enabled:
            return replace(self._cleared(state, []), spent=False)
        self._holds = any(verdict.holds for verdict in verdicts)
        state = self._followed(state, verdicts)
        if state.episode is None:
            return self._raised(state, verdicts)
        return self._gone_on(state, state.episode, verdicts)

    def _is_someone_elses(self) -> bool:
        """Tell whether an alert is raised that says the same, and better."""
        others = (self.others.get(alert, self.alerts.states.get(alert, UNTOUCHED)) for alert in self.rule.yields_to)
        return any(other.episode is not None for other in others)

    def _followed(self, state: State, verdicts: list[Verdict]) -> State:
        pendings = state.pendings or (Pending(),) * len(verdicts)
        at = self.now.at
        followed = tuple(
            _pending(way, pending, verdict, at) for way, pending, verdict in zip(self.rule.ways, pendings, verdicts, strict=True)
        )
        spent = state.spent and any(verdict.holds is not False for verdict in verdicts)
        if not any(pending.since for pending in followed):
            followed = ()
        return state if (followed, spent) == (state.pendings, state.spent) else replace(state, pendings=followed, spent=spent)

    def _raised(self, state: State, verdicts: list[Verdict]) -> State:
        """Raise it, where a way has held for long enough."""
        for way, pending, verdict in zip(self.rule.ways, state.pendings or (Pending(),) * len(verdicts), verdicts, strict=True):
            if pending.since is None or verdict.holds is not True or state.spent or (state.known and way.may_be_usual):
                continue
            ready = pending.since + way.hold(self.choice.figures)
            if self.now.at < ready:
                self.dues.append(ready)
            elif way.at_last is None or way.at_last(self.now, self.choice.figures, pending.since).holds:
                return replace(state, spent=True) if self._is_someone_elses() else self._begun(state, way, verdict)
        return state

    def _begun(self, state: State, way: Way, verdict: Verdict) -> State:
        facts = verdict.facts
        severity = min(self.choice.severity, way.at_most, key=_WEIGHT.__getitem__)
        variant = self.rule.variant(facts, facts)
        episode = Episode(self.now.at, severity, facts, facts, variant, quiet=bool(verdict.quiet), may_be_usual=way.may_be_usual)
        self._happens(Notice.RAISED, episode)
        return self._told(state, episode)

    def _gone_on(self, state: State, episode: Episode, verdicts: list[Verdict]) -> State:
        held = self._held(state, verdicts)
        if held is not None:
            quiet = episode.quiet if held.quiet is None else held.quiet
            variant = self.rule.variant(episode.began, held.facts) or episode.variant
            changed = replace(episode, facts=held.facts, quiet=quiet, variant=variant)
            if variant != episode.variant and episode.told is not None:
                self._happens(Notice.CHANGED, changed)
            episode = changed
        if self.rule.ends_with_answer and episode.answered:
            return self._cleared(state, verdicts)
        clearing = self._clearing(episode, verdicts)
        if clearing.due is not None:
            self.dues.append(clearing.due)
        if not clearing.holds:
            return self._told(state, replace(episode, gone=None))
        gone = episode.gone or self.now.at
        if self.now.at >= gone + self.rule.clear_hold:
            return self._cleared(state, verdicts)
        self.dues.append(gone + self.rule.clear_hold)
        return self._told(state, replace(episode, gone=gone))

    def _held(self, state: State, verdicts: list[Verdict]) -> Verdict | None:
        """Find the way that holds, and has for long enough to raise it."""
        figures, at = self.choice.figures, self.now.at
        pendings = state.pendings or (Pending(),) * len(verdicts)
        for way, pending, verdict in zip(self.rule.ways, pendings, verdicts, strict=True):
            if verdict.holds and pending.since is not None and at >= pending.since + way.hold(figures):
                return verdict
        return None

    def _clearing(self, episode: Episode, verdicts: list[Verdict]) -> Verdict:
        if self.rule.cleared is not None:
            return self.rule.cleared(self.now, self.choice.figures, episode.raised)
        # As long as nobody knows, it is as it was.
        return Verdict(True) if all(verdict.holds is False for verdict in verdicts) else NO

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
        if episode.told is not None and episode.severity is Severity.CRITICAL and not episode.answered:
            again = max(episode.told + CRITICAL_REPEAT, state.snoozed_until or now)
            if now >= again:
                self._happens(Notice.REMINDED, episode)
                episode, told, again = replace(episode, told=now), now, now + CRITICAL_REPEAT
            self.dues.append(again)
        if episode == state.episode and told == state.last_told:
            return state
        return replace(state, episode=episode, last_told=told)

    def _waits(self, state: State, episode: Episode) -> datetime | None:
        """Tell until when nobody is to be told; None: for good, as far as is known now."""
        if episode.quiet or episode.answered:
            return None
        now, settings = self.now.at, self.now.settings
        waits = [now]
        if state.snoozed_until is not None:
            waits.append(state.snoozed_until)
        if self.alert in HAND_PARDON and self.alerts.allowed_until is not None:
            waits.append(self.alerts.allowed_until)
        if state.last_told is not None:
            # One that lies ahead was told before the clock was set back.
            waits.append(min(state.last_told, now) + self.rule.cooldown)
        until = max(waits)
        return until if episode.severity is Severity.CRITICAL else calm_until(until, settings.alerts.quiet, settings.zone)

    def _cleared(self, state: State, verdicts: list[Verdict]) -> State:
        episode = state.episode
        if episode is not None:
            self._happens(Notice.CLEARED, episode)
        still_holds = any(verdict.holds is not False for verdict in verdicts)
        known = state.known or (episode is not None and episode.answered and episode.may_be_usual)
        return replace(state, episode=None, pendings=(), spent=still_holds, known=known)

    def _happens(self, notice: Notice, episode: Episode) -> None:
        self.happenings.append(Happening(notice, self.alert, episode.severity, episode.facts, episode.variant))


_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


def _pending(way: Way, pending: Pending, verdict: Verdict, at: datetime) -> Pending:
    if verdict.holds:
        # A clock that was set back does not make it hold from a time to come.
        return Pending(min(pending.since or at, at))
    if verdict.holds is None and pending.since is not None:
        unseen = at if way.is_remembered else pending.unseen or at
        return Pending() if at - unseen > LOST_SIGHT else Pending(pending.since, unseen)
    return Pending()


def raised(alerts: Alerts) -> tuple[Raised, ...]:
    """List the alerts that are raised, the most severe first."""
    found = [Raised(alert, state.episode, state.snoozed_until) for alert, state in alerts.states.items() if state.episode is not None]
    return tuple(sorted(found, key=lambda one: (-_WEIGHT[one.episode.severity], one.episode.raised, one.alert)))


def restarted(alerts: Alerts) -> Alerts:
    """Go on after a time in which nobody looked: what was about to be raised starts anew, what was raised or told stays so."""
    states = {alert: replace(state, pendings=_remembered(RULES[alert], state.pendings)) for alert, state in alerts.states.items()}
    return replace(alerts, states=states)


def _remembered(rule: Rule, pendings: tuple[Pending, ...]) -> tuple[Pending, ...]:
    if len(pendings) != len(rule.ways):
        return ()
    kept = tuple(pending if way.is_remembered else Pending() for way, pending in zip(rule.ways, pendings, strict=True))
    return kept if any(pending.since for pending in kept) else ()


def snoozed(alerts: Alerts, which: frozenset[Alert], until: datetime) -> Alerts:
    """Have nobody told of some alerts until an instant."""
    return _with(alerts, {alert: replace(alerts.states.get(alert, UNTOUCHED), snoozed_until=until) for alert in which})


def answered(alerts: Alerts, which: frozenset[Alert]) -> Alerts:
    """Take in that somebody knows of some alerts."""
    known = {alert: state for alert, state in alerts.states.items() if alert in which and state.episode is not None}
    return _with(alerts, {alert: replace(state, episode=_answered(state.episode)) for alert, state in known.items()})


def allowed(alerts: Alerts, until: datetime) -> Alerts:
    """Take in that somebody allows AUX until an instant."""
    return replace(alerts, allowed_until=until)


def _answered(episode: Episode | None) -> Episode | None:
    return None if episode is None else replace(episode, answered=True)


def _with(alerts: Alerts, changed: Mapping[Alert, State]) -> Alerts:
    return replace(alerts, states={**alerts.states, **changed})
