"""Times name their zone, days and instants."""

import datetime as dt

import pytest
from django.utils import timezone

from posters.browse.authors import letter_of
from posters.models import Conference
from posters.templatetags.programme import days_from_to, moment, offset_name, window, zone_name

NIGHT = dt.datetime(2023, 10, 28, 22, 30, tzinfo=dt.UTC)


def test_a_moment_shows_the_active_zone_and_says_its_instant():
    with timezone.override("Africa/Kigali"):
        assert moment(NIGHT, "short") == (
            '<time datetime="2023-10-28T22:30:00Z" data-shows="short">Sun 29 Oct, 00:30</time>'
        )


def test_a_window_across_the_end_of_summer_time_has_its_real_end():
    # In Berlin clocks go back from 03:00 to 02:00 on 29 October 2023, at 01:00 UTC.
    with timezone.override("Europe/Berlin"):
        shown = window(NIGHT, NIGHT + dt.timedelta(hours=4))
    assert ">00:30</time>–" in shown
    assert ">03:30</time>" in shown


def test_a_window_without_times_says_so():
    assert window(None, None) == "Time to be announced"


@pytest.mark.parametrize(
    ("zone", "first", "last", "name"),
    [
        ("Africa/Kigali", "2023-05-01", "2023-05-05", "Kigali time (UTC+2)"),
        ("Asia/Kolkata", "2023-05-01", None, "Kolkata time (UTC+5:30)"),
        ("America/St_Johns", "2023-01-10", None, "St Johns time (UTC−3:30)"),
        ("Europe/Berlin", "2023-10-27", "2023-10-30", "Berlin time (UTC+2, then UTC+1)"),
        ("UTC", None, None, "UTC"),
    ],
)
def test_the_zone_says_its_offset(zone, first, last, name):
    conference = Conference(year=2023, time_zone=zone)
    conference.starts_on = first and dt.date.fromisoformat(first)
    conference.ends_on = last and dt.date.fromisoformat(last)
    assert zone_name(conference) == name


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("2023-05-01", "2023-05-05", "1–5 May 2023"),
        ("2023-04-30", "2023-05-02", "30 April – 2 May 2023"),
        ("2023-12-30", "2024-01-02", "30 December 2023 – 2 January 2024"),
        ("2023-05-01", "2023-05-01", "1 May 2023"),
        ("2023-05-01", None, "1 May 2023"),
        (None, None, ""),
    ],
)
def test_the_days_of_a_conference(first, last, shown):
    conference = Conference(year=2023)
    conference.starts_on = first and dt.date.fromisoformat(first)
    conference.ends_on = last and dt.date.fromisoformat(last)
    assert days_from_to(conference) == shown


def test_offsets():
    assert offset_name(dt.timedelta()) == "UTC"
    assert offset_name(dt.timedelta(hours=-9, minutes=-30)) == "UTC−9:30"


@pytest.mark.parametrize(
    ("initial", "letter"),
    [("a", "A"), ("É", "E"), ("Å", "A"), ("Ø", "O"), ("ł", "L"), ("李", "#"), ("3", "#"), ("", "#")],
)
def test_letters_of_the_index(initial, letter):
    assert letter_of(initial) == letter
