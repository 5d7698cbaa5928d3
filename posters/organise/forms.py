"""The forms of the admin: each knows its conference, proposes what is left blank, explains what is wrong."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.admin import site
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Q

from posters.latex import to_text
from posters.models import Authorship, Conference, FormerAuthor, Poster, PosterTopic, Presentation, Session, Topic
from posters.organise.choices import choices_of
from posters.organise.fields import (
    ConferenceChoice,
    ConferenceChoiceField,
    ConferenceMultipleChoiceField,
    ConferenceSelectMultiple,
    ConferenceTimeField,
    RowKeyField,
)
from posters.organise.filters import is_key
from posters.programme.author_order import AuthorPlace, set_authors
from posters.programme.identity import unique_slug, word_key


class ProgrammeForm(forms.ModelForm):
    """A form for something of one conference, which a subclass names, or a formset by `belong_to`."""

    conference: ClassVar[Conference | None] = None
    slug_source: ClassVar[str] = ""
    """The field a slug left blank is made from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.conference:
            if self.instance._state.adding and not isinstance(self.instance, Conference):
                self.instance.conference = self.conference
            self.belong_to(self.conference)
        if self.slug_source and "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = (
                "Part of its address. Left blank, it is made from the " + self.slug_source + "."
            )

    def belong_to(self, conference: Conference) -> None:
        """Offer only what this conference has, and its clocks."""
        for name, field in self.fields.items():
            if isinstance(field, ConferenceChoice):
                field.conference = conference
            elif isinstance(field, ConferenceTimeField):
                field.conference = conference
                field.kept = getattr(self.instance, name)
                field.help_text = " ".join([self._own_help(name), f"In {conference.time_zone} time."]).strip()

    def _own_help(self, name: str) -> str:
        return str(self._meta.model._meta.get_field(name).help_text)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "slug" in self.fields and not cleaned.get("slug") and cleaned.get(self.slug_source):
            cleaned["slug"] = self._free_slug(cleaned[self.slug_source])
        self._check_source_id(cleaned.get("source_id"))
        return cleaned

    def _others(self) -> models.QuerySet:
        rows = self._meta.model._default_manager.order_by().exclude(pk=self.instance.pk)
        return rows.filter(conference=self.instance.conference)

    def _free_slug(self, text: str) -> str:
        return unique_slug(to_text(text), self._taken_slugs(), fallback=self._meta.model._meta.model_name)

    def _taken_slugs(self) -> set[str]:
        return set(self._others().values_list("slug", flat=True))

    def _check_source_id(self, source_id: str | None) -> None:
        other = self._others().filter(source_id=source_id).first() if source_id else None
        if other is not None:
            self.add_error("source_id", ValidationError("“%(other)s” has this one already.", params={"other": other}))

    def _get_validation_exclusions(self) -> set[str]:
        # The conference is given, not chosen, and still part of what must be unique.
        given = {"conference"} if self.conference else set()
        return super()._get_validation_exclusions() - given  # type: ignore[misc]


class InlineForm(ProgrammeForm):
    """A row within another thing's form. One that nobody changed is not looked up again."""

    def _post_clean(self) -> None:
        if self.instance._state.adding or self.has_changed():
            super()._post_clean()  # type: ignore[misc]


