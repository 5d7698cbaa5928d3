"""Which kind of client fetches a calendar: a family, from the User-Agent, which itself is never kept."""

import re

FAMILIES = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("Google Calendar", r"google-calendar|google\.com/feedfetcher|googlebot"),
        ("Outlook", r"outlook|microsoft exchange|microsoft\.exchange|microsoft office|msoffice"),
        ("Thunderbird", r"thunderbird|lightning/"),
        ("Apple Calendar", r"calendaragent|dataaccessd|accountsd|remindd|coredav|\bios/|macos/|mac[ _+]os[ _+]x/"),
        ("ICSx⁵ or DAVx⁵", r"icsx5|davx5"),
        ("Nextcloud", r"nextcloud|sabre"),
        ("Evolution", r"evolution"),
        ("KOrganizer", r"korganizer|akonadi|\bkio\b|konqueror"),
        ("Proton Calendar", r"proton"),
        ("Fastmail", r"fastmail|cyrus"),
        ("Home Assistant", r"homeassistant"),
        ("vdirsyncer", r"vdirsyncer"),
        ("a script", r"^(curl|wget|python|go-http|okhttp|java|ruby|node|axios)"),
        ("a browser", r"^mozilla/"),
    )
)
"""The first that fits: most also say that they are a browser, or on whose system they run."""


def client_family(user_agent: str) -> str:
    """“Apple Calendar”; “another client” for one not known here."""
    return next((name for name, pattern in FAMILIES if pattern.search(user_agent[:500])), "another client")
