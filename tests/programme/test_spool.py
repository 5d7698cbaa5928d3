"""Records on disk: the same list as in memory."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posters.programme.readers import programme_json
from posters.programme.readers.json_stream import JsonStream
from posters.programme.records import PosterRecord, UnreadableProgramme
from posters.programme.source import PIECE, Source, SourceFile
from posters.programme.spool import Spool
from tests.programme.strategies import programmes

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(programmes())
def test_what_is_put_in_comes_out(programme) -> None:
    spool = Spool(programme.posters)
    assert (spool, list(spool), len(spool)) == (programme.posters, list(programme.posters), len(programme.posters))
    assert spool[1:] == list(programme.posters[1:])
    if spool:
        spool[0] = PosterRecord("line 9", "Another")
        assert list(spool) == [PosterRecord("line 9", "Another"), *programme.posters[1:]]
        assert spool != programme.posters


@given(st.dictionaries(st.text(max_size=3), st.lists(VALUES, max_size=3), max_size=3), st.sampled_from([None, 1]))
def test_a_stream_reads_what_json_reads_in_any_layout(content, indent) -> None:
    stream = JsonStream(SourceFile("x.json", json.dumps(content, indent=indent).encode()))
    assert {name: list(stream.items()) for name in stream.members()} == content
    stream.end()


@pytest.mark.parametrize("value", ['"' + "é" * 40 + '"', "-12.5e+17", "true", "null", '{"a": ["\\ud83d\\ude00", 1.5]}'])
def test_a_value_is_whole_wherever_a_piece_of_the_file_ends_in_it(value: str) -> None:
    for before in range(PIECE - len(value.encode()) - 3, PIECE + 2):
        text = "[" + " " * (before - 1) + value + " ]"
        assert list(JsonStream(SourceFile("x.json", text.encode())).items()) == [json.loads(value)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('["a"\n"b"]', "x.json, line 2: broken JSON: Expecting ',' delimiter."),
        ("[1,]", "x.json, line 1: broken JSON: Expecting value."),
        ("[1]\n x", "x.json, line 2: broken JSON: Extra data."),
        ("[1\n", "x.json, line 2: broken JSON: it stops in the middle, as a download that was cut off does."),
        ("\n" * 600_000 + "[nil]", "x.json, line 600001: broken JSON: Expecting value."),
    ],
)
def test_broken_json_is_told_with_its_line(text: str, sentence: str) -> None:
    def read(stream: JsonStream) -> None:
        list(stream.items())
        stream.end()

    with pytest.raises(UnreadableProgramme) as refusal:
        read(JsonStream(SourceFile("x.json", text.encode())))
    assert str(refusal.value) == sentence


def test_members_come_in_any_order_and_the_last_of_two_counts() -> None:
    text = """{"posters": [{"title": "Gone"}], "posters": [{"title": "One"}, {"title": "Two"}],
      "version": 1, "format": "boardwalk-programme"}"""
    programme = programme_json.read(Source((SourceFile("x.json", text.encode()),)))
    assert [(poster.place, poster.title) for poster in programme.posters] == [("record 1", "One"), ("record 2", "Two")]
