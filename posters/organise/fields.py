"""The form fields of a programme: choices within one conference, times on its clocks."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone

from posters.models import Conference
from posters.organise.choices import choice_label
from posters.pictures import KINDS, LARGEST_BYTES, UnusablePicture, keep_picture, picture_named


class WithinConference(AutocompleteMixin, forms.widgets.ChoiceWidget):
    """Mixed into Django's autocomplete widgets: offers one conference's rows, and asks for no label twice."""

    def get_url(self) -> str:
        url = super().get_url()
        conference = self.form_field().conference
        return f"{url}?{urlencode({'conference': conference.slug})}" if conference else url

    def form_field(self) -> Any:
        """The field this widget stands for: Django hands it over with the choices."""
        choices: Any = self.choices
        return choices.field

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        """The selected options, from what the form has fetched for all its rows together."""
        known = self.form_field().known
        if known is None:
            return super().optgroups(name, value, attr)
        options = []
        if not self.is_required and not self.allow_multiple_selected:
            options.append(self.create_option(name, "", "", False, 0))
        for key in value:
            if key in known:
                options.append(self.create_option(name, key, choice_label(known[key]), True, len(options)))
        return [(None, options, 0)]


class ConferenceSelect(WithinConference, AutocompleteSelect):
    """Chooses one row of the conference."""


class ConferenceSelectMultiple(WithinConference, AutocompleteSelectMultiple):
    """Chooses several rows of the conference."""


class ConferenceWrapper(RelatedFieldWidgetWrapper):
    """Django's icons beside a choice; what is added there is added to the same conference."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        widget: Any = self.widget
        conference = widget.choices.field.conference
        if conference:
            context["url_params"] += "&" + urlencode({"conference": conference.slug})
        return context


class ConferenceChoice:
    """Mixed into Django's model choice fields, whose form says which conference it is about.

    `known` holds rows that the form has fetched, by key as text; where it is None the field asks for itself.
    """

    conference: Conference | None = None
    known: dict[str, models.Model] | None = None

    def label_from_instance(self, obj: models.Model) -> str:
        return choice_label(obj)

    def chosen_model(self) -> type[models.Model]:
        """What is chosen here."""
        field: Any = self
        return field.queryset.model

    def in_conference(self, obj: Any) -> Any:
        """The row itself. Raises ValidationError where it belongs to another conference."""
        if self.conference and obj is not None and obj.conference_key() != self.conference.pk:
            raise ValidationError(
                "“%(choice)s” belongs to another conference, not to %(conference)s.",
                code="other_conference",
                params={"choice": obj, "conference": self.conference},
            )
        return obj


class ConferenceChoiceField(ConferenceChoice, forms.ModelChoiceField):
    """One row of the conference."""

    def to_python(self, value: Any) -> Any:
        if self.known is None or value in self.empty_values:
            return self.in_conference(super().to_python(value))
        key = str(value.pk if isinstance(value, models.Model) else value)
        if key not in self.known:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return self.in_conference(self.known[key])


class ConferenceMultipleChoiceField(ConferenceChoice, forms.ModelMultipleChoiceField):
    """Several rows of the conference."""

    def clean(self, value: Any) -> Any:
        rows = list(super().clean(value))
        for row in rows:
            self.in_conference(row)
        return rows


class RowKeyField(forms.Field):
    """The hidden key of a formset's row, looked up among the rows the formset has already read."""

    widget = forms.HiddenInput

    def __init__(self, rows: Iterable[models.Model], *, initial: Any) -> None:
        super().__init__(required=False, initial=initial)
        self.rows = {str(row.pk): row for row in rows}

    def to_python(self, value: Any) -> models.Model | None:
        if value in self.empty_values:
            return None
        if str(value) not in self.rows:
            raise ValidationError("Someone has deleted this row meanwhile.", code="invalid_choice")
        return self.rows[str(value)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "") != str(data or "")


class WebAddressField(forms.URLField):
    """The address of a web page: nothing that a browser would run, nothing that it can no longer open."""

    default_validators = [URLValidator(["http", "https"])]


class PictureInput(forms.ClearableFileInput):
    """Uploads a picture, and shows the one there is."""

    template_name = "admin/picture_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | {"picture": picture_named(value.name) if context["widget"]["is_initial"] else None}


class PictureField(forms.FileField):
    """A picture, known to be one, as the name under which it is kept.

    It is kept before the rest of the form is looked at: under its name it means the same to whoever refers to it.
    """

    widget = PictureInput

    def __init__(self, *, max_length: int | None = None, **kwargs: Any) -> None:
        # The model's is that of the name we give, not of the one it comes with.
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"accept": ",".join(dict(KINDS.values()).values())}

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        try:
            # One byte more than may be kept says enough.
            return keep_picture(content=file.read(LARGEST_BYTES + 1))
        except UnusablePicture as error:
            raise ValidationError(str(error), code="unusable") from error


class LocalTimeInput(forms.DateTimeInput):
    """The browser's own date and time picker, which knows no zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"step": "any", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if not isinstance(value, dt.datetime):
            return value or None
        return value.isoformat(timespec="seconds" if value.second else "minutes")


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ConferenceTimeField(forms.DateTimeField):
    """An instant, written as the conference's clocks show it.

    Around a daylight-saving change a written time can be missing or come twice: then it is refused, unless it
    is the very time that was `kept` before.
    """

    widget = LocalTimeInput
    conference: Conference | None = None
    kept: dt.datetime | None = None

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self._zone()):
            return super().prepare_value(value)

    def to_python(self, value: Any) -> dt.datetime | None:
        if self.kept and value == LocalTimeInput().format_value(self.prepare_value(self.kept)):
            return self.kept
        with timezone.override(self._zone()):
            try:
                return super().to_python(value)
            except ValidationError as error:
                if error.code != "ambiguous_timezone":
                    raise
                raise self._clock_error(value) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.kept or initial, data)

    def _zone(self) -> dt.tzinfo:
        return self.conference.zone if self.conference else dt.UTC

    def _clock_error(self, value: str) -> ValidationError:
        # Read once more on clocks that never change, to see on which side of the change it lies.
        with timezone.override(dt.UTC):
            written: Any = super().to_python(value)
        before, after = (written.replace(tzinfo=self._zone(), fold=fold).utcoffset() for fold in (0, 1))
        params = {"time": f"{written:%H:%M} on {written.day} {written:%B %Y}", "zone": self._zone()}
        if before < after:
            return ValidationError(
                "%(time)s does not exist in %(zone)s: the clocks go forward over it.",
                code="missing",
                params=params,
            )
        return ValidationError(
            "%(time)s comes twice in %(zone)s: the clocks go back. Choose a time outside that hour.",
            code="ambiguous",
            params=params,
        )
