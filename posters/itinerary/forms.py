"""What edits of an itinerary are sent: bounds and words for what is wrong. The rules themselves are in edits.py."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from posters.itinerary.intents import UNREADABLE_TIME, UnreadableTime, wished_at

LARGEST = 2**31 - 1


class WaitingForm(forms.Form):
    """An edit that may have waited for a network: then it says when it was wished."""

    wished_at = forms.CharField(required=False)

    def clean_wished_at(self) -> datetime | None:
        """None for an edit that comes as it is made."""
        given = self.cleaned_data["wished_at"]
        try:
            return wished_at(given, now=timezone.now()) if given else None
        except UnreadableTime as error:
            raise forms.ValidationError(UNREADABLE_TIME) from error


class VersionForm(WaitingForm):
    """An edit of a visit, as it was seen."""

    version = forms.IntegerField(min_value=1, max_value=LARGEST)


class MoveForm(VersionForm):
    """To another time, to another presentation, or both."""

    presentation = forms.IntegerField(max_value=LARGEST, required=False)
    starts = forms.TimeField(required=False, label="start", error_messages={"invalid": "Write a time such as 16:30."})


class NewNoteForm(WaitingForm):
    """A note on a poster that has no visit yet."""

    note = forms.CharField(required=False)

    def clean_note(self) -> str:
        """Lines end as they are counted: browsers send two characters for each end."""
        return self.cleaned_data["note"].replace("\r\n", "\n")


class NoteForm(VersionForm, NewNoteForm):
    """A note on a visit."""


class MinutesForm(WaitingForm):
    """Minutes at a poster; empty for as many as at any."""

    minutes = forms.IntegerField(required=False, max_value=LARGEST)


class DefaultMinutesForm(WaitingForm):
    """Minutes at every poster."""

    minutes = forms.IntegerField(max_value=LARGEST)


class YesOrNoForm(forms.Form):
    """Something on or off."""

    CHOICES = (("yes", "yes"), ("no", "no"))

    on = forms.ChoiceField(choices=CHOICES)


class AttendanceForm(forms.Form):
    """A session, and whether to be in it."""

    session = forms.SlugField(max_length=100)
    attending = forms.ChoiceField(choices=YesOrNoForm.CHOICES)


class BoardForm(forms.Form):
    """Where the attendee stands: as typed, or one of several that it may have meant."""

    board = forms.CharField(required=False, max_length=50)
    chosen_board = forms.IntegerField(required=False, max_value=LARGEST)


class UndoForm(forms.Form):
    """The edit to take back."""

    edit = forms.IntegerField(min_value=1, max_value=LARGEST)


class EmptyForm(WaitingForm):
    """An edit that says all by its address."""


class SeenVisits(forms.Field):
    """Visits as “key.version”, repeated."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[tuple[int, int]]:
        try:
            seen = [tuple(map(int, part.split("."))) for part in value or []]
        except ValueError as error:
            raise forms.ValidationError("A visit is written as key.version.") from error
        if not seen or any(len(part) != 2 or min(part) < 1 or max(part) > LARGEST for part in seen):
            raise forms.ValidationError("A visit is written as key.version.")
        return [(key, version) for key, version in seen]


class RemoveForm(forms.Form):
    """Several visits at once, each as it was seen."""

    visit = SeenVisits()


def words_of(form: forms.Form) -> str:
    """What is wrong, field by field."""
    said = []
    for name, errors in form.errors.items():
        label = form.fields[name].label or name.replace("_", " ").capitalize()
        said.append(f"{label}: {' '.join(str(error) for error in errors)}")
    return " ".join(said)
