"""What bulk work asks of an organiser: one small form for each kind, which makes the plan."""

from typing import Any, ClassVar

from django import forms
from django.contrib.admin import site
from django.db.models import QuerySet

from posters.models import Board, Conference, Decision, Poster, Presentation, Session, Topic
from posters.organise.choices import choices_of
from posters.organise.fields import ConferenceChoice, ConferenceChoiceField, ConferenceSelect
from posters.programme import bulk
from posters.programme.bulk import BulkPlan


def _choice(model: Any, field: Any, **options: Any) -> ConferenceChoiceField:
    return ConferenceChoiceField(choices_of(model), widget=ConferenceSelect(field, site), **options)


def _session(**options: Any) -> ConferenceChoiceField:
    return _choice(Session, Presentation._meta.get_field("session"), **options)


class BulkForm(forms.Form):
    """One kind of bulk work on posters of one conference."""

    key: ClassVar[str]
    """In its address."""
    label: ClassVar[str]
    """As the list of actions names it."""
    explanation: ClassVar[str] = ""

    def __init__(self, given: Any, *, conference: Conference) -> None:
        super().__init__(given, label_suffix="")
        for field in self.fields.values():
            if isinstance(field, ConferenceChoice):
                field.conference = conference

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        """What the filled-in form would do. Raises bulk.BulkRefused."""
        raise NotImplementedError


class AssignForm(BulkForm):
    key = "assign"
    label = "Assign a session"
    explanation = "The posters are shown in this session too, after those that are there. To change theirs, move them."
    session = _session()

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.assign_session(posters=posters, **self.cleaned_data)


class MoveForm(BulkForm):
    key = "move"
    label = "Move to another session"
    explanation = "Favourites and planned visits follow. A board is kept where it is in the same room and free."
    session = _session(label="To")
    origin = _session(label="From", required=False, help_text="Needed for posters that are in several sessions.")

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.move(posters=posters, **self.cleaned_data)


class BoardsForm(BulkForm):
    key = "boards"
    label = "Number boards"
    explanation = "The posters hang along the boards of a room. Boards that other posters hold are passed over."
    session = _session(label="In the session")
    first = _choice(Board, Presentation._meta.get_field("board"), label="From board")
    step = forms.IntegerField(
        label="Step", min_value=1, max_value=1_000, initial=1, help_text="2 leaves every other board free."
    )
    is_serpentine = forms.BooleanField(
        label="Serpentine", required=False, help_text="Every second row is walked backwards."
    )
    is_by_topic = forms.BooleanField(
        label="By topic", required=False, help_text="Posters of a topic hang together; else in the order of numbers."
    )

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.number_boards(posters=posters, **self.cleaned_data)


class DecisionBulkForm(BulkForm):
    key = "decision"
    label = "Set the decision"
    decision = _choice(
        Decision, Poster._meta.get_field("decision"), required=False, help_text="Left empty, theirs is taken away."
    )

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.set_decision(posters=posters, **self.cleaned_data)


class TopicBulkForm(BulkForm):
    topic = _choice(Topic, Poster._meta.get_field("topics"))


class AddTopicForm(TopicBulkForm):
    key = "add-topic"
    label = "Add a topic"

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.add_topic(posters=posters, **self.cleaned_data)


class RemoveTopicForm(TopicBulkForm):
    key = "remove-topic"
    label = "Take a topic off"

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.remove_topic(posters=posters, **self.cleaned_data)


class FormatForm(BulkForm):
    key = "format"
    label = "Set the format"
    presented = forms.ChoiceField(label="Format", choices=Presentation.Format.choices)

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.set_format(posters=posters, **self.cleaned_data)


class PublishForm(BulkForm):
    key = "publish"
    label = "Publish"
    explanation = "Visitors see these posters as soon as you confirm."

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.publish(posters=posters)


class WithdrawForm(BulkForm):
    key = "withdraw"
    label = "Withdraw"
    explanation = "They stay visible, as withdrawn, to those who planned with them."
    reason = forms.CharField(
        max_length=300, required=False, help_text="Attendees read it on the poster's page and in lists."
    )

    def plan(self, posters: QuerySet[Poster]) -> BulkPlan:
        return bulk.withdraw(posters=posters, **self.cleaned_data)


FORMS: tuple[type[BulkForm], ...] = (
    AssignForm,
    MoveForm,
    BoardsForm,
    DecisionBulkForm,
    AddTopicForm,
    RemoveTopicForm,
    FormatForm,
    PublishForm,
    WithdrawForm,
)
"""In the order in which the list of actions offers them."""