class ProgrammeFormSet(forms.BaseInlineFormSet):
    """Rows within another thing's form, in a number of queries that does not depend on how many there are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.known: dict[str, dict[str, models.Model]] = {}
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        rows = self.get_queryset()
        form.fields["id"] = RowKeyField(rows, initial=form.fields["id"].initial)
        form.belong_to(self._conference())
        for name, field in form.fields.items():
            if isinstance(field, ConferenceChoiceField):
                field.known = self._known(name, field)

    def clean(self) -> None:
        if any("id" in form.errors for form in self.initial_forms):
            raise ValidationError("Someone has deleted a row meanwhile: open this page again to see what is left.")
        super().clean()

    def _conference(self) -> Conference:
        return self.instance.conference

    def _known(self, name: str, field: ConferenceChoiceField) -> dict[str, models.Model]:
        """What the rows have chosen in one field, fetched once for all of them."""
        if name not in self.known:
            stored = [getattr(row, f"{name}_id") for row in self.get_queryset()]
            keys = [key for key in self._chosen(name) if is_key(key)]
            offered: Any = field.queryset
            # What stands there may stay, whoever chose it.
            allowed = Q(pk__in=stored) | Q(pk__in=offered.filter(pk__in=keys).values("pk"))
            rows = choices_of(field.chosen_model()).filter(allowed, pk__in=keys) if keys else []
            self.known[name] = {str(row.pk): row for row in rows}
        return self.known[name]

    def _chosen(self, name: str) -> set[str]:
        stored = {str(getattr(row, f"{name}_id")) for row in self.get_queryset()}
        if not self.is_bound:
            return stored
        total = range(self.total_form_count())
        return stored | {self.data.get(f"{self.add_prefix(number)}-{name}", "") for number in total}


class ConferenceForm(ProgrammeForm):
    slug_source = "name"

    class Meta:
        widgets = {"accent_colour": forms.TextInput(attrs={"type": "color"})}

    def _others(self) -> models.QuerySet:
        return Conference.objects.exclude(pk=self.instance.pk)


class AuthorForm(ProgrammeForm):
    slug_source = "name"

    def _taken_slugs(self) -> set[str]:
        # Old addresses of people who were merged lead to the one who is left.
        former = FormerAuthor.objects.filter(conference=self.instance.conference)
        return super()._taken_slugs() | set(former.values_list("slug", flat=True))


class SessionForm(ProgrammeForm):
    slug_source = "title"


class VocabularyForm(ProgrammeForm):
    """A decision or a topic: imports and exports know it by its name."""

    slug_source = "name"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        for other in self._others().values_list("name", flat=True):
            if word_key(other) == word_key(name):
                raise ValidationError("There is “%(other)s” already: choose another name.", params={"other": other})
        return name


class DecisionForm(VocabularyForm):
    """A decision; its rank is its place among them."""


class TopicForm(VocabularyForm):
    """A topic, in its place under others."""

    def clean_parent(self) -> Topic | None:
        """A topic is not under itself, nor under one of its own."""
        parent = self.cleaned_data["parent"]
        above = dict(Topic.objects.filter(conference=self.instance.conference).values_list("pk", "parent"))
        key = parent.pk if parent else None
        while key is not None and not self.instance._state.adding:
            if key == self.instance.pk:
                raise ValidationError("A topic cannot be under itself.")
            key = above.pop(key, None)
        return parent


class PosterForm(ProgrammeForm):
    """A poster's texts. Its number is the next free one where none is given."""

    topic_choice = ConferenceMultipleChoiceField(
        choices_of(Topic),
        label="Topics",
        required=False,
        widget=ConferenceSelectMultiple(Poster._meta.get_field("topics"), site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "number" in self.fields:
            self.fields["number"].required = False
            self.fields["number"].help_text = "In its address; it stays. Left blank, it is the next free one."
        if "topic_choice" in self.fields and not self.instance._state.adding:
            self.fields["topic_choice"].initial = list(self.instance.topics.values_list("pk", flat=True))

    def clean_number(self) -> int:
        number = self.cleaned_data["number"]
        if number is None:
            number = (self._others().aggregate(highest=Max("number"))["highest"] or 0) + 1
        return number

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        if "topic_choice" not in self.cleaned_data:
            return
        chosen = {topic.pk: topic for topic in self.cleaned_data["topic_choice"]}
        stored = dict(self.instance.poster_topics.values_list("topic", "pk"))
        gone = [pk for topic, pk in stored.items() if topic not in chosen]
        if gone:
            PosterTopic.objects.filter(pk__in=gone).delete()
        new = [PosterTopic(poster=self.instance, topic=topic) for pk, topic in chosen.items() if pk not in stored]
        PosterTopic.objects.bulk_create(new)


class PresentationForm(InlineForm):
    """A poster in a session: the presenter is there while it lasts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False
            if self.instance._state.adding:
                self.initial["position"] = None
            self.fields["position"].help_text = "Its place in the session's list. Left blank, it is the last."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        session = cleaned.get("session")
        if "session" not in self.fields and not self.instance._state.adding:
            session = self.instance.session
            self._check_board(session)
        if session is None:
            return cleaned
        if "position" in self.fields and cleaned.get("position") is None and "position" not in self.errors:
            last = Presentation.objects.filter(session=session).aggregate(last=Max("position"))["last"]
            cleaned["position"] = (last or 0) + 1
        for name in ("presenter_starts_at", "presenter_ends_at"):
            instant = cleaned.get(name)
            if instant and session.starts_at and not session.starts_at <= instant <= session.ends_at:
                self.add_error(
                    name, ValidationError("Outside the session “%(title)s”.", params={"title": session.title})
                )
        return cleaned

    def _check_board(self, session: Session) -> None:
        """Django checks what is unique only among fields that a form has; here the session is not one."""
        board = self.cleaned_data.get("board") if "board" in self.changed_data else None
        others = Presentation.objects.filter(session=session, board=board).exclude(pk=self.instance.pk)
        if board and others.exists():
            self.add_error("board", "Another poster hangs on this board in this session.")


class AuthorshipForm(InlineForm):
    """An author on a poster. The formset decides on positions, so any number will do here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() | {"position"}

    def place(self) -> AuthorPlace:
        """What this row asks for."""
        row = self.instance
        was = None if row._state.adding else self.initial.get("position", row.position)
        if not self.has_changed():
            return AuthorPlace(row.author, row.affiliation, row.is_presenter, row.position, row.position)
        # Of a field that this user may not change, the row has the value.
        position = self.cleaned_data.get("position", row.position)
        return AuthorPlace(row.author, row.affiliation, row.is_presenter, position, was)


class AuthorshipFormSet(ProgrammeFormSet):
    """A poster's authors, saved as one ordered list."""

    def get_unique_error_message(self, unique_check: Iterable[str]) -> str:
        return "The same author is named twice."

    def save(self, commit: bool = True) -> list[Authorship]:
        kept = [form for form in self.forms if form not in self.deleted_forms]
        rows = [form for form in kept if form.has_changed() or not form.instance._state.adding]
        stored = [form for form in self.initial_forms if not form.instance._state.adding]
        # What the admin's own log asks a formset for.
        self.new_objects = [form.instance for form in rows if form.instance._state.adding]
        self.changed_objects = [
            (form.instance, form.changed_data) for form in rows if form in stored and form.has_changed()
        ]
        self.deleted_objects = [form.instance for form in stored if form in self.deleted_forms]
        if self.new_objects or self.changed_objects or self.deleted_objects:
            before = {form.initial.get("author", form.instance.author_id) for form in stored}
            places = [cast(AuthorshipForm, form).place() for form in rows]
            positions = set_authors(poster=self.instance, places=places, removed=before)
            for form, place in zip(rows, places, strict=True):
                form.instance.position = positions[place.author.pk]
        return [form.instance for form in rows]
