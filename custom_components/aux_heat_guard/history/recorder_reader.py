"""Reads what the recorder has of a guard's sources, and has the core live through it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from homeassistant.components.recorder import Recorder, history
from homeassistant.components.recorder.db_schema import RecorderRuns, States
from homeassistant.components.recorder.util import session_scope
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.recorder import get_instance
from homeassistant.util import dt as dt_util
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.session import Session

from ..core.account import archive
from ..core.account import ledger as ledgers
from ..core.account import replay as replays
from ..core.account import tracker as watches
from ..core.account.archive import Blank
from ..core.account.ledger import Ledger
from ..core.account.replay import Replay
from ..core.account.tracker import Watch
from ..core.model import Observation, Role
from ..core.settings.guard import STALE_FLOOR
from ..options.guard import Guarded
from ..sources.observe import UNSEEN, seen

RECORDER = "recorder"
CHUNK = timedelta(hours=12)
"""A chunk of a busy home is some thousand states: tens of milliseconds of work, and little memory."""

UnreadableError = SQLAlchemyError
"""The recorder's database could not be read."""

INSTANT = timedelta(milliseconds=1)
"""The recorder leaves out what happened at the very start of a period."""

type Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which Home Assistant ran and recorded."""

    began: datetime
    """When Home Assistant started: what held before, holds no longer."""
    start: datetime
    end: datetime


def is_available(hass: HomeAssistant) -> bool:
    """Tell whether there is a recorder."""
    return RECORDER in hass.config.components


@dataclass(frozen=True, slots=True)
class Lived:
    """What was lived through again."""

    ledger: Ledger
    """With all points from the beginning of it on, however long ago."""
    watch: Watch
    """Where it ends."""
    since: datetime


async def async_caught_up(
    hass: HomeAssistant, guarded: Guarded, watch: Watch, until: datetime, tell: Progress
) -> Lived:
    """Go on from a watch that was written down until an instant."""
    replay, _ = await _async_replayed(hass, guarded, watch, until, tell)
    return Lived(replays.ledger_of(replay), replay.watch, watch.ledger.at)


async def async_rebuilt(  # noqa: PLR0913, PLR0917 -- what is known, and what is wanted
    hass: HomeAssistant,
    guarded: Guarded,
    whole: Ledger,
    known: Watch,
    until: datetime,
    tell: Progress,
) -> Lived:
    """Live again through all the recorder has; what it missed stays as it was counted, sign by sign.

    Known: what is known by now of the sources.
    """
    settings = guarded.settings
    since = await _async_first_recorded(hass, guarded, until)
    begin = await hass.async_add_executor_job(archive.reopened, whole, since)
    # Later, where the history as it is kept does not reach back so far in detail: else the time between were counted twice.
    since = begin.at
    begun = watches.with_habits(watches.begun(since, settings, ledgers.trimmed(begin)), known)
    replay, blanks = await _async_replayed(hass, guarded, begun, until, tell)
    new = replays.ledger_of(replay)
    ledger = await hass.async_add_executor_job(archive.merged, begin, whole, new, blanks)
    return Lived(ledger, replay.watch, since)


async def _async_up_to_date(hass: HomeAssistant) -> Recorder:
    """Wait until the recorder has written all that happened by now."""
    instance = get_instance(hass)
    await instance.async_db_ready
    await instance.async_block_till_done()
    return instance


async def _async_first_recorded(hass: HomeAssistant, guarded: Guarded, until: datetime) -> datetime:
    """Find since when the recorder has states of what shows AUX."""
    signs = {signal.source.entity_id for signal in guarded.settings.signals if signal.source} or {
        guarded.thermostat
    }
    instance = await _async_up_to_date(hass)
    return await instance.async_add_executor_job(_first_recorded, hass, signs) or until


async def _async_replayed(
    hass: HomeAssistant, guarded: Guarded, watch: Watch, until: datetime, tell: Progress
) -> tuple[Replay, tuple[Blank, ...]]:
    """Go on from a watch through all that was recorded until an instant; what was not recorded, nobody saw.

    Tells also which signs were not recorded. Reads in the recorder's own threads and counts in another one, in bounded chunks. Tells how
    far it is, from 0 to 1.
    """
    instance = await _async_up_to_date(hass)
    begin, settings = watch.ledger.at, guarded.settings
    replay = replays.opened(watch)
    present, blanks = (
        {entity_id: hass.states.get(entity_id) for entity_id in guarded.watched},
        list[Blank](),
    )
    for span in await instance.async_add_executor_job(_spans, hass, begin, until):
        if span.start > replay.watch.ledger.at:
            replay = replays.slept(replay, span.start, settings)
        reader = _Reader(hass, guarded, dict.fromkeys(guarded.watched), present, blanks)
        await instance.async_add_executor_job(reader.begin, span)
        for start, end in _chunks(span):
            observations = await instance.async_add_executor_job(reader.read, start, end)
            replay = await hass.async_add_executor_job(
                replays.lived, replay, observations, end, settings
            )
            tell((end - begin) / (until - begin))
    if replay.watch.ledger.at < until:
        replay = replays.slept(replay, until, settings)
    return replay, tuple(blanks)


def _chunks(span: Span) -> Iterator[tuple[datetime, datetime]]:
    start = span.start
    while start < span.end:
        end = min(start + CHUNK, span.end)
        yield start, end
        start = end


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads chunk after chunk; the states of the sources are carried on from one to the next."""

    hass: HomeAssistant
    guarded: Guarded
    states: dict[str, State | None]
    present: Mapping[str, State | None]
    """What the sources say by now."""
    blanks: list[Blank]
    """Which signs had not been recorded, from when on."""
    silences: dict[tuple[str, float], datetime] = field(default_factory=dict)
    """Of states that stood though their source reported no more, by entity and when they came about: since when it was silent."""

    def begin(self, span: Span) -> None:
        """Find what holds at the start of a span, as far as it was said since Home Assistant started."""
        if span.start <= span.began:
            return
        with session_scope(hass=self.hass, read_only=True) as session:
            told = _told_between(self.hass, session, self.guarded.watched, span.began, span.start)
        if told:
            recorded = self._recorded(span.start, span.start + INSTANT, sorted(told), holds_on=True)
            self.states.update(
                {entity_id: states[0] for entity_id, states in recorded.items() if states}
            )

    def read(self, start: datetime, end: datetime) -> list[Observation]:
        """Read a chunk."""
        recorded = self._recorded(start, end, sorted(self.guarded.watched), holds_on=False)
        with session_scope(hass=self.hass, read_only=True) as session:
            reports = _last_reports(self.hass, session, self.guarded.watched, start - INSTANT, end)
        for entity_id, states in recorded.items():
            self._find_silences(entity_id, states, reports)
        return list(self._observed(recorded, start, end))

    def _recorded(
        self, start: datetime, end: datetime, entity_ids: list[str], *, holds_on: bool
    ) -> Mapping[str, list[State]]:
        recorded: Mapping[str, list[State]] = history.get_significant_states(  # type: ignore[assignment]
            self.hass,
            start - INSTANT,
            end,
            entity_ids,
            None,
            holds_on,
            significant_changes_only=False,
        )
        return recorded

    def _find_silences(
        self, entity_id: str, states: list[State], reports: Mapping[tuple[str, float], float]
    ) -> None:
        """Find the states that stood for long after their source had reported them last."""
        before, present = self.states.get(entity_id), self.present.get(entity_id)
        rows = [*([] if before is None else [before]), *states]
        for state, following in zip(rows, [*rows[1:], None], strict=True):
            key = (entity_id, state.last_updated_timestamp)
            # While a state holds, the recorder does not know when it was reported last.
            held = (
                present
                if following is None
                and present is not None
                and present.last_updated == state.last_updated
                else following
            )
            if state.state in UNSEEN or key in self.silences or held is None:
                continue
            last = datetime.fromtimestamp(reports.get(key, state.last_updated_timestamp), UTC)
            since = last if held is following else held.last_reported
            if held is not following or held.last_updated - since >= STALE_FLOOR:
                self.silences[key] = since

    def _observed(
        self, recorded: Mapping[str, list[State]], start: datetime, end: datetime
    ) -> Iterator[Observation]:
        """See the states as they followed one another, from what holds at the start on; those of one instant at once."""
        at = start
        moments = [(state.last_updated, state) for states in recorded.values() for state in states]
        for now, state in sorted(
            [*moments, *((since, None) for since in self.silences.values() if start < since < end)],
            key=_instant,
        ):
            if max(now, start) > at:
                yield self._seen(at)
                at = max(now, start)
            if state is not None:
                self.states[state.entity_id] = state
        yield self._seen(at)

    def _seen(self, at: datetime) -> Observation:
        """See what was said last. The recorder does not tell how often that was said again: it holds until something else is."""
        self._note_blanks(at)
        observation = seen(self.states, self.guarded, at, self.hass.config.units.temperature_unit)
        signs = [
            None if signal.source is None else signal.source.entity_id
            for signal in self.guarded.settings.signals
        ]
        return replace(
            observation,
            thermostat=replace(
                observation.thermostat, reported=self._silent_since(self.guarded.thermostat, at)
            ),
            reported=tuple(self._silent_since(entity_id, at) for entity_id in signs),
            outdoor_reported=None,
            power_reported=None if observation.power is None else at,
        )

    def _silent_since(self, entity_id: str | None, at: datetime) -> datetime | None:
        """Find since when a source is silent at an instant; None where it reports as ever, as far as is known."""
        state = None if entity_id is None else self.states.get(entity_id)
        if entity_id is None or state is None:
            return None
        since = self.silences.get((entity_id, state.last_updated_timestamp))
        return None if since is None or since > at else since

    def _note_blanks(self, at: datetime) -> None:
        """Note which signs have not been recorded since Home Assistant started."""
        thermostat, aux, other = (
            self.guarded.thermostat,
            False,
            self.states[self.guarded.thermostat] is None,
        )
        for signal in self.guarded.settings.signals:
            if (
                self.states[thermostat if signal.source is None else signal.source.entity_id]
                is None
            ):
                shows_aux = signal.role in {Role.AUX, Role.EMERGENCY}
                aux, other = aux or shows_aux, other or not shows_aux
        last = self.blanks[-1] if self.blanks else None
        if (aux, other) != ((last.aux, last.other) if last else (False, False)):
            self.blanks.append(Blank(at, aux, other))


