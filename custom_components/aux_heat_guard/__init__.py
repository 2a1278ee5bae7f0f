"""AUX Heat Guard: sees, explains and prevents auxiliary heat in homes with a heat pump."""

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device import async_entity_id_to_device_id
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .actions.alerts import async_register_alert_actions
from .actions.history import async_register
from .actions.protection import async_register_protect_actions
from .const import DOMAIN, PLATFORMS
from .control.switchover import async_forget_switches
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import Switch
from .feeds.forecast import async_keep_forecast
from .feeds.schedule import async_keep_plan
from .feeds.season import async_keep_sizing
from .history.store import async_forget, async_protection
from .options.guard import Guarded, OptionsError, guarded_from
from .publish.events import async_fire_setpoints
from .publish.left_behind import async_keep_telling, async_report_left, async_watch_left
from .publish.notifier import Announcer, async_forget_notices
from .publish.replies import Replies, async_forget_replies
from .publish.statistics import async_keep_statistics
from .reporting.messages import async_load_texts
from .sources.issues import (
    async_report_blind,
    async_report_blocks,
    async_report_missing,
    async_report_unanswered,
    async_report_unswitched,
)
from .sources.registry import async_follow_renames, async_watch_references

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all guards share."""
    async_register(hass)
    async_register_alert_actions(hass)
    async_register_protect_actions(hass)
    async_follow_renames(hass)
    async_watch_left(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> bool:
    """Set up a guard."""
    guarded = _guarded(entry)
    coordinator = GuardCoordinator(
        hass, entry, guarded, _register_device(hass, entry, guarded.thermostat)
    )
    await coordinator.async_start()
    entry.runtime_data = coordinator
    async_keep_statistics(hass, entry)
    async_keep_sizing(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await _async_announce(hass, entry)

    async def home_changed(_event: Event) -> None:
        await async_load_texts(hass)
        coordinator.async_adopt(_guarded(entry))

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, home_changed))
    entry.async_on_unload(entry.add_update_listener(_async_options_changed))
    # It looks at options that were taken over.
    async_keep_forecast(hass, entry)
    async_keep_plan(hass, entry)
    async_watch_references(hass, entry)
    if _sources(_guarded(entry)) != _sources(coordinator.guarded):
        # A source was renamed while the guard was being set up.
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def _async_announce(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Tell what happens to alerts, now that the entities are there to tell it as well."""
    await async_load_texts(hass)
    replies = Replies(hass, entry)
    await replies.async_start()
    announcer = Announcer(hass, entry, replies)
    entry.async_on_unload(entry.runtime_data.async_listen_alerts(announcer.async_announce))
    entry.async_on_unload(entry.runtime_data.async_add_listener(announcer.async_settle))
    entry.async_on_unload(async_at_started(hass, announcer.async_show_again))
    entry.async_on_unload(async_fire_setpoints(hass, entry))
    entry.async_on_unload(async_keep_telling(hass, entry))
    entry.runtime_data.async_tell_alerts()


async def async_unload_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> bool:
    """Unload a guard; what was counted is written down."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_release()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Remove what a guard kept."""
    async_report_missing(hass, entry, "source", frozenset())
    async_report_missing(hass, entry, "action", frozenset())
    async_report_blind(hass, entry, is_blind=False)
    async_report_unanswered(hass, entry, is_unanswered=False)
    for switch in Switch:
        async_report_unswitched(hass, entry, switch.value, None)
    async_report_blocks(hass, entry, "", ())
    async_forget_notices(hass, entry.entry_id)
    await async_load_texts(hass)
    async_report_left(hass, entry, (await async_protection(hass, entry.entry_id)).setpoint)
    await async_forget(hass, entry.entry_id)
    await async_forget_replies(hass, entry.entry_id)
    await async_forget_switches(hass, entry.entry_id)


async def _async_options_changed(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Take over new options in place; only other sources need a new start."""
    now = entry.runtime_data.guarded
    try:
        wanted = _guarded(entry)
    except ConfigEntryError:
        # The set-up says what is wrong.
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    _register_device(hass, entry, wanted.thermostat)
    if _sources(now) == _sources(wanted):
        entry.runtime_data.async_adopt(wanted)
    else:
        hass.config_entries.async_schedule_reload(entry.entry_id)


def _guarded(entry: GuardConfigEntry) -> Guarded:
    """Read the options. Raises ConfigEntryError if somebody broke them: the flows write none that cannot be read."""
    try:
        return guarded_from(entry.options, dt_util.get_default_time_zone())
    except OptionsError as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="options_unreadable",
            translation_placeholders={"name": entry.title, "option": error.option},
        ) from None


def _sources(guarded: Guarded) -> tuple[object, ...]:
    signals = tuple(
        (type(signal), signal.source, signal.role) for signal in guarded.settings.signals
    )
    return (
        guarded.thermostat,
        guarded.outdoor,
        guarded.power,
        guarded.meter,
        guarded.watched,
        signals,
    )


def _register_device(
    hass: HomeAssistant, entry: GuardConfigEntry, thermostat: str
) -> dr.DeviceEntry:
    """One device a guard, hanging on the thermostat's own."""
    via_device = async_entity_id_to_device_id(hass, thermostat)
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        model="AUX Heat Guard",
        entry_type=dr.DeviceEntryType.SERVICE,
        via_device_id=via_device,
    )
