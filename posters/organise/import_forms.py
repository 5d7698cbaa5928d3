"""The forms of the import page: where to, which files, how to read them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import slugify

from posters.models import Conference
from posters.models.conference import validate_conference_slug, validate_time_zone
from posters.organise.fields import LocalTimeInput
from posters.programme.readers import READERS
from posters.programme.source import LARGEST_FILE
from posters.programme.uploads import UploadOptions


class FilesInput(forms.ClearableFileInput):
    """Chooses several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        # Empty ones are refused with all that is wrong with a file.
        return [file for file in files if file] or super().clean(None, initial)


class WrittenTimeField(forms.CharField):
    """A time on the clocks of a conference that need not exist yet; kept as it is written, in ISO 8601."""

    widget = LocalTimeInput

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        try:
            moment = dt.datetime.fromisoformat(text) if text else None
        except ValueError:
            moment = dt.datetime.min.replace(tzinfo=dt.UTC)
        if moment and moment.tzinfo:
            raise ValidationError("Write the time on the conference's clocks, such as 2023-05-02T16:30.")
        return text


class OptionsForm(forms.Form):
    """How to read the files; each may be left as it is."""

    format_name = forms.ChoiceField(label="Format", required=False)
    withdraw_missing = forms.BooleanField(
        label="Withdraw posters that are missing from the files",
        required=False,
        help_text="Only posters that an earlier import brought. They stay visible, as withdrawn.",
    )
    session_slug = forms.CharField(
        label="Session's address",
        required=False,
        max_length=100,
        help_text="Last part of its address, such as poster-session-4.",
    )
    session_starts = WrittenTimeField(label="Starts", required=False)
    session_ends = WrittenTimeField(label="Ends", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        readers = [(name, reader.TITLE) for name, reader in READERS.items()]
        self.fields["format_name"].choices = [("", "Recognise it from the files"), *readers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("session_starts"), cleaned.get("session_ends")
        if starts and ends and dt.datetime.fromisoformat(ends) <= dt.datetime.fromisoformat(starts):
            self.add_error("session_ends", "It ends before it starts.")
        return cleaned

    def options(self, kept: UploadOptions) -> UploadOptions:
        """What was kept, with what this form asks for."""
        return replace(kept, **{name: self.cleaned_data[name] for name in OptionsForm.base_fields})


class StartForm(OptionsForm):
    """Files on their way into a conference, one that is there or a new one."""

    conference = forms.ChoiceField(label="Conference", required=False)
    name = forms.CharField(label="Name", required=False, max_length=200, help_text="As printed: “ICLR 2023”.")
    slug = forms.CharField(
        label="Address",
        required=False,
        max_length=50,
        help_text="First part of every address, such as iclr-2023. Left blank, it is made from the name.",
    )
    time_zone = forms.CharField(
        label="Time zone",
        required=False,
        help_text="Such as Africa/Kigali. Left blank, it is the files', or UTC where they name none.",
        widget=forms.TextInput(attrs={"list": "time-zones"}),
    )
    file = FilesField(
        label="Choose files",
        help_text=(
            "One file, or several that belong together, such as a feed and its abstracts or the files of a folder. "
            f"At most {LARGEST_FILE // 1_000_000} MB each."
        ),
    )

    def __init__(self, *args: Any, conferences: Sequence[Conference], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {conference.slug for conference in conferences}
        choices = [(conference.slug, conference.name) for conference in conferences]
        self.fields["conference"].choices = [*choices, ("", "A new one, named below")]  # type: ignore[attr-defined]
        self.time_zones = sorted(available_timezones())

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone:
            validate_time_zone(zone)
        return zone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "conference" not in self.errors:
            self._check_conference(cleaned)
        return cleaned

    def _check_conference(self, cleaned: dict[str, Any]) -> None:
        told = [name for name in ("name", "slug", "time_zone") if cleaned.get(name)]
        if cleaned["conference"] and told:
            self.add_error(told[0], "This is for a new conference. Choose “A new one” above, or leave it blank.")
        if cleaned["conference"]:
            return
        cleaned["slug"] = slug = slugify(cleaned.get("slug") or cleaned.get("name") or "")[:50]
        if not cleaned.get("name"):
            self.add_error("name", "Choose a conference above, or name the new one.")
        elif slug in self.known:
            self.add_error("slug", f"There is a conference {slug} already: choose it above, or another address.")
        else:
            try:
                validate_conference_slug(slug)
            except ValidationError as error:
                self.add_error("slug", error)
            if not slug:
                self.add_error("slug", "Write an address in letters from a to z, digits and hyphens.")

    def conference_slug(self) -> str:
        """Where the files go."""
        return self.cleaned_data["conference"] or self.cleaned_data["slug"]

    def chosen_files(self) -> list[UploadedFile]:
        """What was handed in."""
        return list(self.cleaned_data["file"])

    def all_options(self) -> UploadOptions:
        """What the whole form asks for."""
        cleaned = self.cleaned_data
        return self.options(UploadOptions(conference_name=cleaned["name"], time_zone=cleaned["time_zone"]))


class ColumnsForm(forms.Form):
    """What each of a table's columns is."""

    def __init__(
        self, *args: Any, columns: Sequence[dict[str, str]], fields: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        # A header that heads two columns means the first.
        self.columns = list({column["header"].casefold(): column for column in reversed(columns)}.values())[::-1]
        for number, column in enumerate(self.columns):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=column["header"],
                required=False,
                choices=[("", "Nothing: leave it out"), *fields],
                initial=column["field"],
            )

    def rows(self) -> list[tuple[dict[str, str], forms.BoundField]]:
        """Each column with its field."""
        return [(column, self[f"column-{number}"]) for number, column in enumerate(self.columns)]

    def chosen(self) -> dict[str, str]:
        """Each header with what its column is."""
        return {column["header"]: self.cleaned_data[f"column-{number}"] for number, column in enumerate(self.columns)}
