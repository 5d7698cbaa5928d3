"""What can only be told from all of a source's records, gathered in one pass: none of them has to stay in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from posters.programme.identity import KnownPeople, Namesakes, name_key
from posters.programme.records import PosterRecord


class Survey:
    """The records counted, and what they name: decisions, topics, boards, keys, people."""

    def __init__(self, records: Iterable[PosterRecord], people: KnownPeople) -> None:
        self.poster_count = self.unplaced_count = self.presentation_count = self.authorship_count = 0
        self.decisions: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()
        self.topics: dict[str, None] = {}
        self.boards: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """The boards that presentations name, by their session and their own room."""
        self.source_ids: set[str] = set()
        self.people = people
        self.namesakes = Namesakes()
        self._names: set[str] = set()
        for record in records:
            self._take(record)

    @property
    def author_count(self) -> int:
        return len(self.people.printed_ids) + len(self._names)

    def _take(self, record: PosterRecord) -> None:
        self.poster_count += 1
        self.unplaced_count += not record.presentations
        self.presentation_count += len(record.presentations)
        self.authorship_count += len(record.authors)
        if record.decision:
            self.decisions[record.decision] += 1
        if record.source_id:
            self.source_ids.add(record.source_id)
        self.topics.update(dict.fromkeys(record.topics))
        for shown in record.presentations:
            self.formats[shown.format] += 1
            if shown.board:
                self.boards[shown.session, shown.room].add(shown.board)
        self.people.hear(record)
        self.namesakes.take(record)
        self._names.update(name_key(author.name) for author in record.authors if not author.source_id)
