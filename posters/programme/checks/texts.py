"""What is written: titles that stand twice, LaTeX that does not close, addresses that lead nowhere."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from django.db.models import F

from posters.latex import unclosed
from posters.models import Conference, Link, Poster, Session
from posters.models.base import PosterStatus
from posters.programme.checks.finding import Finding, Severity, form_of, side_by_side
from posters.programme.checks.gaps import poster_named, standing_posters
from posters.programme.identity import title_key

PLACEHOLDER_DOMAINS = ("example.com", "example.net", "example.org", "example.edu")
RESERVED_ENDINGS = ("example", "invalid", "test", "localhost", "local")
"""Top-level domains that lead nowhere (RFC 2606, RFC 6762)."""
_BLANK = re.compile(r"\s")
PLACEHOLDER_WORDS = {"tba", "tbd", "todo", "placeholder", "changeme", "yourdomain", "your-domain", "yoursite", "xxx"}


def duplicates(conference: Conference) -> Iterator[Finding]:
    """Posters with the same title, as an import compares titles."""
    named: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for key, number, title in standing_posters(conference).exclude(title="").values_list("pk", "number", "title"):
        named[title_key(title)].append((key, number, title))
    for posters in named.values():
        if len(posters) > 1:
            keys = tuple(key for key, *_ in posters)
            (_, number, title), *others = posters
            numbers = " and ".join(str(other) for _, other, _ in others)
            message = f"{poster_named(number, title)} has the same title as {numbers}."
            yield Finding(Severity.WARNS, message, "poster", keys, side_by_side(keys))


def unclosed_latex(conference: Conference) -> Iterator[Finding]:
    """Posters whose title or abstract holds a brace or formula that does not close: shown as in the source."""
    columns = ("pk", "number", "title", "abstract")
    for key, number, title, abstract in standing_posters(conference).values_list(*columns).iterator():
        found = ((name, unclosed(text)) for name, text in (("title", title), ("abstract", abstract)))
        faults = [f"“{what}” in its {name}" for name, what in found if what]
        if faults:
            message = f"{poster_named(number, title)} has an unpaired {' and '.join(faults)}."
            yield Finding(Severity.WARNS, message, "poster", (key,), form_of(Poster, key))


def dead_addresses(conference: Conference) -> Iterator[Finding]:
    """Links that by their form lead nowhere: placeholders, blanks, no host, the organiser's own machine."""
    if conference.website_url and (fault := fault_of(conference.website_url)):
        message = f"The conference’s website, {conference.website_url}, {fault}."
        yield Finding(Severity.WARNS, message, "conference", (conference.pk,), form_of(Conference, conference.pk))
    links = Link.objects.filter(conference=conference).exclude(poster__status=PosterStatus.WITHDRAWN)
    links = links.order_by(F("poster__number").asc(nulls_last=True), "session__title", "pk")
    kinds = {kind.value: kind.label.lower() for kind in Link.Kind}
    columns = ("url", "kind", "poster", "poster__number", "poster__title", "session", "session__title")
    for url, kind, poster, number, title, session, session_title in links.values_list(*columns).iterator():
        if not (fault := fault_of(url)):
            continue
        what = kinds.get(kind, "link")
        if poster is not None:
            message = f"{poster_named(number, title)}: its {what}, {url}, {fault}."
            yield Finding(Severity.WARNS, message, "poster", (poster,), form_of(Poster, poster))
        else:
            message = f"“{session_title}”: its {what}, {url}, {fault}."
            yield Finding(Severity.WARNS, message, "session", (session,), form_of(Session, session))


def fault_of(url: str) -> str:
    """What is wrong with an address, by its form alone; empty where nothing is."""
    if _BLANK.search(url):
        return "holds a blank"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https"):
        return "does not begin with https://"
    if not host:
        return "names no site"
    return _fault_of_host(host)


@lru_cache(maxsize=1_000)
def _fault_of_host(host: str) -> str:
    """The same of a host: most links of a programme lead to few."""
    try:
        is_public = ipaddress.ip_address(host).is_global
    except ValueError:
        return _fault_of_name(host)
    return "" if is_public else "leads into a private network"


def _fault_of_name(host: str) -> str:
    labels = host.split(".")
    if host == "localhost" or labels[-1] == "localhost":
        return "leads to the visitor’s own computer"
    if host.endswith(PLACEHOLDER_DOMAINS) and labels[-2] == "example":
        return "is a placeholder"
    if labels[-1] in RESERVED_ENDINGS or PLACEHOLDER_WORDS & set(labels):
        return "is a placeholder"
    return "" if len(labels) > 1 and all(labels) else "names no site"
