"""Repair issues: what only the user can fix."""

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
    """Keep a repair for each entity or action of a guard that does not exist, and for no other.

    If it is no news, repairs only end.
    """
    prefix = f"{kind}_missing_{entry.entry_id}_"
    wanted = {f"{prefix}{name}": name for name in missing}
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(prefix) and issue_id not in wanted:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
    is_entity = kind == "source"
    for issue_id, name in wanted.items() if is_news else ():
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
    """Tell that something a guard goes by is silent: that can be mended at home."""
    _report(hass, entry, "blind", {"name": entry.title}, holds=is_blind)


@callback
def async_report_unanswered(
    hass: HomeAssistant, entry: ConfigEntry[Any], *, is_unanswered: bool
) -> None:
    """Tell that the thermostat does not take what it is told."""
    placeholders = {"name": entry.title, "thermostat": str(entry.options.get(CONF_THERMOSTAT))}
    _report(hass, entry, "unanswered", placeholders, holds=is_unanswered)


@callback
def async_report_unswitched(
    hass: HomeAssistant, entry: ConfigEntry[Any], switch: str, what: str | None
) -> None:
    """Tell what could not be switched by the outdoor temperature; None: nothing fails."""
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
    """Tell which temperatures of a schedule's blocks cannot be heated to; without any, let go of an earlier report."""
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
