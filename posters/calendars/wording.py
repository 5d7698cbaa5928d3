"""The words that a calendar adds to the programme's own, in each language it can be had in.

A table and no message catalogue: they are few, and compiled catalogues would be one more thing to build. Names
of days and months come from Django's own translations. Titles, rooms and descriptions stay as printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils import translation
from django.utils.formats import date_format

from posters.models import CalendarFeed, Presentation, Session

Kind, Format, Language = Session.Kind, Presentation.Format, CalendarFeed.Language


@dataclass(frozen=True)
class Wording:
    """One language's words; `{}` is filled in."""

    language: str
    """As iCalendar and HTTP name it (BCP 47)."""
    day_format: str
    kinds: Mapping[str, str]
    formats: Mapping[str, str]
    board: str
    poster: str
    stream: str
    chat: str
    presenter: str
    withdrawn: str
    cancelled: str
    not_planned: str
    itinerary: str
    times: str
    empty: str
    no_attendee: str
    without_time: str
    without_visit: str

    def day(self, day: date) -> str:
        """“Monday 3 June 2030”."""
        return _day(day, self.language, self.day_format)


@lru_cache(maxsize=1_000)
def _day(day: date, language: str, day_format: str) -> str:
    with translation.override(language.lower()):
        return date_format(day, day_format)


ENGLISH = Wording(
    language=Language.BRITISH_ENGLISH,
    day_format="l j F Y",
    kinds={kind.value: str(kind.label) for kind in Kind},
    formats={shown.value: str(shown.label) for shown in Format},
    board="Board {}",
    poster="Poster {}",
    stream="Live stream",
    chat="Chat",
    presenter="Presenter at the poster {}",
    withdrawn="Withdrawn: {}",
    cancelled="Cancelled: {}",
    not_planned="Not planned: {}",
    itinerary="My itinerary: {}",
    times="Times in words are in the conference’s zone, {}.",
    empty="Nothing is planned yet: this calendar fills as you star posters and plan sessions.",
    no_attendee=(
        "This address shows the itinerary of the browser that opens it, and this one has none here. For a calendar "
        "application, subscribe on {}"
    ),
    without_time="Time to be announced: {}.",
    without_visit="Favourites without a visit: {}.",
)
GERMAN = Wording(
    language=Language.GERMAN,
    day_format="l, j. F Y",
    kinds={
        Kind.POSTER: "Postersitzung",
        Kind.ORAL: "Vortragssitzung",
        Kind.KEYNOTE: "Hauptvortrag",
        Kind.WORKSHOP: "Workshop",
        Kind.SOCIAL: "Geselliges",
        Kind.BREAK: "Pause",
    },
    formats={Format.IN_PERSON: "Vor Ort", Format.VIRTUAL: "Virtuell"},
    board="Tafel {}",
    poster="Poster {}",
    stream="Livestream",
    chat="Chat",
    presenter="Am Poster anzutreffen: {}",
    withdrawn="Zurückgezogen: {}",
    cancelled="Abgesagt: {}",
    not_planned="Nicht eingeplant: {}",
    itinerary="Mein Rundgang: {}",
    times="Zeiten im Text gelten in der Zeitzone der Konferenz, {}.",
    empty="Noch ist nichts geplant: Der Kalender füllt sich, sobald Sie Poster merken und Sitzungen einplanen.",
    no_attendee=(
        "Diese Adresse zeigt den Rundgang des Browsers, der sie öffnet, und dieser hat hier keinen. Für ein "
        "Kalenderprogramm gibt es ein Abonnement: {}"
    ),
    without_time="Zeit noch offen: {}.",
    without_visit="Gemerkte Poster ohne Besuch: {}.",
)
FRENCH = Wording(
    language=Language.FRENCH,
    day_format="l j F Y",
    kinds={
        Kind.POSTER: "Session de posters",
        Kind.ORAL: "Session orale",
        Kind.KEYNOTE: "Conférence plénière",
        Kind.WORKSHOP: "Atelier",
        Kind.SOCIAL: "Moment convivial",
        Kind.BREAK: "Pause",
    },
    formats={Format.IN_PERSON: "Sur place", Format.VIRTUAL: "En ligne"},
    board="Panneau {}",
    poster="Poster {}",
    stream="Diffusion en direct",
    chat="Discussion",
    presenter="Présentation au poster : {}",
    withdrawn="Retiré : {}",
    cancelled="Annulé : {}",
    not_planned="Non prévu : {}",
    itinerary="Mon parcours : {}",
    times="Les heures du texte sont celles du fuseau de la conférence, {}.",
    empty="Rien n’est encore prévu : ce calendrier se remplit à mesure que vous choisissez posters et sessions.",
    no_attendee=(
        "Cette adresse montre le parcours du navigateur qui l’ouvre, et celui-ci n’en a pas ici. Pour une "
        "application de calendrier, abonnez-vous : {}"
    ),
    without_time="Horaire à venir : {}.",
    without_visit="Favoris sans visite : {}.",
)
WORDINGS = {wording.language: wording for wording in (ENGLISH, GERMAN, FRENCH)}
"""By CalendarFeed.Language."""