def _instant(moment: tuple[datetime, State | None]) -> datetime:
    return moment[0]


def _last_reports(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> dict[tuple[str, float], float]:
    """Find when states that came about in a time were reported last, where they were reported again; by entity and when they came about."""
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    told = select(States.metadata_id, States.last_updated_ts, States.last_reported_ts).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
        States.last_reported_ts.is_not(None),
    )
    rows = session.execute(told).all()
    return {
        (by_metadata_id[metadata_id], updated): reported
        for metadata_id, updated, reported in rows
        if updated is not None
    }


def _metadata_ids(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str]
) -> dict[int, str]:
    known = get_instance(hass).states_meta_manager.get_many(
        list(entity_ids), session, from_recorder=False
    )
    return {
        metadata_id: entity_id
        for entity_id, metadata_id in known.items()
        if metadata_id is not None
    }


def _told_between(
    hass: HomeAssistant, session: Session, entity_ids: Iterable[str], start: datetime, end: datetime
) -> set[str]:
    """Find which entities said something in a time."""
    by_metadata_id = _metadata_ids(hass, session, entity_ids)
    told = select(States.metadata_id).where(
        States.metadata_id.in_(by_metadata_id),
        States.last_updated_ts >= start.timestamp(),
        States.last_updated_ts <= end.timestamp(),
    )
    return {
        by_metadata_id[metadata_id]
        for metadata_id in session.scalars(told.distinct())
        if metadata_id is not None
    }


