"""Under which name and letter people stand in the index of authors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posters.browse.family_names import index_key, letter_of
from posters.models import Authorship, Poster


@pytest.mark.parametrize(
    ("name", "key", "letter"),
    [
        ("Ada Müller", "muller ada", "M"),
        ("Dana Šimić", "simic dana", "S"),
        ("Per Ødegård", "odegard per", "O"),
        ("Åsa Öberg", "oberg asa", "O"),
        ("Łukasz Łoś", "los lukasz", "L"),
        ("Laurens van der Maaten", "van der maaten laurens", "V"),
        ("Luc Van Gool", "van gool luc", "V"),
        ("Nando de Freitas", "de freitas nando", "D"),
        ("Andrea Della Pietra", "della pietra andrea", "D"),
        ("Van Nguyen", "nguyen van", "N"),
        ("Di Wang", "wang di", "W"),
        ("Martin Luther King Jr.", "king martin luther jr.", "K"),
        ("Martin Luther King, Jr.", "king martin luther jr.", "K"),
        ("William Gates III", "gates william iii", "G"),
        ("Müller, Ada", "muller ada", "M"),
        ("van der Maaten, Laurens", "van der maaten laurens", "V"),
        ("Conan O’Brien", "obrien conan", "O"),
        ("Shai Ben-David", "ben-david shai", "B"),
        ("Yang Liu (刘洋)", "liu yang", "L"),
        ("Madonna", "madonna", "M"),
        ("李明", "李明", "#"),
        ("山田 太郎", "山田 太郎", "#"),
        ("Иван Петров", "петров иван", "#"),
        ("3 Authors", "authors 3", "A"),
        ("Jr.", "jr.", "J"),
        ("van", "van", "V"),
        (",", "", "#"),
        ("  ", "  ", "#"),
        ("()", "()", "#"),
    ],
)
def test_the_family_name_decides(name, key, letter):
    assert (index_key(name), letter_of(index_key(name))) == (key, letter)


@given(st.text(max_size=60))
def test_every_name_has_a_key_and_a_letter(name):
    assert letter_of(index_key(name)) in "ABCDEFGHIJKLMNOPQRSTUVWXYZ#"


@given(st.lists(st.text("abCD éøŁ-", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=4))
def test_accents_and_capitals_make_no_difference(words):
    assert index_key(" ".join(words)).lower() == index_key(" ".join(words))


def test_the_index_is_in_order_of_family_names_on_its_pages(conference, client, read):
    poster = Poster.objects.get(number=7)
    names = ["Zoë Van der Berg", "Anna van der Berg", "Öyvind Aas", "Élan Álvarez", "李明", "Wu-Tang"]
    for position, name in enumerate(names, start=2):
        author = conference.authors.create(name=name, slug=f"person-{position}")
        Authorship.objects.create(poster=poster, author=author, position=position)
    conference.authors.create(name="Nobody Writes", slug="nobody")
    words = read("/example-2030/authors/").words
    order = [
        *("Öyvind Aas", "Élan Álvarez", "Bo Li", "Bo Li", "Ada Müller", "Fatou Ndiaye", "Chidi Okafor", "Eun-ji Park"),
        *("Dana Šimić", "Anna van der Berg", "Zoë Van der Berg", "Wu-Tang", "李明"),
    ]
    assert words.partition("under #. ")[2].startswith(f"{order[0]} 1 {order[1]} 1 {order[2]} 1")
    places = [words.index(name, words.index("under #. ")) for name in dict.fromkeys(order)]
    assert places == sorted(places)
    assert "13 authors" in words
    assert "A 2 L 2 M 1 N 1 O 1 P 1 S 1 V 2 W 1 # 1" in words
    assert "1 author under #" in read("/example-2030/authors/?letter=%23").words
