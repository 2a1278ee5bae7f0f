"""Play a story: the readings of a home over time, as data, and the expected alerts.

A story is a YAML file. Temperatures are in °F. Clock times are those of a home in New York;
"+2d 06:00" is 6 AM two days after the start.

    title       what the story is about, as a sentence
    start       "2027-01-15 06:00"
    ends        "+1d 06:00"
    sees        the sources that show how the home is heated: relay (AUX, measured), reported
                (AUX, as the thermostat reports it), estimate (AUX, from temperatures),
                compressor, mode (emergency heat). Default: relay, compressor and mode
    equipment   strips (default), furnace, none
    outdoor     false if no source reports the outdoor temperature
    options     alerts with other settings:
                {overrun: {budget: 60, enabled: false, severity: critical}},
                and quiet: [from, to] or null, balance_point: °F
    story       moments: {at, ...}. Each moment gives the values that change then: mode, action,
                room, setpoint, outdoor, aux, compressor, emergency (on, off or gone; gone: the
                source is not available, or for action: the thermostat reports none),
                by_hand: true (a person made the change), forecast: [°F for each hour, from now
                on] (with forecast_every: hours, less often),
                sizing: {days, shares: [[°F, °F, share], ...]}.
                With `until`, the temperatures change evenly to their new values by that time.
                With `do`, a person acts: snooze ALERT, acknowledge ALERT, allow, clean filter.
                With `frozen: true`, the sources stop reporting and keep their last values until
                `frozen: false`. This needs `polled: minutes` in the story: how often the
                sources report.
                With `restart: minutes`, Home Assistant is down for that long.
                With `outdoor_age: minutes`, the last report of the outdoor temperature is
                always that old; 0: just now.
                With `repeat: {every: minutes, times: n, then: moment}`, the moment repeats;
                `then` comes `after` some minutes.
    expect      exactly the alerts that the story causes: {alert, raised, told, cleared,
                severity, variant, changed, reminded: [times]}. told and cleared may be never;
                without told, the alert is announced when it is raised. With `summary: time`,
                the daily summary is expected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.alerts.context import Sizing
from custom_components.aux_heat_guard.core.alerts.events import AlertEvent, EventType
from custom_components.aux_heat_guard.core.alerts.rules import DEFAULT_CONFIGS
from custom_components.aux_heat_guard.core.model import (
    Alert,
    Equipment,
    Forecast,
    Observation,
    Quality,
    Role,
    Severity,
    Source,
    Thermostat,
)
from custom_components.aux_heat_guard.core.persistence import history as codec
from custom_components.aux_heat_guard.core.sense.kinds import InferenceSignal, OnOffSignal
from custom_components.aux_heat_guard.core.settings.alerts import (
    ALLOW_AUX_TIME,
    SNOOZE_TIME,
    AlertSettings,
)
from custom_components.aux_heat_guard.core.settings.guard import Settings
from custom_components.aux_heat_guard.core.settings.signal import Signal

STORIES = Path(__file__).parent / "stories"
ZONE = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
FOREVER = timedelta(days=1000)
SIGNALS: dict[str, Signal] = {
    "relay": OnOffSignal(Source("binary_sensor.w2")),
    "reported": OnOffSignal(Source("climate.hallway", "aux"), quality=Quality.REPORTED),
    "compressor": OnOffSignal(Source("binary_sensor.compressor"), role=Role.COMPRESSOR),
    "mode": OnOffSignal(
        Source("switch.emergency_heat"), role=Role.EMERGENCY, quality=Quality.REPORTED
    ),
    "estimate": InferenceSignal(),
}
REPORTED_BY = {"relay": "aux", "reported": "aux", "compressor": "compressor", "mode": "emergency"}
TEMPERATURES = ("room", "setpoint", "outdoor")
DEFAULTS: dict[str, Any] = {
    "mode": "heat",
    "action": "idle",
    "room": 70,
    "setpoint": 70,
    "outdoor": 45,
    "aux": "off",
    "compressor": "off",
    "emergency": "off",
    "by_hand": False,
    "outdoor_age": 0,
    "frozen": False,
}


def story_names() -> list[str]:
    """Return the names of the stories."""
    return sorted(path.stem for path in STORIES.glob("*.yaml"))


def read_story(name: str) -> dict[str, Any]:
    """Return a story."""
    story: dict[str, Any] = yaml.safe_load((STORIES / f"{name}.yaml").read_text(encoding="utf-8"))
    return story


@dataclass(frozen=True, slots=True)
class StoryAlert:
    """An alert of a story, from raised to cleared."""

    alert: str
    raised: datetime
    notified: datetime | None
    cleared: datetime | None
    severity: str
    variant: str | None = None
    changed: str | None = None
    reminded: tuple[datetime, ...] = ()


@dataclass
class StoryOutcome:
    """The alerts that a story caused."""

    alerts: list[StoryAlert] = field(default_factory=list)
    summaries: list[datetime] = field(default_factory=list)

    def record_event(self, at: datetime, happening: AlertEvent) -> None:
        """Record an alert event."""
        if happening.alert is None:
            self.summaries.append(at)
            return
        alert = happening.alert.value
        if happening.event_type is EventType.RAISED:
            self.alerts.append(
                StoryAlert(alert, at, None, None, happening.severity.value, happening.variant)
            )
            return
        index = max(
            index for index, story_alert in enumerate(self.alerts) if story_alert.alert == alert
        )
        if happening.event_type is EventType.NOTIFIED:
            self.alerts[index] = replace(
                self.alerts[index], notified=at, severity=happening.severity.value
            )
        elif happening.event_type is EventType.REMINDED:
            self.alerts[index] = replace(
                self.alerts[index], reminded=(*self.alerts[index].reminded, at)
            )
        elif happening.event_type is EventType.CHANGED:
            self.alerts[index] = replace(self.alerts[index], changed=happening.variant)
        elif happening.event_type is EventType.CLEARED:
            self.alerts[index] = replace(self.alerts[index], cleared=at)


class StoryPlayer:
    """Plays a story with every step on time.

    With `steps_every` it also takes extra steps in between, one after each such time.
    """

    def __init__(self, story: Mapping[str, Any], steps_every: timedelta = FOREVER) -> None:
        self.story = story
        self.steps_every = steps_every
        self.start = datetime.fromisoformat(story["start"]).replace(tzinfo=ZONE)
        self.signal_names = story.get("sees", ["relay", "compressor", "mode"])
        self.settings = self._settings()
        self.current = dict(DEFAULTS)
        self.forecast = Forecast()
        self.state = engine.start(self.start.astimezone(), self.settings)
        self.last_step_at: datetime | None = None
        self.last_poll_at = self.start
        self.outcome = StoryOutcome()

    def parse_time(self, text: str) -> datetime:
        """Return the instant of a clock time."""
        days, _, clock = text.rpartition(" ")
        day = self.start.date() + timedelta(days=int(days.strip("+d")) if days else 0)
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE)

    def run(self) -> StoryOutcome:
        """Play the whole story, and return its outcome."""
        moments = sorted(self._moments(), key=lambda moment: moment["at"])
        for moment in moments:
            self._advance_until(moment["at"])
            self._apply_moment(moment)
            self._step(moment["at"])
        self._advance_until(self.parse_time(self.story["ends"]))
        self._step(self.parse_time(self.story["ends"]))
        return self.outcome

    def _moments(self) -> Iterator[dict[str, Any]]:
        for moment in self.story["story"]:
            at = self.parse_time(moment["at"])
            repeat = moment.get("repeat")
            if repeat is None:
                yield from self._spread({**moment, "at": at})
                continue
            for turn in range(repeat["times"]):
                begins = at + turn * repeat["every"] * MINUTE
                yield {
                    **{key: value for key, value in moment.items() if key != "repeat"},
                    "at": begins,
                }
                for then in (
                    repeat["then"] if isinstance(repeat["then"], list) else [repeat["then"]]
                ):
                    yield {**then, "at": begins + then["after"] * MINUTE}

    def _spread(self, moment: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Return a moment with slowly changing temperatures as moments for each minute."""
        if "until" not in moment:
            yield moment
            return
        begin, end = moment["at"], self.parse_time(moment["until"])
        slow = {name: moment[name] for name in TEMPERATURES if name in moment}
        yield {
            **{key: value for key, value in moment.items() if key not in {*slow, "until"}},
            "slow": (slow, begin, end),
        }
        count = round((end - begin) / MINUTE)
        for number in range(1, count + 1):
            yield {"at": begin + number * MINUTE, "step": (slow, count - number + 1)}

    def _apply_moment(self, moment: Mapping[str, Any]) -> None:
        self.current["by_hand"] = bool(moment.get("by_hand"))
        self.current |= {name: moment[name] for name in DEFAULTS if name in moment}
        if "step" in moment:
            slow, left = moment["step"]
            for name, goal in slow.items():
                self.current[name] += (goal - self.current[name]) / left
        if "forecast" in moment:
            every = timedelta(hours=moment.get("forecast_every", 1))
            hours = [
                (moment["at"] + index * every, to_celsius(value))
                for index, value in enumerate(moment["forecast"])
            ]
            self.forecast = Forecast(tuple(hours))
        if "sizing" in moment:
            shares = tuple(
                (to_celsius(low), to_celsius(high), share)
                for low, high, share in moment["sizing"]["shares"]
            )
            self.state = engine.with_sizing(self.state, Sizing(moment["sizing"]["days"], shares))
        if "do" in moment:
            self._apply_user_action(moment["at"], moment["do"])
        if "restart" in moment:
            self._restart(moment["at"], moment["restart"] * MINUTE)

    def _apply_user_action(self, at: datetime, what: str) -> None:
        verb, _, rest = what.partition(" ")
        alerts = self.state.alerts
        match verb:
            case "snooze":
                self.state = engine.with_alerts(
                    self.state, alerts.with_snooze(frozenset({Alert(rest)}), at + SNOOZE_TIME)
                )
            case "acknowledge":
                self.state = engine.with_alerts(
                    self.state, alerts.with_acknowledgement(frozenset({Alert(rest)}))
                )
            case "allow":
                self.state = engine.with_alerts(
                    self.state, alerts.with_aux_allowed(at + ALLOW_AUX_TIME)
                )
            case "clean":
                self.state = engine.record_filter_cleaned(self.state)
            case _:
                raise ValueError(what)

    def _restart(self, at: datetime, away: timedelta) -> None:
        watch = engine.tracker_at(self.state, at, self.settings)
        kept = codec.StoredGuard(
            ledger=watch.ledger,
            memory=watch.memory_to_save(),
            zone=str(ZONE),
            alerts=self.state.alerts,
        )
        again = codec.decode(json.loads(json.dumps(codec.encode(kept, None))))
        self.state = engine.start(
            at + away, self.settings, again.ledger, again.memory, again.alerts
        )
        self.last_step_at = None

    def _advance_until(self, until: datetime) -> None:
        """Take every step that is due, with a report of the thermostat each minute."""
        while self.last_step_at is not None:
            at = min(self.state.wake_at, self.last_step_at + self.steps_every)
            if at >= until:
                return
            self._step(at)

    def _step(self, at: datetime) -> None:
        if at < self.state.ledger.at:
            # Home Assistant was down.
            return
        step = engine.step(self.state, self._observe(at.astimezone(UTC)), self.settings)
        self.state, self.last_step_at = step.state, at
        for happening in step.alert_events:
            self.outcome.record_event(at, happening)

    def _observe(self, at: datetime) -> Observation:
        says = self.current
        is_there = says["mode"] != "gone"
        outdoor = says["outdoor"] if self.story.get("outdoor", True) else "gone"
        reported = self._last_report_at(at)
        changed = self.start if "polled" in self.story else None
        return Observation(
            at=at,
            readings=tuple(self._reading(sign) for sign in self.signal_names),
            thermostat=Thermostat(
                hvac_mode=on_off(says["mode"]) if is_there else None,
                hvac_action=on_off(says["action"])
                if is_there and says["action"] != "gone"
                else None,
                room=read_celsius(says["room"]) if is_there else None,
                setpoint=read_celsius(says["setpoint"]) if is_there else None,
                is_manual_change=says["by_hand"],
                last_reported=reported,
                last_changed=changed,
            ),
            outdoor=read_celsius(outdoor),
            outdoor_last_reported=None
            if outdoor == "gone"
            else at - timedelta(minutes=says["outdoor_age"]),
            forecast=self.forecast,
            last_reported=(reported,) * len(self.signal_names) if changed else (),
            last_changed=(changed,) * len(self.signal_names) if changed else (),
        )

    def _reading(self, sign: str) -> str | None:
        if sign not in REPORTED_BY:
            return None
        value = self.current[REPORTED_BY[sign]]
        return "unavailable" if value == "gone" else on_off(value)

    def _last_report_at(self, at: datetime) -> datetime:
        """Return the times at which the sources last reported."""
        if "polled" not in self.story:
            return at.replace(second=0, microsecond=0)
        if not self.current["frozen"]:
            every = self.story["polled"] * MINUTE
            self.last_poll_at = self.start + (at - self.start) // every * every
        return self.last_poll_at

    def _settings(self) -> Settings:
        options = dict(self.story.get("options", {}))
        quiet = options.pop("quiet", ["22:00", "07:00"])
        balance = options.pop("balance_point", 25)
        choices = {alert: DEFAULT_CONFIGS[alert] for alert in Alert}
        for name, changes in options.items():
            alert = Alert(name)
            figures = {
                key: value for key, value in changes.items() if key not in {"enabled", "severity"}
            }
            choice = choices[alert]
            choices[alert] = replace(
                choice,
                enabled=changes.get("enabled", True),
                severity=Severity(changes.get("severity", choice.severity.value)),
                thresholds={**choice.thresholds, **figures},
            )
        hours = (
            None if quiet is None else (time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1]))
        )
        alerts = AlertSettings(
            configs=choices, balance_point=(balance - 32) / 1.8, quiet_hours=hours
        )
        return Settings(
            signals=tuple(SIGNALS[sign] for sign in self.signal_names),
            equipment=Equipment(self.story.get("equipment", "strips")),
            zone=ZONE,
            has_outdoor=self.story.get("outdoor", True),
            has_forecast=any("forecast" in moment for moment in self.story["story"]),
            alerts=alerts,
        )

    def expected_outcome(self) -> StoryOutcome:
        """Return the expected outcome of the story."""
        outcome = StoryOutcome()
        for row in self.story.get("expect") or []:
            if "summary" in row:
                outcome.summaries.append(self.parse_time(row["summary"]))
                continue
            raised = self.parse_time(row["raised"])
            notified = row.get("told", row["raised"])
            cleared = row.get("cleared", "never")
            severity = row.get("severity", DEFAULT_CONFIGS[Alert(row["alert"])].severity.value)
            outcome.alerts.append(
                StoryAlert(
                    row["alert"],
                    raised,
                    None if notified == "never" else self.parse_time(notified),
                    None if cleared == "never" else self.parse_time(cleared),
                    severity,
                    row.get("variant"),
                    row.get("changed"),
                    tuple(self.parse_time(time) for time in row.get("reminded", [])),
                )
            )
        return outcome


def read_celsius(fahrenheit: Any) -> float | None:
    """Return a temperature in °C, rounded to tenths as a thermostat reports it, or None."""
    return None if fahrenheit in {"gone", None} else to_celsius(round(fahrenheit, 1))


def to_celsius(fahrenheit: float) -> float:
    """Return a temperature in °C."""
    return (fahrenheit - 32) / 1.8


def on_off(value: Any) -> str:
    """Return on and off as words, which YAML reads as booleans."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
