"""Old → new: what differs is marked, all else is the same on both sides."""

from hypothesis import given
from hypothesis import strategies as st

from posters.organise.differences import AROUND, LONGEST, Difference, difference

texts = st.text(alphabet="ab é-\n", max_size=20)


@given(texts, texts)
def test_both_texts_can_be_read_from_it(before, after):
    told = difference(before, after)
    assert told.start + told.old + told.end == before
    assert told.start + told.new + told.end == after


def test_whole_words_are_marked():
    assert difference("Robots learn to rest.", "Robots learnt to rest.") == Difference(
        "Robots ", "learn", "learnt", " to rest."
    )


def test_what_is_long_is_cut_short():
    told = difference("same " * 100 + "x" * 1_000 + " same" * 100, "same " * 100 + "y" + " same" * 100)
    assert (told.start[0], len(told.start)) == ("…", AROUND)
    assert (told.old[-1], len(told.old)) == ("…", LONGEST)
    assert told.new == "y"
    assert (told.end[-1], len(told.end)) == ("…", AROUND)