def _first_recorded(hass: HomeAssistant, entity_ids: set[str]) -> datetime | None:
    with session_scope(hass=hass, read_only=True) as session:
        recorded = States.metadata_id.in_(_metadata_ids(hass, session, entity_ids))
        first = session.scalar(select(func.min(States.last_updated_ts)).where(recorded))
    return None if first is None else datetime.fromtimestamp(first, UTC)


def _spans(hass: HomeAssistant, begin: datetime, until: datetime) -> list[Span]:
    """Find when Home Assistant ran."""
    spans = []
    with session_scope(hass=hass, read_only=True) as session:
        runs = session.scalars(select(RecorderRuns).order_by(RecorderRuns.start)).all()
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            start = dt_util.as_utc(run.start.replace(tzinfo=run.start.tzinfo or UTC))
            end = min(until, _ended(session, run, following)) if following else until
            if end > max(start, begin):
                spans.append(Span(start, max(start, begin), end))
    return spans


def _ended(session: Session, run: RecorderRuns, following: RecorderRuns) -> datetime:
    """Find when a run of Home Assistant ended. After a crash nobody knows, but the last state of it was recorded while it ran."""
    if run.end is not None and not run.closed_incorrect:
        return run.end.replace(tzinfo=run.end.tzinfo or UTC)
    before = following.start.replace(tzinfo=following.start.tzinfo or UTC).timestamp()
    last = session.scalar(
        select(func.max(States.last_updated_ts)).where(States.last_updated_ts < before)
    )
    return datetime.fromtimestamp(last or 0, UTC)
