"""Repair issues: problems that only the user can fix."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import CONF_ENTITY_ID, CONF_THERMOSTAT, DOMAIN

type Missing = Literal["source", "action"]


@callback
def async_report_missing(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    kind: Missing,
    missing: AbstractSet[str],
    *,
    is_news: bool = True,
) -> None:
    """Keep a repair for each missing entity or action of a guard, and for no other.

    If the missing names are no news, this only ends repairs.
    """
    prefix = f"{kind}_missing_{entry.entry_id}_"
    issues = {f"{prefix}{name}": name for name in missing}
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(prefix) and issue_id not in issues:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    is_entity = kind == "source"
    for issue_id, name in issues.items() if is_news else ():
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={"entry_id": entry.entry_id, CONF_ENTITY_ID: name} if is_entity else None,
            is_fixable=is_entity,
            severity=ir.IssueSeverity.ERROR,
            translation_key=f"{kind}_missing",
            translation_placeholders={
                "name": entry.title,
                "entity" if is_entity else "action": name,
            },
        )


@callback
def async_report_blind(hass: HomeAssistant, entry: ConfigEntry[Any], *, is_blind: bool) -> None:
    """Keep a repair while a guard misses sensor data."""
    _report(hass, entry, "blind", {"name": entry.title}, holds=is_blind)


@callback
def async_report_ignored_writes(
    hass: HomeAssistant, entry: ConfigEntry[Any], *, is_ignored: bool
) -> None:
    """Keep a repair while the thermostat ignores setpoint writes."""
    placeholders = {"name": entry.title, "thermostat": str(entry.options.get(CONF_THERMOSTAT))}
    _report(hass, entry, "unanswered", placeholders, holds=is_ignored)


@callback
def async_report_unswitched(
    hass: HomeAssistant, entry: ConfigEntry[Any], switch: str, what: str | None
) -> None:
    """Keep a repair while a switchover fails. The text names what failed; None ends the repair."""
    _report(
        hass,
        entry,
        f"unswitched_{switch}",
        {"name": entry.title, "entity": what or ""},
        holds=what is not None,
    )


@callback
def async_report_blocks(
    hass: HomeAssistant, entry: ConfigEntry[Any], schedule: str, temperatures: Sequence[str]
) -> None:
    """Keep a repair while a schedule has blocks with temperatures that are no valid setpoints."""
    placeholders = {
        "name": entry.title,
        "entity": schedule,
        "temperatures": ", ".join(temperatures),
    }
    _report(hass, entry, "blocks_unfit", placeholders, holds=bool(temperatures))


def _report(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    what: str,
    placeholders: dict[str, str],
    *,
    holds: bool,
) -> None:
    issue_id = f"{what}_{entry.entry_id}"
    if not holds:
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=what,
        translation_placeholders=placeholders,
    )
