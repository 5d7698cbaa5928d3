"""Records → database: adds what is new, changes what differs, leaves the rest alone, and says so.

One import is one transaction and one change of the programme. What the source does not say stays; what an
organiser edited here stays too, and is reported. A dry run is the same without the writes: it compares the same
records in the same order, and takes no lock.

Posters are compared and written a thousand at a time, and records may lie on disk: memory holds keys and names.
"""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import User

from posters.latex import to_text
from posters.models import (
    Author,
    Authorship,
    Change,
    Conference,
    FormerAuthor,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    split_keywords,
)
from posters.programme.frame import (
    BATCH,
    LINK_COLUMNS,
    Frame,
    new_links,
    open_conference,
    usable_links,
    write_conference,
    write_frame,
    write_links,
)
from posters.programme.hand_edits import Edit, HandEdits
from posters.programme.hangings import Hangings, Match
from posters.programme.identity import KnownPeople, KnownPosters, Person, source_key
from posters.programme.records import (
    AuthorRecord,
    FormerAuthorRecord,
    LeftOutRecord,
    PosterRecord,
    ProgrammeRecord,
)
from posters.programme.refusals import reason_to_refuse, reason_to_refuse_former
from posters.programme.report import FieldChange, ImportReport, Outcome, Result
from posters.programme.revision import check_open, programme_change
from posters.programme.session_options import SessionOptions, in_zone, with_session_options
from posters.programme.survey import Survey

POSTER_FIELDS = [
    "title",
    "abstract",
    "keywords",
    "decision",
    "status",
    "withdrawal_reason",
    "source_id",
    "source_key",
]
AUTHORSHIP_COLUMNS = ("poster_id", "author_id", "position", "affiliation", "is_presenter")
LONGEST_NUMBER = 2**31 - 1

_Printed = tuple[Person, str, bool]
"""An author of one poster: who, with which affiliation, and whether as its presenter."""


class ProgrammeMovedOn(Exception):
    """The programme is another than the one a preview was made of."""


@dataclass(frozen=True)
class ImportOptions:
    """How an import deals with what differs."""

    withdraw_missing: bool = False
    """Posters that the source no longer has are marked withdrawn."""
    releases: Callable[[Edit], bool] = field(default=lambda edit: False)
    """Which of the fields edited here follow the source again."""
    session: SessionOptions = field(default_factory=SessionOptions)
    expected_revision: int | None = None
    """The revision the programme must still have; 0 where there must be no such conference yet."""


@dataclass
class _Run:
    """One import under way: what is known, and what is to be told."""

    frame: Frame
    survey: Survey
    people: KnownPeople
    hangings: Hangings


