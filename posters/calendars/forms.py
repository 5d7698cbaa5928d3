"""The options of an itinerary's calendar, as a form and as a query string."""

from django import forms

from posters.calendars.events import CalendarOptions
from posters.models import CalendarFeed


class CalendarOptionsForm(forms.Form):
    """Each may be left out: then it is as CalendarOptions has it."""

    layout = forms.ChoiceField(
        choices=CalendarFeed.Layout,
        required=False,
        error_messages={"invalid_choice": "layout must be sessions or visits."},
    )
    alarm = forms.ChoiceField(
        choices=CalendarFeed.Alarm,
        required=False,
        error_messages={"invalid_choice": "alarm must be 0, 5, 10, 15, 30 or 60 (minutes before)."},
    )
    unplanned = forms.ChoiceField(
        choices=[("", "no"), ("1", "yes")],
        required=False,
        error_messages={"invalid_choice": "unplanned must be 1 or left out."},
    )
    language = forms.ChoiceField(
        choices=CalendarFeed.Language,
        required=False,
        error_messages={"invalid_choice": "language must be en-GB, de or fr."},
    )

    @property
    def options(self) -> CalendarOptions:
        """What a valid form says."""
        given = self.cleaned_data
        return CalendarOptions(
            layout=given["layout"] or CalendarOptions.layout,
            alarm_minutes=int(given["alarm"] or 0),
            shows_unplanned=given["unplanned"] == "1",
            language=given["language"] or CalendarOptions.language,
        )

    @property
    def chosen_layout(self) -> str:
        return self["layout"].value() or CalendarOptions.layout

    @property
    def first_error(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)
