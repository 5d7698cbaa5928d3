"""The app's start: connects the listeners that Django leaves no other door for."""

from django.apps import AppConfig


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
