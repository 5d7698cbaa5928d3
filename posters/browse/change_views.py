"""What moved: for everybody to read, as a page and as a feed."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from posters.browse.news import News
from posters.browse.programme_page import programme_page
from posters.browse.releases import Release, public_revisions, releases
from posters.browse.views import page_of, programme_response
from posters.latex import to_text
from posters.models import Conference

RELEASES = 20


@programme_page("page")
def changes(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The programme's changes, twenty releases at a time."""
    revisions = public_revisions(conference)
    page = page_of(revisions, request, size=RELEASES, count=len(revisions))
    context = {"page": page, "releases": releases(conference, list(page.object_list)), "query": "?"}
    return programme_response("browse/changes.html", conference, context)


@programme_page()
def changes_feed(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The latest releases as an Atom feed (RFC 4287)."""
    page = settings.SITE_URL + reverse("changes", args=[conference.slug])
    feed = ChangesFeed(
        title=f"{conference.name}: changes of the programme",
        link=page,
        description="",
        language="en-GB",
        author_name=conference.name,
        feed_url=settings.SITE_URL + reverse("changes-feed", args=[conference.slug]),
    )
    for release in releases(conference, public_revisions(conference)[:RELEASES]):
        feed.add_item(
            title=_written(_headline(release)),
            link=f"{page}#revision-{release.revision}",
            unique_id=f"{page}#revision-{release.revision}",
            description=_written(_listed(release)),
            pubdate=release.changed_at,
            updateddate=release.changed_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


class ChangesFeed(Atom1Feed):
    """Django's Atom feed, the same bytes however often it is made."""

    def latest_post_date(self) -> datetime:
        """Where nothing has changed, no time of day either."""
        return max((item["updateddate"] for item in self.items), default=datetime(1970, 1, 1, tzinfo=UTC))


def _headline(release: Release) -> str:
    others = len(release.news) - 1
    return f"{release.news[0]}{f', and {others} more' if others else ''}"


def _listed(release: Release) -> SafeString:
    cut = SafeString("<p>More has changed than is listed here.</p>" if release.is_cut else "")
    return format_html(
        "<ul>{}</ul>{}", format_html_join("", "<li>{}</li>", ((_line(one),) for one in release.news)), cut
    )


def _line(news: News) -> SafeString:
    words = "; ".join(map(str, news.happenings))
    if not news.address:
        return format_html("{} {}", to_text(news.title), words)
    return format_html('<a href="{}">{}</a> {}', settings.SITE_URL + news.address, to_text(news.title), words)


def _written(text: Any) -> str:
    """Without control characters, which XML cannot hold."""
    return "".join(character for character in str(text) if character >= " " or character == "\n")
