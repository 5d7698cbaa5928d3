"""The words of the programme: fields, constraints, querysets. Models import no room."""

from posters.models.attendee import (
    Attendance,
    Attendee,
    CalendarFeed,
    Duty,
    Edit,
    Favourite,
    HandOver,
    Itinerary,
    LeftOut,
    RemovedEvent,
    Share,
    Visit,
)
from posters.models.change import Announcement, Change
from posters.models.conference import Board, Conference, Decision, Room, Session, Topic
from posters.models.likeness import Likeness, MapPlace, MapRegion, TermWeights
from posters.models.poster import (
    Author,
    Authorship,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    split_keywords,
    title_or_number,
)
from posters.models.search import PosterText, SearchWord
from posters.models.upload import Upload, UploadOutcome

__all__ = [
    "Announcement",
    "Attendance",
    "Attendee",
    "Author",
    "Authorship",
    "Board",
    "CalendarFeed",
    "Change",
    "Conference",
    "Decision",
    "Duty",
    "Edit",
    "Favourite",
    "HandOver",
    "Itinerary",
    "LeftOut",
    "Likeness",
    "Link",
    "MapPlace",
    "MapRegion",
    "Poster",
    "PosterText",
    "PosterTopic",
    "Presentation",
    "RemovedEvent",
    "Room",
    "SearchWord",
    "Session",
    "Share",
    "TermWeights",
    "Topic",
    "Upload",
    "UploadOutcome",
    "Visit",
    "split_keywords",
    "title_or_number",
]
