"""What moved: for everybody to read, as a page and as a feed."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join, linebreaks, urlize
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from posters.browse.news import News
from posters.browse.programme_page import programme_page
from posters.browse.releases import Release, public_revisions, releases
from posters.browse.views import page_of, programme_response
from posters.latex import to_text
from posters.models import Announcement, Conference
from posters.programme.announcements import Announced, announcements_made

Part = Announcement.Part

RELEASES = 20
LATEST = 20
"""Releases, and announcements, of which the feed tells."""
LONGEST_TITLE = 100
"""Characters of an announcement."""
PAGES: dict[str, str] = {Part.ALL: "home", Part.HOME: "home", Part.SCHEDULE: "schedule", Part.ITINERARY: "itinerary"}


@programme_page("page")
def changes(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The programme's changes, twenty releases at a time."""
    revisions = public_revisions(conference)
    page = page_of(revisions, request, size=RELEASES, count=len(revisions))
    context = {"page": page, "releases": releases(conference, list(page.object_list)), "query": "?"}
    return programme_response("browse/changes.html", conference, context)


@programme_page()
def changes_feed(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The latest releases and announcements as an Atom feed (RFC 4287).

    An announcement that is over stays what it was, and one that is written anew keeps its id: neither is a new entry.
    """
    page = settings.SITE_URL + reverse("changes", args=[conference.slug])
    feed = ChangesFeed(
        title=f"{conference.name}: changes of the programme",
        link=page,
        description="",
        language="en-GB",
        author_name=conference.name,
        feed_url=settings.SITE_URL + reverse("changes-feed", args=[conference.slug]),
    )
    now = request.page_state.asked_at  # type: ignore[attr-defined]  # by which the page is kept
    entries = [
        *(_release_entry(release, page) for release in releases(conference, public_revisions(conference)[:LATEST])),
        *(
            _announcement_entry(announced, page)
            for announced in announcements_made(conference=conference, now=now, most=LATEST)
        ),
    ]
    for entry in sorted(entries, key=lambda entry: entry["pubdate"], reverse=True):
        feed.add_item(**entry)
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


def _release_entry(release: Release, page: str) -> dict[str, Any]:
    address = f"{page}#revision-{release.revision}"
    return {
        "title": _written(_headline(release)),
        "link": address,
        "unique_id": address,
        "description": _written(_listed(release)),
        "pubdate": release.changed_at,
        "updateddate": release.told_at,
    }


def _announcement_entry(announced: Announced, page: str) -> dict[str, Any]:
    """One that was for some pages only leads to these."""
    announcement = announced.announcement
    shown_on = reverse(PAGES[announcement.shown_on], args=[announcement.conference.slug])
    return {
        "title": _written(Truncator(" ".join(announcement.text.split())).chars(LONGEST_TITLE)),
        "link": settings.SITE_URL + shown_on,
        "unique_id": f"{page}#announcement-{announcement.pk}",
        "description": _written(_paragraphs(announcement.text)),
        "pubdate": announcement.shown_from,
        "updateddate": announced.written_at,
    }


class ChangesFeed(Atom1Feed):
    """Django's Atom feed, the same bytes however often it is made."""

    def latest_post_date(self) -> datetime:
        """Where nothing has changed, no time of day either."""
        return max((item["updateddate"] for item in self.items), default=datetime(1970, 1, 1, tzinfo=UTC))


def _headline(release: Release) -> str:
    others = len(release.news) - 1
    return f"{release.news[0]}{f', and {others} more' if others else ''}"


def _listed(release: Release) -> SafeString:
    note = _paragraphs(release.note) if release.note else ""
    cut = SafeString("<p>More has changed than is listed here.</p>" if release.is_cut else "")
    lines = format_html_join("", "<li>{}</li>", ((_line(one),) for one in release.news))
    return format_html("{}<ul>{}</ul>{}", note, lines, cut)


def _paragraphs(text: str) -> SafeString:
    """As pages show what organisers write: escaped, web addresses as links."""
    return SafeString(linebreaks(urlize(text, autoescape=True)))


def _line(news: News) -> SafeString:
    words = "; ".join(map(str, news.happenings))
    if not news.address:
        return format_html("{} {}", to_text(news.title), words)
    return format_html('<a href="{}">{}</a> {}', settings.SITE_URL + news.address, to_text(news.title), words)


def _written(text: Any) -> str:
    """Without control characters, which XML cannot hold."""
    return "".join(character for character in str(text) if character >= " " or character == "\n")
