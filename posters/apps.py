"""The app's start: connects the listeners that Django leaves no other door for."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class PostersConfig(AppConfig):
    name = "posters"
    verbose_name = "Programme"

    def ready(self) -> None:
        from posters.browse import search_index, upkeep
        from posters.calendars import removals
        from posters.itinerary import accounts
        from posters.programme import revision

        # Before the sequences of calendars are raised: what leaves one is told by the number that comes next.
        removals.listen()
        revision.listen()
        search_index.listen(self)
        upkeep.listen()
        accounts.listen()
        connection_created.connect(_expect_rows_in_memory, dispatch_uid="expect-rows-in-memory")


def _expect_rows_in_memory(connection: Any, **_: Any) -> None:
    """PostgreSQL expects a disk that turns, and reads all authors of a conference to name those of fifty posters.

    Said here and not among the options of the connection, some of which a pool of connections refuses.
    """
    if connection.vendor == "postgresql":
        connection.connection.execute("SET random_page_cost = 1.1")
