"""Random programmes whose records meet: one title, one board, one name twice."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from posters.programme.records import (
    AuthorRecord,
    BoardRecord,
    ConferenceRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    TopicRecord,
)

# Small pools, so that they do.
TITLES = ["", "Walks", "walks ", "$\\ell_2$ Walks", "Talks", "博弈"]
NAMES = ["Ada Müller", "Wei Li", "Bo  Li", "Šimić"]
NINE = dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC)
CONFERENCE = ConferenceRecord(
    name="Example 2030",
    year=2030,
    time_zone="Europe/Vienna",
    venue="Vienna",
    starts_on=dt.date(2030, 6, 3),
    ends_on=dt.date(2030, 10, 27),
    description="Once.\nTwice.",
    website_url="https://example.org/",
    accent_colour="#112233",
)
SESSIONS = [
    SessionRecord("Posters 1", "posters-1", room="Hall", links=(LinkRecord("chat", "https://example.org/chat"),)),
    SessionRecord(
        "Posters 2",
        "posters-2",
        starts_at=NINE,
        ends_at=NINE + dt.timedelta(hours=2),
        description="“Walks”, and\ttalks.",
    ),
    # It ends in the hour that comes twice in Vienna.
    SessionRecord(
        "Night",
        "Night_Walk",
        "social",
        starts_at=dt.datetime(2030, 10, 27, 0, tzinfo=dt.UTC),
        ends_at=dt.datetime(2030, 10, 27, 1, 30, tzinfo=dt.UTC),
    ),
    SessionRecord("口头报告", kind="oral"),
]
PEOPLE = [
    AuthorRecord("Ada Müller", slug="ada-muller", source_id="p1"),
    AuthorRecord("Wei Li", slug="wei-li", source_id="p2"),
    AuthorRecord("Wei Li", slug="wei-li-2", source_id="p3"),
    AuthorRecord("Bo  Li", slug="Bo_Li"),
    AuthorRecord("Šimić", slug="simic", source_id="p5"),
]
SOURCES = [("name",), ("name", "source_id"), ("name", "slug"), ("name", "slug", "source_id")]
"""What a source may tell of people: our own export all of it, a page their names alone."""
authors = st.builds(
    replace,
    st.sampled_from(PEOPLE),
    affiliation=st.sampled_from(["", "Example"]),
    is_presenter=st.booleans(),
)
links = st.builds(
    LinkRecord,
    kind=st.sampled_from(["paper", "video", "nonsense"]),
    url=st.sampled_from(["https://example.org/1", "https://example.org/2", "javascript:x"]),
    label=st.sampled_from(["", "PDF"]),
)
presenter_times = st.sampled_from([{}, {"presenter_starts_at": NINE, "presenter_ends_at": NINE.replace(minute=45)}])
presentations = st.builds(
    lambda times, **facts: PresentationRecord(**times, **facts),
    times=presenter_times,
    session=st.sampled_from(["posters-1", "posters-2", "口头报告", "Night_Walk", "nowhere"]),
    format=st.sampled_from(["in-person", "virtual"]),
    room=st.sampled_from(["", "Hall", "Annex"]),
    board=st.sampled_from(["", "1", "2", "10"]),
    position=st.sampled_from([None, 0, 7]),
)
posters = st.builds(
    PosterRecord,
    place=st.just("record"),
    title=st.sampled_from(TITLES),
    authors=st.lists(authors, max_size=3).map(tuple),
    abstract=st.sampled_from(["", "One.", "Two."]),
    decision=st.sampled_from(["", "Poster accept", "Top 5%"]),
    source_id=st.sampled_from(["", "", "a", "b", "c"]),
    number=st.sampled_from([None, None, 0, 1, 2, 2**40]),
    keywords=st.sampled_from([(), ("walks",), ("one; two", "three")]),
    topics=st.lists(st.sampled_from(["C", "C++", "机器学习", "Theory"]), max_size=2, unique=True).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    presentations=st.lists(presentations, max_size=2).map(tuple),
    status=st.sampled_from(["", "", "withdrawn", "draft"]),
)


@st.composite
def programmes(draw: st.DrawFn) -> ProgrammeRecord:
    return ProgrammeRecord(
        conference=draw(st.sampled_from([ConferenceRecord(), CONFERENCE])),
        decisions=("Poster accept", "Top 5%"),
        topics=draw(st.sampled_from([(), (TopicRecord("C++", "C"), TopicRecord("Theory"))])),
        boards=draw(st.sampled_from([(), (BoardRecord("Hall", "1", 3, 1.5), BoardRecord("Foyer", "10"))])),
        rooms=draw(st.sampled_from([(), ("Foyer",)])),
        sessions=tuple(draw(st.lists(st.sampled_from(SESSIONS), max_size=3, unique=True))),
        posters=tuple(told_by(draw(st.sampled_from(SOURCES)), draw(st.lists(posters, max_size=5)))),
    )


def told_by(facts: tuple[str, ...], records: list[PosterRecord]) -> Iterator[PosterRecord]:
    """The posters with what their source tells of people."""
    silent = {name: "" for name in ("slug", "source_id") if name not in facts}
    for record in records:
        yield replace(record, authors=tuple(replace(author, **silent) for author in record.authors))