def upsert_programme(
    *,
    record: ProgrammeRecord,
    conference_slug: str,
    time_zone: str = "",
    options: ImportOptions = ImportOptions(),
    is_dry_run: bool = False,
    source: str = Change.Source.IMPORT,
    actor: User | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Bring the conference's programme to what the record says; creates the conference if there is none.

    A dry run reports the same and writes nothing. `progress` hears how many of all records are done. Raises
    UnreadableProgramme, with nothing written, for what cannot be a programme, EditionArchived for an edition that is
    closed, and ProgrammeMovedOn where the conference's revision is not the expected one.
    """
    if time_zone:
        record = replace(record, conference=replace(record.conference, time_zone=time_zone))
    with _no_garbage_collection(), ExitStack() as stack:
        change = None if is_dry_run else stack.enter_context(programme_change(source=source, actor=actor))
        conference = open_conference(conference_slug)
        if change is not None:
            # Other imports wait here, and on PostgreSQL whoever else writes to this programme.
            Conference.objects.select_for_update().filter(pk=conference.pk).first()
            conference = open_conference(conference_slug)
        check_open(conference)
        revision = conference.revision if conference.pk else 0
        if options.expected_revision not in (None, revision):
            raise ProgrammeMovedOn
        edits = HandEdits(conference, releases=options.releases)
        report = ImportReport(
            conference=conference.slug, is_dry_run=is_dry_run, columns=record.columns, revision=revision
        )
        # Whatever it holds is let go of before the change is recorded and others hear of it.
        _write(Frame(conference, edits, report, is_dry_run), record, options, progress)
        if change is not None:
            change.released += [(conference.pk, *edit) for edit in edits.released]
    return report


def _write(frame: Frame, record: ProgrammeRecord, options: ImportOptions, progress: Callable[[int, int], None]) -> None:
    """All of the record, reported."""
    conference, report = frame.conference, frame.report
    write_conference(frame, record)
    record = in_zone(with_session_options(record, options.session, conference.zone), conference.zone)
    report.remarks += record.remarks
    survey = Survey(record.posters, KnownPeople(conference))
    write_frame(frame, record, survey)
    _write_posters(frame, record.posters, survey, options, progress)
    _write_former_authors(frame, record.former_authors, survey.people)
    for aside in record.left_out:
        report.tell(_left_out(aside))
    report.totals = _totals(record, survey)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare an import the search for reference cycles.

    It makes millions of objects and leaves no cycles behind; looking through them again and again took a third of
    its time. Memory is the same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_posters(
    frame: Frame,
    records: Sequence[PosterRecord],
    survey: Survey,
    options: ImportOptions,
    progress: Callable[[int, int], None],
) -> None:
    """Every poster record: matched, compared, written in bulk, reported in the source's order."""
    known = KnownPosters(frame.conference, records, survey.source_ids)
    run = _Run(frame, survey, survey.people, Hangings(frame))
    found = _matched(run, known, records)
    _rename_people(run)
    numbers = _Numbers(known.numbers.values())
    for start in range(0, len(found), BATCH):
        # Named nowhere here: a batch is let go of before the next is read.
        _write_batch(run, found[start : start + BATCH], records[start : start + BATCH], known, numbers)
        progress(min(start + BATCH, len(found)), len(found))
    run.hangings.settle()
    _tell_missing(run, known, options)
    _tell_what_is_odd(frame.report, survey)


def _matched(run: _Run, known: KnownPosters, records: Sequence[PosterRecord]) -> list[Match | Outcome]:
    """Each record with its poster, and its claims; an Outcome where it makes none."""
    frame = run.frame
    source_ids: dict[str, str] = {}
    twins = _Twins()
    found: list[Match | Outcome] = []
    refused: list[tuple[int, bool, str]] = []
    for index, record in enumerate(records):
        key = source_key(record)
        reason = reason_to_refuse(record)
        is_key_taken = record.source_id in source_ids
        if not reason and is_key_taken:
            reason = f"{source_ids[record.source_id]} has the same key, “{record.source_id}”"
        twin = twins.same(record, key)
        if not reason and twin is not None:
            reason = f"the same title and authors as {twin}"
        elif not reason and (first := twins.first(key)) is not None:
            frame.report.remarks.append(f"{record.place}: the same title and authors as {first}.")
        if record.source_id:
            source_ids.setdefault(record.source_id, record.place)
        twins.add(record, key)
        # One of our own exports tells the key of the source before it, whatever its title is now.
        key = key if record.source_key is None else record.source_key
        pk = None if reason else known.find(record, key)
        if reason:
            found.append(Outcome(record.place, _name(record), Result.REFUSED, reason))
            if twin is None:
                refused.append((index, is_key_taken, key))
        elif pk is None and (kept := frame.edits.keep_away([record.source_id, key])):
            change = FieldChange("presence", "deleted", "in the programme", kept=str(kept))
            reason = "it was deleted here"
            found.append(Outcome(record.place, _name(record), Result.LEFT_OUT, reason, (change,)))
        else:
            match = Match(index, record.place, key, pk)
            found.append(match)
            run.hangings.claim(match, record)
            if pk is None and (number := known.alike(record)) is not None:
                frame.report.remarks.append(
                    f"{record.place}: a new poster; poster {number} here has the same title, but other authors and "
                    "another key in its source."
                )
    # A poster whose record is refused is not missing from the source; but first come those that are imported.
    for index, is_key_taken, key in refused:
        record = records[index]
        known.find(replace(record, source_id="") if is_key_taken else record, key)
    run.hangings.claimed_all()
    return found


class _Twins:
    """The places of the records so far, by title and authors: by their `source_key`. None is looked at twice."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, bool, int | None]] = {}
        """The first of each: its place, whether it has an id, and its number."""
        self._by_number: dict[tuple[str, bool, int | str | None], str] = {}
        """Of those that are several, by these; under “any”, whatever number they have."""

    def add(self, record: PosterRecord, key: str) -> None:
        one = (record.place, bool(record.source_id), record.number)
        first = self._first.setdefault(key, one)
        if first is not one:
            self._note(key, *first)
            self._note(key, *one)

    def _note(self, key: str, place: str, has_id: bool, number: int | None) -> None:
        for each in (number, "any"):
            self._by_number.setdefault((key, has_id, each), place)

    def first(self, key: str) -> str | None:
        """The place of the first one, whatever tells them apart."""
        return self._first[key][0] if key in self._first else None

    def same(self, record: PosterRecord, key: str) -> str | None:
        """The place of one that nothing tells apart: not both have ids, nor numbers that differ."""
        if key not in self._first:
            return None
        self._note(key, *self._first[key])
        ids = (False,) if record.source_id else (False, True)
        numbers = ("any",) if record.number is None else (None, record.number)
        places = ((key, has_id, number) for has_id in ids for number in numbers)
        return next((self._by_number[place] for place in places if place in self._by_number), None)


class _Numbers:
    """The poster numbers of a conference: the one a source gives where it is free, else the next."""

    def __init__(self, taken: Iterable[int]) -> None:
        self.taken = set(taken)
        self.next = 1

    def take(self, wanted: int | None) -> int:
        if wanted is not None and 0 <= wanted <= LONGEST_NUMBER and wanted not in self.taken:
            number = wanted
        else:
            while self.next in self.taken:
                self.next += 1
            number = self.next
        self.taken.add(number)
        return number


@dataclass
class _Entry:
    """A record and the poster it speaks of; `changes` grows as its parts are compared."""

    match: Match
    record: PosterRecord
    poster: Poster
    changes: list[FieldChange]
    is_touched: bool
    """Whether a known poster's own row is to be written."""

    @property
    def is_new(self) -> bool:
        return self.match.pk is None

    @property
    def outcome(self) -> Outcome:
        is_changed = any(not change.kept for change in self.changes)
        result = Result.ADDED if self.is_new else Result.CHANGED if is_changed else Result.UNCHANGED
        changes = () if self.is_new else tuple(self.changes)
        return Outcome(self.record.place, _name(self.record), result, changes=changes)


class _Stored:
    """What hangs on some posters before the import, by poster key, each kind in one query.

    Plain rows where they are only compared: 45,000 authorships as objects would take most of the time and
    memory of an import that changes nothing.
    """

    def __init__(self, hangings: Hangings, keys: list[int]) -> None:
        self.posters = {poster.pk: poster for poster in Poster.objects.filter(pk__in=keys)}
        self.authorships: defaultdict[int | None, list[tuple[int, str, bool]]] = defaultdict(list)
        self.topics: defaultdict[int | None, set[int]] = defaultdict(set)
        self.links: defaultdict[int | None, list[Link]] = defaultdict(list)
        self.presentations: defaultdict[int | None, list[Presentation]] = defaultdict(list)
        if not keys:
            return
        authorships = Authorship.objects.filter(poster__in=keys).order_by("poster", "position")
        columns = ("poster", "author", "affiliation", "is_presenter")
        for poster, *printed in authorships.values_list(*columns).iterator():
            self.authorships[poster].append((printed[0], printed[1], printed[2]))
        topics = PosterTopic.objects.filter(poster__in=keys)
        for poster, topic in topics.values_list("poster", "topic").iterator():
            self.topics[poster].add(topic)
        for link in Link.objects.filter(poster__in=keys).order_by("pk"):
            self.links[link.poster_id].append(link)
        for shown in Presentation.objects.filter(poster__in=keys).order_by("pk"):
            # Known ones instead of a query each; `or` is for what another conference lent.
            shown.session = hangings.sessions.get(shown.session_id) or shown.session
            if shown.board_id is not None:
                shown.board = hangings.boards.get(shown.board_id) or shown.board
            shown.poster = self.posters[shown.poster_id]
            self.presentations[shown.poster_id].append(shown)


def _write_batch(
    run: _Run,
    found: Sequence[Match | Outcome],
    records: Sequence[PosterRecord],
    known: KnownPosters,
    numbers: _Numbers,
) -> None:
    """Some records compared with their posters, written, and told."""
    frame = run.frame
    pairs = zip(found, records, strict=True)
    matches = [(match, record) for match, record in pairs if isinstance(match, Match)]
    stored = _Stored(run.hangings, [match.pk for match, _ in matches if match.pk is not None])
    entries = [_entry(run, match, record, stored, known, numbers) for match, record in matches]
    frame.write_all(entry.poster for entry in entries if entry.is_new)
    if not frame.is_dry_run:
        changed = [entry.poster for entry in entries if not entry.is_new and entry.is_touched]
        Poster.objects.bulk_update(changed, POSTER_FIELDS, batch_size=BATCH // 10)
    _write_authorships(run, entries, stored)
    _write_topics(run, entries, stored)
    _write_poster_links(run, entries, stored)
    for entry in entries:
        shown = stored.presentations[entry.match.pk]
        entry.changes += run.hangings.compare(entry.match, entry.poster, entry.record.presentations, shown)
    run.hangings.write_added()
    outcomes = {entry.match.index: entry.outcome for entry in entries}
    for match in found:
        frame.report.tell(outcomes[match.index] if isinstance(match, Match) else match)


def _entry(
    run: _Run, match: Match, record: PosterRecord, stored: _Stored, known: KnownPosters, numbers: _Numbers
) -> _Entry:
    """The record with its poster, new or known, its own fields assigned."""
    frame = run.frame
    if match.pk is None:
        poster = Poster(conference=frame.conference, number=numbers.take(record.number))
    else:
        poster = stored.posters[match.pk]
        poster.decision = frame.decisions.by_key.get(poster.decision_id)
    is_back = match.pk in frame.edits.withdrawn_by_import and match.pk in known.withdrawn
    keywords = "; ".join(record.keywords)
    values = {
        "title": record.title,
        "abstract": record.abstract,
        # The same ones, differently separated, are no change.
        "keywords": keywords if split_keywords(keywords) != split_keywords(poster.keywords) else poster.keywords,
        "decision": frame.decisions.find(record.decision) if record.decision else None,
        "status": record.status or (Poster.Status.PUBLISHED if is_back else ""),
        "withdrawal_reason": record.withdrawal_reason,
        "source_id": record.source_id,
    }
    changes = frame.edits.assign(poster, values)
    is_touched = poster.source_key != match.source_key or any(not change.kept for change in changes)
    poster.source_key = match.source_key
    return _Entry(match, record, poster, changes, is_touched)


def _rename_people(run: _Run) -> None:
    """People whom the source knows by an id and now always prints under another name."""
    for person, name in run.people.renamed():
        kept = run.frame.edits.keep("author", person.pk, "name")
        change = FieldChange("name", person.name, name, kept=str(kept or ""))
        run.frame.tell("author", name, is_new=False, changes=[change])
        if kept is None:
            run.people.rename(person, name)


def _write_people(run: _Run) -> None:
    """Insert the people added, and update those whose name or id is another, since the last call."""
    people = run.people
    if not run.frame.is_dry_run:
        conference = run.frame.conference
        rows = [(conference.pk, person.name, person.slug, person.source_id) for person in people.added]
        keys = run.frame.write_rows(Author, ("conference_id", "name", "slug", "source_id"), rows)
        for person, key in zip(people.added, keys, strict=True):
            person.pk = key
        adopted = {person.pk: person for person in people.adopted if person.former is None}
        for author in (known := Author.objects.filter(pk__in=list(adopted))) if adopted else ():
            author.name, author.source_id = adopted[author.pk].name, adopted[author.pk].source_id
        if adopted:
            Author.objects.bulk_update(known, ["name", "source_id"], batch_size=BATCH // 10)
        formers = {person.former: person for person in people.adopted if person.former is not None}
        for former in (merged := FormerAuthor.objects.filter(pk__in=list(formers))) if formers else ():
            former.source_id = formers[former.pk].source_id
        if formers:
            FormerAuthor.objects.bulk_update(merged, ["source_id"], batch_size=BATCH // 10)
    people.added, people.adopted = [], []


def _write_former_authors(frame: Frame, records: Iterable[FormerAuthorRecord], people: KnownPeople) -> None:
    """Old addresses of people who were merged where the record comes from, and by which imports know them."""
    added: dict[str, FormerAuthor] = {}
    for record in records:
        kept = people.claimed.get(record.author)
        here = people.slugs.get(record.slug)
        if kept is None:
            why = "nobody here has its author’s"
        elif record.slug in added or (here is not None and not (here.former and here.is_same_as(kept))):
            why = "somebody else has it"
        elif reason := reason_to_refuse_former(record):
            why = reason
        else:
            if here is None:
                facts = {"name": record.name, "slug": record.slug, "source_id": record.source_id}
                added[record.slug] = FormerAuthor(conference=frame.conference, author_id=kept.pk or 0, **facts)
                frame.tell("former author", record.name, is_new=True, changes=())
            continue
        frame.report.remarks.append(f"The old address “{record.slug[:60]}” of {record.name[:60]} was left out: {why}.")
    frame.write_all(added.values())


def _write_authorships(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    """Authors in the source's order. A list that differs is written anew as a whole."""
    lists: list[tuple[_Entry, list[_Printed]]] = []
    # Known posters first: by them people are recognised whose ids are new.
    for entry in sorted(entries, key=lambda entry: entry.is_new):
        stood = stored.authorships[entry.match.pk]
        people = run.people.authors_of(entry.record, on_poster=[author for author, *_ in stood])
        people = [run.people.as_now(person) for person in people]
        wanted = _wanted(people, entry.record.authors, {author: affiliation for author, affiliation, _ in stood})
        if wanted and [(person.pk, *printed) for person, *printed in wanted] != stood:
            lists.append((entry, wanted))
    _write_people(run)
    written = []
    for entry, wanted in lists:
        kept = None if entry.is_new else run.frame.edits.keep("poster", entry.match.pk, "authors")
        if not entry.is_new:
            stood = stored.authorships[entry.match.pk]
            before = [(run.people.by_key[author], affiliation, presents) for author, affiliation, presents in stood]
            entry.changes.append(FieldChange("authors", *_printed_lists(before, wanted), kept=str(kept or "")))
        if kept is None:
            written.append((entry, wanted))
    if run.frame.is_dry_run:
        return
    rewritten = [entry.match.pk for entry, _ in written if not entry.is_new]
    if rewritten:
        Authorship.objects.filter(poster__in=rewritten).delete()
    rows = [row for entry, wanted in written for row in _authorships(entry, wanted)]
    run.frame.write_rows(Authorship, AUTHORSHIP_COLUMNS, rows)


def _wanted(people: list[Person], records: Sequence[AuthorRecord], stood: dict[int, str]) -> list[_Printed]:
    """The authors as they are to be printed; a source that has no affiliations leaves those that `stood`.

    Whom the source lists twice, for an organiser has merged two, stands once, as `people.merge_authors` leaves it.
    """
    has_affiliations = any(record.affiliation for record in records)
    printed: dict[int, _Printed] = {}
    for person, record in zip(people, records, strict=True):
        affiliation = record.affiliation if has_affiliations else stood.get(person.pk or 0, "")
        _, first, presents = printed.get(id(person), (person, "", False))
        printed[id(person)] = (person, first or affiliation, presents or record.is_presenter)
    return list(printed.values())


def _printed_lists(before: Sequence[_Printed], after: Sequence[_Printed]) -> tuple[str, str]:
    """Both lists by names; where these are the same, with all that is printed; else with who they are."""

    def listed(authors: Sequence[_Printed], detail: Callable[[_Printed], Iterable[str]]) -> str:
        words = ((author[0].name, "; ".join(filter(None, detail(author)))) for author in authors)
        return ", ".join(f"{name} ({detail})" if detail else name for name, detail in words)

    details: tuple[Callable[[_Printed], Iterable[str]], ...] = (
        lambda author: (),
        lambda author: (author[1], "presenter" if author[2] else ""),
        lambda author: (author[0].source_id or author[0].slug,),
    )
    pairs = [(listed(before, detail), listed(after, detail)) for detail in details]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1])


def _authorships(entry: _Entry, wanted: list[_Printed]) -> Iterator[tuple[Any, ...]]:
    """The values of AUTHORSHIP_COLUMNS."""
    for position, (person, affiliation, is_presenter) in enumerate(wanted, start=1):
        yield entry.poster.pk, person.pk, position, affiliation, is_presenter


def _write_topics(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    """The source's topics, where it has any. What an organiser edited stays as a whole."""
    frame = run.frame
    added: list[tuple[int, int]] = []
    gone: list[tuple[int, set[int]]] = []
    for entry in entries:
        wanted = {topic.pk or id(topic): topic for topic in map(frame.topics.find, entry.record.topics)}
        before = stored.topics[entry.match.pk]
        if not wanted or wanted.keys() == before:
            continue
        kept = None
        if entry.match.pk is not None:
            kept = frame.edits.keep("poster", entry.match.pk, "topics")
            names = (
                ", ".join(sorted(frame.topics.by_key[key].name for key in before)),
                ", ".join(sorted(topic.name for topic in wanted.values())),
            )
            entry.changes.append(FieldChange("topics", *names, kept=str(kept or "")))
            if kept is None and before - wanted.keys():
                gone.append((entry.match.pk, before - wanted.keys()))
        if kept is None:
            added += [(entry.poster.pk, key) for key in wanted if key not in before]
    frame.write_rows(PosterTopic, ("poster_id", "topic_id"), added)
    if not frame.is_dry_run:
        for poster, topics in gone:
            PosterTopic.objects.filter(poster=poster, topic__in=topics).delete()


def _write_poster_links(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    added: list[tuple[Any, ...]] = []
    for entry in entries:
        if not entry.record.links:
            continue
        links = usable_links(entry.record.links, entry.record.place, run.frame.report)
        if entry.is_new:
            added += new_links(entry.poster, links)
        else:
            entry.changes += write_links(run.frame, entry.poster, links, stored.links[entry.match.pk])
    run.frame.write_rows(Link, LINK_COLUMNS, added)


def _tell_missing(run: _Run, known: KnownPosters, options: ImportOptions) -> None:
    """Posters that came by an import and that the source no longer has; withdrawn where that was asked for.

    A source speaks of the posters in its sessions, and of those in none if it has such; one without sessions
    speaks of all.
    """
    frame, hangings = run.frame, run.hangings
    if not run.survey.poster_count:
        return

    def is_in_scope(pk: int) -> bool:
        sessions = hangings.sessions_of.get(pk)
        if not sessions:
            return bool(run.survey.unplaced_count) or not hangings.of_source
        return not hangings.of_source or bool(sessions & hangings.of_source)

    gone = [pk for pk in known.imported - known.found - known.withdrawn if is_in_scope(pk)]
    for start in range(0, len(gone), BATCH):
        posters = list(Poster.objects.filter(pk__in=gone[start : start + BATCH]).order_by("number"))
        for poster in posters:
            changes: list[FieldChange] = []
            if options.withdraw_missing:
                changes = frame.edits.assign(poster, {"status": Poster.Status.WITHDRAWN})
            is_withdrawn = any(not change.kept for change in changes)
            result = Result.WITHDRAWN if is_withdrawn else Result.MISSING
            name = to_text(poster.display_title)
            frame.report.missing.append(Outcome(f"poster {poster.number}", name, result, changes=tuple(changes)))
        if options.withdraw_missing and not frame.is_dry_run:
            Poster.objects.bulk_update(posters, ["status"], batch_size=BATCH // 10)


def _tell_what_is_odd(report: ImportReport, survey: Survey) -> None:
    """What nobody can know from the records alone."""
    if survey.unplaced_count:
        placed = survey.poster_count - survey.unplaced_count
        report.remarks.append(
            f"sessions: {f'{placed:,}' if placed else 'none'} of the {survey.poster_count:,} posters have one."
        )
    report.namesakes = survey.namesakes.worth_a_look()


def _name(record: PosterRecord) -> str:
    return to_text(record.title) or f"(no title) {', '.join(author.name for author in record.authors[:3])}"


def _left_out(record: LeftOutRecord) -> Outcome:
    result = Result.JOINED if record.is_joined else Result.LEFT_OUT
    return Outcome(record.place, to_text(record.name), result, record.reason)


def _totals(record: ProgrammeRecord, survey: Survey) -> dict[str, int]:
    """What was read, counted."""
    return {
        "records": survey.poster_count + len(record.left_out),
        "posters": survey.poster_count,
        "sessions": len(record.sessions),
        "presentations": survey.presentation_count,
        "authorships": survey.authorship_count,
        "authors": survey.author_count,
        **survey.decisions,
        **survey.formats,
    }
