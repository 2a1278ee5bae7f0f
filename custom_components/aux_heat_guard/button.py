"""What can be answered to alerts, at a press."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alert_settings import ALLOWED, SNOOZE
from .core.decide import alarm
from .core.model import Alert
from .entity import GuardEntity

PARALLEL_UPDATES = 0

ALL = frozenset(Alert)


@dataclass(frozen=True, kw_only=True)
class GuardButtonDescription(ButtonEntityDescription):
    """A button and what it does."""

    press: Callable[[GuardCoordinator], None]


def _snooze(coordinator: GuardCoordinator) -> None:
    until = dt_util.utcnow() + SNOOZE
    which = coordinator.snoozable
    coordinator.async_change_alerts(lambda alerts: alarm.snoozed(alerts, which, until))


def _acknowledge(coordinator: GuardCoordinator) -> None:
    coordinator.async_change_alerts(lambda alerts: alarm.answered(alerts, ALL))


def _allow(coordinator: GuardCoordinator) -> None:
    until = dt_util.utcnow() + ALLOWED
    coordinator.async_change_alerts(lambda alerts: alarm.allowed(alerts, until))


BUTTONS = (
    GuardButtonDescription(key="snooze", translation_key="snooze", press=_snooze),
    GuardButtonDescription(key="acknowledge", translation_key="acknowledge", press=_acknowledge),
    GuardButtonDescription(key="allow_aux", translation_key="allow_aux", press=_allow),
    GuardButtonDescription(
        key="filter_cleaned",
        translation_key="filter_cleaned",
        entity_category=EntityCategory.CONFIG,
        press=GuardCoordinator.async_clean_filter,
    ),
)


async def async_setup_entry(_hass: HomeAssistant, entry: GuardConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the buttons of a guard."""
    async_add_entities([GuardButton(entry.runtime_data, description) for description in BUTTONS])


class GuardButton(GuardEntity, ButtonEntity):
    """A button of a guard."""

    entity_description: GuardButtonDescription

    async def async_press(self) -> None:
        """Do it."""
        self.entity_description.press(self.coordinator)
