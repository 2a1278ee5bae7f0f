"""The contexts of the commands that a guard sends or forwards: they identify the readbacks."""

from collections.abc import Collection
from datetime import timedelta
from itertools import takewhile
import time

from homeassistant.core import Context

from ..core.settings.protection import MAX_READBACK_WINDOW


class CommandContexts:
    """Remembers the contexts for as long as a readback may take."""

    def __init__(self, window: timedelta = MAX_READBACK_WINDOW) -> None:
        self._window = window.total_seconds()
        self._sent: dict[str, float] = {}
        """The ids with the monotonic seconds at which each was sent, oldest first."""

    @property
    def ids(self) -> Collection[str]:
        """The ids of the contexts whose readback may still come."""
        return self._sent.keys()

    def remember(self, context: Context) -> Context:
        """Remember the context of a command, and return it."""
        now = time.monotonic()
        outdated = takewhile(lambda sent_id: now - self._sent[sent_id] > self._window, self._sent)
        for context_id in (*outdated, context.id):
            self._sent.pop(context_id, None)
        self._sent[context.id] = now
        return context

    def create(self) -> Context:
        """Return a context without a user, for a command of the guard itself."""
        return self.remember(Context())
