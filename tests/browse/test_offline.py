"""What the server gives a device to work without it: manifest, service worker, index, the page to search in."""

import json
import re
import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from posters.browse import offline
from posters.browse.colour import contrast, light_palette, parse
from posters.models import Conference, Poster
from tests.browse.conftest import Page

pytestmark = pytest.mark.django_db


def release_of(body: str) -> dict:
    return json.loads(re.match(r"const RELEASE = (\{.*\});\n", body)[1])


def test_the_conference_can_be_installed(conference, client, read):
    Conference.objects.update(accent_colour="#ffcc00")
    page = read("/example-2030/")
    (link,) = page.all("link", rel="manifest")
    response = client.get(link["href"])
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    icons = manifest.pop("icons")
    assert manifest == {
        "id": "/example-2030/",
        "name": "Example Conference 2030 posters",
        "short_name": "Example Conference 2030",
        "lang": "en-GB",
        "start_url": "/example-2030/itinerary/",
        "scope": "/",
        "display": "standalone",
        "theme_color": light_palette("#ffcc00").masthead,
        "background_color": "#f6f7f5",
    }
    assert [(icon["type"], icon["sizes"], icon.get("purpose")) for icon in icons] == [
        ("image/svg+xml", "any", None),
        ("image/png", "192x192", None),
        ("image/png", "512x512", None),
        ("image/png", "512x512", "maskable"),
    ]
    for icon in icons[1:]:
        content = (settings.BASE_DIR / icon["src"].removeprefix("/")).read_bytes()
        width, height = struct.unpack(">II", content[16:24])
        assert f"{width}x{height}" == icon["sizes"]
    assert client.get(manifest["start_url"]).status_code == 200


def test_the_browsers_frame_has_the_mastheads_colour(conference, read):
    metas = read("/example-2030/").all("meta", name="theme-color")
    assert [meta["media"] for meta in metas] == ["(prefers-color-scheme: light)", "(prefers-color-scheme: dark)"]
    assert all(contrast(parse(meta["content"]), (255, 255, 255)) >= 7 for meta in metas)


def test_the_service_worker_is_at_the_root_and_asked_for_each_time(conference, client):
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in response.headers
    body = response.content.decode()
    assert body.endswith('importScripts("/static/js/outbox.js", "/static/js/service-worker.js");\n')
    assert client.get("/sw.js").content == response.content
    assert client.post("/sw.js").status_code == 405


def test_a_changed_file_makes_a_new_version(client, tmp_path, settings):
    before = release_of(client.get("/sw.js").content.decode())
    for name in {*offline.KEPT_FILES, *offline.WORKER_FILES}:
        copy = tmp_path / "static" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((settings.BASE_DIR / "static" / name).read_bytes())
    settings.BASE_DIR = tmp_path
    settings.DEBUG = True  # files are read again and again
    assert release_of(client.get("/sw.js").content.decode()) == before
    with (tmp_path / "static/js/service-worker.js").open("a") as file:
        file.write("\n")
    after = release_of(client.get("/sw.js").content.decode())
    assert after["files"] == before["files"]
    assert after["version"] != before["version"]


def test_what_every_page_and_the_offline_page_load_is_kept_from_the_start(conference, client, read):
    kept = release_of(client.get("/sw.js").content.decode())["files"]
    named: set[str] = set()
    for path in ("/example-2030/offline/", "/example-2030/posters/"):
        page = read(path)
        named |= {script["src"] for script in page.all("script")}
        named |= {link["href"] for link in page.all("link", rel="stylesheet") + page.all("link", rel="icon")}
    kept_files = {address for address in named if address.startswith("/static/")}
    for sheet in [address for address in kept_files if address.endswith(".css")]:
        shown = re.findall(r'url\("\.\./([^"]+)"\)', Path(finders.find(sheet.removeprefix("/static/"))).read_text())
        kept_files |= {f"/static/{name}" for name in shown}
    assert set(kept) == kept_files


def test_the_index_holds_what_visitors_may_find_and_nothing_else(conference, client):
    index = client.get("/example-2030/search-index.json").json()
    text = json.dumps(index, ensure_ascii=False)
    posters = {poster[0]: poster for poster in index["posters"]}
    assert list(posters) == [1, 2, 3, 4, 6, 7]
    assert "Secret" not in text
    assert "Gil Hidden" not in text
    assert posters[4][1] == "Untitled poster 4"
    assert posters[1][1] == "Schrödinger Bridges & Their ℓ_∞ Norms"
    _, title, authors, shown, topics = posters[6]
    assert title == "Second Day, Second Chance"
    assert [index["authors"][place] for place in authors] == ["Chidi Okafor"]
    assert [index["topics"][place] for place in topics] == ["Robots"]
    (place, board) = shown
    assert index["sessions"][place] == ["poster-session-2", "Poster Session 2", "2030-06-04T12:00:00Z"]
    assert board == "A4"
    (place, board) = posters[7][3]
    assert (index["sessions"][place][2], board) == (None, "")
    assert len(posters[1][3]) == 4, "shown twice, as poster and as oral"


def test_a_name_stands_in_the_index_once(many_posters, client):
    many_posters(50)
    index = client.get("/many/search-index.json").json()
    for names in (index["authors"], index["topics"], [slug for slug, *_ in index["sessions"]]):
        assert len(names) == len(set(names))
    assert len(index["sessions"]) == 2
    assert len(index["topics"]) == 12
    assert [title for _, title, *_ in index["posters"]] == [f"Poster Title {n}" for n in range(1, 51)]


def test_the_index_follows_the_programme(conference, client):
    before = client.get("/example-2030/search-index.json")
    Poster.objects.filter(number=6).update(status="withdrawn")
    after = client.get("/example-2030/search-index.json", headers={"if-none-match": before["ETag"]})
    assert after.status_code == 200
    assert [poster[0] for poster in after.json()["posters"]] == [1, 2, 3, 4, 7]


def test_the_offline_page_searches_online_without_javascript(conference, client):
    page = Page(client.get("/example-2030/offline/").content.decode())
    assert page.faults == []
    form = next(form for form in page.all("form") if "data-offline-search" in form)
    assert form["action"] == "/example-2030/posters/"
    assert "method" not in form
