"""AUX Heat Guard: monitors, explains and prevents aux heat in homes with a heat pump."""

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device import async_entity_id_to_device_id
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util

from .actions.alerts import async_register_alert_actions
from .actions.history import async_register_history_actions
from .actions.protection import async_register_protection_actions
from .const import DOMAIN, PLATFORMS
from .control.switchover import async_remove_switch_records
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import SwitchoverKind
from .feeds.forecast import async_setup_forecast
from .feeds.schedule import async_setup_schedule
from .feeds.season import async_setup_sizing
from .history.store import async_read_protection, async_remove_files
from .options.guard import GuardConfig, OptionsError, read_guard_config
from .publish.events import async_fire_setpoint_events
from .publish.left_behind import (
    async_notify_unrestored,
    async_report_unrestored,
    async_track_unrestored,
)
from .publish.notifier import Notifier, async_dismiss_notifications
from .publish.replies import Replies, async_remove_replies
from .publish.statistics import async_setup_statistics
from .reporting.messages import async_load_messages
from .sources.issues import (
    async_report_blind,
    async_report_blocks,
    async_report_ignored_writes,
    async_report_missing,
    async_report_unswitched,
)
from .sources.missing import async_monitor_references
from .sources.registry import async_track_renames

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up the actions and trackers that all guards share."""
    async_register_history_actions(hass)
    async_register_alert_actions(hass)
    async_register_protection_actions(hass)
    async_track_renames(hass)
    async_track_unrestored(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> bool:
    """Set up a guard."""
    guard_config = _read_guard_config(entry)
    coordinator = GuardCoordinator(
        hass, entry, guard_config, _register_device(hass, entry, guard_config.thermostat)
    )
    await coordinator.async_start()
    entry.runtime_data = coordinator
    async_setup_statistics(hass, entry)
    async_setup_sizing(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await _async_setup_notifications(hass, entry)

    async def home_changed(_event: Event) -> None:
        await async_load_messages(hass)
        coordinator.async_update_config(_read_guard_config(entry))

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, home_changed))
    fetch_forecast = async_setup_forecast(hass, entry)
    read_schedule = async_setup_schedule(hass, entry)
    update_references = async_monitor_references(hass, entry)

    async def options_changed(_hass: HomeAssistant, _entry: GuardConfigEntry) -> None:
        # First, since a guard that is set up anew may fail to start: no repair must stay then.
        update_references()
        if not _apply_options(hass, entry):
            return
        # The forecast and the schedule are those of the new configuration.
        fetch_forecast()
        await read_schedule()

    entry.async_on_unload(entry.add_update_listener(options_changed))
    if _sources(_read_guard_config(entry)) != _sources(coordinator.guard_config):
        # A source was renamed while the guard was being set up.
        hass.config_entries.async_schedule_reload(entry.entry_id)
    return True


async def _async_setup_notifications(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Start the delivery of alerts, now that the entities of the guard exist."""
    await async_load_messages(hass)
    replies = Replies(hass, entry)
    await replies.async_start()
    notifier = Notifier(hass, entry, replies)
    entry.async_on_unload(entry.runtime_data.alert_listeners.async_add(notifier.async_notify))
    entry.async_on_unload(entry.runtime_data.async_add_listener(notifier.async_dismiss_settled))
    entry.async_on_unload(async_at_started(hass, notifier.async_recreate_notifications))
    entry.async_on_unload(async_fire_setpoint_events(hass, entry))
    entry.async_on_unload(async_notify_unrestored(hass, entry))
    entry.runtime_data.async_start_delivery()


async def async_unload_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> bool:
    """Unload a guard, and save its history."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Remove the files, repairs and notifications of a guard."""
    async_report_missing(hass, entry, "source", frozenset())
    async_report_missing(hass, entry, "action", frozenset())
    async_report_blind(hass, entry, is_blind=False)
    async_report_ignored_writes(hass, entry, is_ignored=False)
    for switch in SwitchoverKind:
        async_report_unswitched(hass, entry, switch.value, None)
    async_report_blocks(hass, entry, "", ())
    async_dismiss_notifications(hass, entry.entry_id)
    await async_load_messages(hass)
    async_report_unrestored(
        hass, entry, (await async_read_protection(hass, entry.entry_id)).setpoint
    )
    await async_remove_files(hass, entry.entry_id)
    await async_remove_replies(hass, entry.entry_id)
    await async_remove_switch_records(hass, entry.entry_id)


@callback
def _apply_options(hass: HomeAssistant, entry: GuardConfigEntry) -> bool:
    """Apply changed options to a running guard, or reload the guard if its sources changed.

    Return False if the guard is being reloaded.
    """
    try:
        guard_config = _read_guard_config(entry)
    except ConfigEntryError:
        # The set-up reports what is wrong.
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return False
    _register_device(hass, entry, guard_config.thermostat)
    if _sources(entry.runtime_data.guard_config) != _sources(guard_config):
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return False
    entry.runtime_data.async_update_config(guard_config)
    return True


def _read_guard_config(entry: GuardConfigEntry) -> GuardConfig:
    """Return the configuration of a guard.

    Raises ConfigEntryError if the options are broken: the flows write none that cannot be read.
    """
    try:
        return read_guard_config(entry.options, dt_util.get_default_time_zone())
    except OptionsError as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="options_unreadable",
            translation_placeholders={"name": entry.title, "option": error.option},
        ) from None


def _sources(guard_config: GuardConfig) -> tuple[object, ...]:
    """Return the sources of a guard, to compare: other sources need a reload."""
    signals = tuple(
        (type(signal), signal.source, signal.role) for signal in guard_config.settings.signals
    )
    return (
        guard_config.thermostat,
        guard_config.outdoor,
        guard_config.power,
        guard_config.meter,
        guard_config.watched,
        signals,
    )


def _register_device(
    hass: HomeAssistant, entry: GuardConfigEntry, thermostat: str
) -> dr.DeviceEntry:
    """Register the device of a guard, connected via the device of the thermostat."""
    via_device = async_entity_id_to_device_id(hass, thermostat)
    return dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        model="AUX Heat Guard",
        entry_type=dr.DeviceEntryType.SERVICE,
        via_device_id=via_device,
    )
