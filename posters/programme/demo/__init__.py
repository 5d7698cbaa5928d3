"""The conference that ships with Boardwalk.

ICLR 2023's Poster Session 4 is real: titles, authors, decisions and formats are facts, the summaries are
our own words, the session's time is from memory. What is called an example is made up.
"""

from pathlib import Path

from posters.programme.readers import read_programme
from posters.programme.records import ProgrammeRecord
from posters.programme.source import open_source

DEMO_CONFERENCE = "iclr-2023-demo"


def demo_programme() -> ProgrammeRecord:
    """The bundled programme."""
    return read_programme(open_source(Path(__file__).with_name("iclr-2023.json")), format_name="boardwalk")
