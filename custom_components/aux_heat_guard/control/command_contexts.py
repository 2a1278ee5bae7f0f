"""The contexts of the commands that a guard sends or hands on, so that their answers are known."""

from collections.abc import Collection
from datetime import timedelta
from itertools import takewhile
import time

from homeassistant.core import Context

from ..core.settings.protection import MAX_READBACK_WINDOW


class CommandContexts:
    """Remembers them for as long as a thermostat may take to answer."""

    def __init__(self, window: timedelta = MAX_READBACK_WINDOW) -> None:
        self._window = window.total_seconds()
        self._sent: dict[str, float] = {}
        """The ids, with the monotonic seconds at which each was sent, the oldest one first."""

    @property
    def ids(self) -> Collection[str]:
        """The ids of the contexts that may still be answered."""
        return self._sent.keys()

    def remember(self, context: Context) -> Context:
        """Remember the context of a command, and return it."""
        now = time.monotonic()
        outdated = list(takewhile(lambda one: now - self._sent[one] > self._window, self._sent))
        for one in (*outdated, context.id):
            self._sent.pop(one, None)
        self._sent[context.id] = now
        return context

    def create(self) -> Context:
        """Return a context without a user, for a command that nobody called for."""
        return self.remember(Context())
