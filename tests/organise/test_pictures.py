"""A poster's picture: uploaded in the admin, looked at before it is kept, shown to those who see its poster."""

import io
import json
import re
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar
from PIL import Image, ImageCms, PngImagePlugin

from posters import pictures
from posters.models import Change, Conference, Poster
from tests.organise.conftest import change_address, filled_in, list_address, problems
from tests.organise.test_roles import account, chair, signed_in  # noqa: F401 - fixtures

POSTER = "/example-2030/posters/3/"
ADDRESS = re.compile(r"/media/posters/[0-9a-f]{32}-\d+x\d+\.(?:png|jpg|webp)")


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def poster(conference):
    return conference.posters.get(number=3)


def drawn(kind="PNG", size=(1200, 1600), colour="teal", **options):
    """The bytes of a picture."""
    file = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), size, colour).save(file, kind, **options)
    return file.getvalue()


def upload(client, poster, content, name="poster.png", **values):
    """Save the poster's form with this file chosen."""
    address = change_address(poster)
    form = filled_in(client.get(address))
    return client.post(address, {**form, "image": SimpleUploadedFile(name, content), **values})


def kept(poster):
    """The address of the poster's picture."""
    poster.refresh_from_db()
    return poster.image.url if poster.image else ""


# What is accepted


@pytest.mark.parametrize(
    ("kind", "ending", "content_type"),
    [("PNG", "png", "image/png"), ("JPEG", "jpg", "image/jpeg"), ("WEBP", "webp", "image/webp")],
)
def test_a_picture_is_shown_on_its_poster_s_page_as_it_was_sent(kind, ending, content_type, poster, admin_page, client):
    content = drawn(kind)
    assert upload(admin_page, poster, content, name="misnamed.exe").status_code == 302
    page = Client().get(POSTER).content.decode()
    assert set(ADDRESS.findall(page)) == {kept(poster)}
    assert kept(poster).endswith(f"-1200x1600.{ending}")
    image = re.search(r"<img [^>]*data-picture>", page)[0]
    assert 'width="720" height="960"' in image
    assert 'loading="lazy"' in image
    assert 'alt="Picture of the poster “Is This a Question?”"' in image
    response = Client().get(kept(poster))
    assert response.content == content
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=300"
    assert (response.cookies, response.get("Vary")) == ({}, None)
    small = Client().get(re.search(r'src="(/media/[^"]+)"', image)[1])
    assert small["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(small.content)).size == (720, 960)


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_of(width, height, data=bytes(1000)):
    """A PNG of a few bytes that says it is as large as this."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(data)) if data else b""
    return b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b"")


NO_PICTURE = "This is no whole PNG, JPEG or WebP picture."
TOO_MANY_PIXELS = "This picture has too many pixels: at most 20 million can be kept."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', NO_PICTURE),
        (drawn("GIF"), NO_PICTURE),
        (b"<html><script>alert(1)</script>", NO_PICTURE),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), NO_PICTURE),
        (drawn("PNG", colour="red")[:-40], NO_PICTURE),
        (drawn("JPEG")[:2000], NO_PICTURE),
        (drawn("WEBP")[:60], NO_PICTURE),
        (png_of(5_001, 4_000), TOO_MANY_PIXELS),
        (png_of(20_000, 6_000), TOO_MANY_PIXELS),
        (png_of(60_000, 60_000), TOO_MANY_PIXELS),
        (drawn("WEBP", size=(4_001, 2_500), method=0), TOO_MANY_PIXELS.replace("20", "10")),
        (png_of(1, 1, data=b""), NO_PICTURE),
        (drawn() + bytes(10_000_000), "This picture has 10.0 MB: at most 10 MB can be kept."),
    ],
    ids=lambda value: None if isinstance(value, str) else f"{value[:4]!r}{len(value)}",
)
def test_what_is_no_picture_is_refused_and_the_poster_stays(content, problem, poster, admin_page, media_root):
    response = upload(admin_page, poster, content, title="Another title")
    assert problems(response) == [problem]
    poster.refresh_from_db()
    assert (poster.title, poster.image) == ("Is This a Question?", "")
    assert not media_root.exists()


SHORT, ASCII = 3, 2
X_RESOLUTION = 0x011A


def exif_of(*entries):
    """EXIF of tags, their types and what these hold, at most four bytes each, said truly or not."""
    directory = b"".join(struct.pack(">HHI4s", tag, type_, len(held) // 2 or 1, held) for tag, type_, held in entries)
    return b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + directory + bytes(4)


def oriented(value):
    return exif_of((pictures.ORIENTATION, SHORT, struct.pack(">H", value)))


@pytest.mark.parametrize(
    ("exif", "turns"),
    [
        (oriented(3), False),
        (oriented(6), True),
        (oriented(0), False),
        (oriented(9), False),
        (exif_of((pictures.ORIENTATION, ASCII, b"6\0")), False),
        (exif_of((pictures.ORIENTATION, SHORT, b"\0\6"), (X_RESOLUTION, ASCII, b"72\0\0")), True),
        (b"Exif\0\0MM\0*", False),
    ],
    ids=["3", "6", "0", "9", "in letters", "6 with letters elsewhere", "cut short"],
)
def test_a_picture_stands_upright_however_oddly_its_camera_tells(exif, turns, poster, admin_page, client):
    upload(admin_page, poster, drawn("JPEG", size=(1600, 1000), exif=exif))
    assert kept(poster).endswith("-1000x1600.jpg" if turns else "-1600x1000.jpg")
    small = client.get(f"{kept(poster)}.preview.webp").content
    assert Image.open(io.BytesIO(small)).size == ((600, 960) if turns else (960, 600))


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_a_picture_is_turned_as_its_camera_was_held(orientation, corner, poster, admin_page, client):
    image = Image.new("RGB", (1600, 1000), "white")
    image.paste("black", (0, 0, 800, 500))
    file = io.BytesIO()
    image.save(file, "JPEG", exif=oriented(orientation))
    upload(admin_page, poster, file.getvalue())
    small = Image.open(io.BytesIO(client.get(f"{kept(poster)}.preview.webp").content)).convert("L")
    dark = {(x, y) for x in (0, 1) for y in (0, 1) if small.getpixel((20 + 500 * x, 20 + 500 * y)) < 128}
    assert dark == {corner}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_gets_a_small_one(mode, poster, admin_page, client):
    upload(admin_page, poster, drawn(mode=mode, size=(1500, 1000), colour=1))
    assert Image.open(io.BytesIO(client.get(f"{kept(poster)}.preview.webp").content)).size == (960, 640)


@pytest.mark.parametrize("options", [{}, {"transparency": 65_535}])
def test_sixteen_bits_of_grey_are_as_grey_in_the_small_one(options, poster, admin_page, client):
    upload(admin_page, poster, drawn(mode="I;16", colour=100 * 256, **options))
    small = Image.open(io.BytesIO(client.get(f"{kept(poster)}.preview.webp").content))
    assert (small.mode, [abs(value - 100) < 3 for value in small.getpixel((300, 300))]) == ("RGB", [True] * 3)


@pytest.mark.parametrize(("mode", "transparent"), [("L", 7), ("RGB", (0, 128, 128)), ("P", 0)])
def test_what_is_transparent_stays_so_in_the_small_one(mode, transparent, poster, admin_page, client):
    colour = 7 if mode == "L" else (0, 128, 128)
    upload(admin_page, poster, drawn(mode=mode, colour=colour, transparency=transparent))
    small = Image.open(io.BytesIO(client.get(f"{kept(poster)}.preview.webp").content))
    assert (small.mode, small.getpixel((300, 300))[3]) == ("RGBA", 0)


def photograph(kind, **options):
    """A picture whose camera tells where it was, how it was held and by whom."""
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = 6
    exif[ARTIST] = "Secret Artist"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    file = io.BytesIO()
    image = Image.linear_gradient("L").convert("RGB").resize((1600, 1000))
    image.save(file, kind, exif=exif, icc_profile=PROFILE, **options)
    return file.getvalue()


ARTIST, GPS = 0x013B, 0x8825
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta>Secret place</x:xmpmeta>"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"xmp": XMP, "comment": b"Secret comment"}),
        ("JPEG", {"xmp": XMP, "progressive": True}),
        ("PNG", {"pnginfo": True}),
        ("WEBP", {"xmp": XMP}),
        ("WEBP", {"xmp": XMP, "lossless": True}),
    ],
)
def test_nothing_is_published_beside_the_picture_and_no_pixel_is_touched(kind, options, poster, admin_page, client):
    if "pnginfo" in options:
        options = {"pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_text("Author", "Secret author")
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    sent = photograph(kind, **options)
    assert b"Secret" in sent
    upload(admin_page, poster, sent + b"Secret afterthought")
    content = client.get(kept(poster)).content
    assert b"Secret" not in content
    before, after = (Image.open(io.BytesIO(each)) for each in (sent, content))
    assert dict(after.getexif()) == {pictures.ORIENTATION: 6}
    assert after.info["icc_profile"] == PROFILE
    assert set(after.info) <= set(before.info)
    assert not {"xmp", "comment", "XML:com.adobe.xmp"} & set(after.info)
    assert after.tobytes() == before.tobytes()
    assert kept(poster).rpartition(".")[0].endswith("-1000x1600")


def test_a_picture_chosen_again_leaves_the_kept_file_to_its_readers(poster, admin_page, media_root):
    upload(admin_page, poster, drawn())
    files = {path: path.stat() for path in (media_root / "posters").iterdir()}
    assert len(files) == 2
    upload(admin_page, poster, drawn(), title="Another title")
    assert {path: path.stat() for path in (media_root / "posters").iterdir()} == files


def test_what_was_kept_in_part_is_put_right_without_touching_what_is_being_read(poster, admin_page, media_root):
    upload(admin_page, poster, drawn())
    path = media_root / kept(poster).removeprefix("/media/")
    path.write_bytes(b"a part")
    with path.open("rb") as reader:
        upload(admin_page, poster, drawn(), title="Another title")
        assert reader.read() == b"a part"
    assert path.read_bytes() == drawn()
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, f"{path.name}.preview.webp"]


# Who sees it


def test_a_draft_s_picture_is_shown_to_who_sees_the_draft_alone(poster, admin_page, account):  # noqa: F811
    upload(admin_page, poster, drawn())
    address = kept(poster)
    Poster.objects.filter(pk=poster.pk).update(status="draft")
    for each in (address, f"{address}.preview.webp"):
        assert Client().get(each).status_code == 404
        assert admin_page.get(each)["Cache-Control"] == "private, no-store"
    for role, status in {"Organiser": 200, "Editor": 200, "Session chair": 404, "Viewer": 404}.items():
        client = Client()
        client.force_login(account(role, name=role))
        assert client.get(address).status_code == status, role
    chairing = account("Session chair", name="its chair")
    poster.presentations.get().session.chairs.add(chairing)
    client = Client()
    client.force_login(chairing)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../uploads/secret.csv",
        "..%2Fsecret.png",
        "0" * 32 + "-1x1.png",
        ".preview.webp",
        "%00.png",
        "",
    ],
)
def test_only_what_a_poster_has_is_sent(name, poster, admin_page, media_root):
    upload(admin_page, poster, drawn())
    (media_root / "secret.png").write_bytes(drawn())
    assert admin_page.get(f"/media/posters/{name}").status_code == 404
    assert Client().get(f"/media/posters/{name}").status_code == 404


@pytest.mark.parametrize(
    "change", ["%00{}", "{}%00", "{}%00.png", "{}%0A", "posters%2F{}", "{}.preview.webp.preview.webp"]
)
def test_what_is_almost_a_picture_s_name_is_none(change, poster, admin_page):
    upload(admin_page, poster, drawn())
    name = kept(poster).removeprefix("/media/posters/")
    assert Client().get(f"/media/posters/{change.format(name)}").status_code == 404


@pytest.mark.parametrize("ending", ["", ".preview.webp"])
def test_who_has_a_picture_is_asked_to_show_it_again_while_a_poster_has_it(ending, poster, admin_page):
    upload(admin_page, poster, drawn())
    address = f"{kept(poster)}{ending}"
    tag = Client().get(address)["ETag"]
    again = Client().get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (tag, "public, max-age=300")
    assert Client().get(address, headers={"If-None-Match": '"another"'}).status_code == 200
    Poster.objects.filter(pk=poster.pk).update(image="")
    assert Client().get(address, headers={"If-None-Match": tag}).status_code == 404


def test_a_picture_taken_off_is_not_sent_any_more(poster, admin_page):
    upload(admin_page, poster, drawn())
    address = kept(poster)
    admin_page.post(change_address(poster), {**filled_in(admin_page.get(change_address(poster))), "image-clear": "on"})
    assert kept(poster) == ""
    assert Client().get(address).status_code == 404
    assert b"data-picture" not in Client().get(POSTER).content


def test_a_picture_costs_one_query_and_nothing_personal(poster, admin_page):
    upload(admin_page, poster, drawn())
    address = kept(poster)
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address).status_code == 200
    assert len(queries) == 1


# Who changes it


@pytest.mark.parametrize("role", ["Organiser", "Editor"])
def test_organisers_and_editors_choose_it(role, poster, signed_in):  # noqa: F811
    assert upload(signed_in(role), poster, drawn()).status_code == 302
    assert ADDRESS.fullmatch(kept(poster))


def test_a_chair_and_a_viewer_do_not(conference, poster, chair, account):  # noqa: F811
    own = Poster.objects.filter(presentations__session__slug="poster-session-1").first()
    page = chair.get(change_address(own))
    assert b'type="file"' not in page.content
    upload(chair, own, drawn())
    assert kept(own) == ""
    viewer = Client()
    viewer.force_login(account("Viewer", name="viewer"))
    assert viewer.post(change_address(poster), {"image": SimpleUploadedFile("a.png", drawn())}).status_code == 403
    assert kept(poster) == ""


def test_an_archived_edition_keeps_its_pictures(conference, poster, admin_page):
    upload(admin_page, poster, drawn())
    before = kept(poster)
    Conference.objects.update(is_archived=True)
    upload(admin_page, poster, drawn(colour="red"))
    assert kept(poster) == before


# What becomes of it


def happened(client, poster):
    """The log's last entry about the poster: what happened, before and after."""
    response = client.get(f"{reverse('admin:posters_change_changelist')}?about=poster-{poster.pk}")
    row = re.search(
        r'class="field-happened[^"]*">(.*?)<.*?field-old[^"]*">(.*?)<.*?field-new[^"]*">(.*?)<',
        response.content.decode(),
        re.DOTALL,
    )
    return row.groups()


def test_the_log_tells_and_brings_it_back(conference, poster, admin_page):
    revision = Conference.objects.get().revision
    upload(admin_page, poster, drawn())
    first = kept(poster)
    assert Conference.objects.get().revision == revision + 1
    assert happened(admin_page, poster) == ("picture added", "–", "1,200 × 1,600 pixels")
    upload(admin_page, poster, drawn(size=(1000, 1000)))
    assert happened(admin_page, poster) == ("picture changed", "1,200 × 1,600 pixels", "1,000 × 1,000 pixels")
    changed = Change.objects.latest("pk")
    admin_page.post(change_address(poster), {**filled_in(admin_page.get(change_address(poster))), "image-clear": "on"})
    assert happened(admin_page, poster) == ("picture removed", "1,000 × 1,000 pixels", "–")
    undo = reverse("admin:posters_revision_undo", args=[conference.slug, Conference.objects.get().revision])
    admin_page.post(undo, filled_in(admin_page.get(undo)))
    assert kept(poster).endswith("-1000x1000.png")
    admin_page.post(reverse("admin:posters_change_restore", args=[changed.pk]))
    assert kept(poster) == first
    assert Client().get(first).content == drawn()


def test_a_form_saved_without_a_file_keeps_the_picture(poster, admin_page):
    upload(admin_page, poster, drawn())
    before = kept(poster)
    form = filled_in(admin_page.get(change_address(poster)))
    admin_page.post(change_address(poster), {**form, "keywords": "walking"})
    poster.refresh_from_db()
    assert (poster.keywords, poster.image.url) == ("walking", before)


def test_exports_tell_where_it_is_and_imports_leave_it(conference, poster, admin_page, client, tmp_path):
    upload(admin_page, poster, drawn())
    address = f"http://127.0.0.1:8000{kept(poster)}"
    assert [each.get("image") for each in client.get("/example-2030/programme.json").json()["posters"]].count(
        address
    ) == 1
    file = tmp_path / "programme.json"
    call_command("export_programme", conference="example-2030", format="json", output=file)
    content = json.loads(file.read_text())
    (its,) = [each for each in content["posters"] if "image" in each]
    assert (its["number"], its["image"]) == (3, address)
    revision = Conference.objects.get().revision
    its["image"] = "https://elsewhere.example.org/another.png"
    file.write_text(json.dumps(content))
    call_command("import_programme", str(file), conference="example-2030", stdout=io.StringIO())
    assert (Conference.objects.get().revision, f"http://127.0.0.1:8000{kept(poster)}") == (revision, address)


def test_its_event_shows_it_with_a_higher_sequence(poster, admin_page, client):
    read = lambda: Calendar.from_ical(client.get(f"{POSTER[:-1]}.ics").content).events[0]  # noqa: E731
    before = read()
    assert "IMAGE" not in before
    upload(admin_page, poster, drawn("JPEG"))
    after = read()
    assert after["IMAGE"] == f"http://127.0.0.1:8000{kept(poster)}"
    assert dict(after["IMAGE"].params) == {"VALUE": "URI", "DISPLAY": "FULLSIZE", "FMTTYPE": "image/jpeg"}
    assert after["SEQUENCE"] > before["SEQUENCE"]


# The check


@pytest.mark.parametrize(
    ("size", "is_told"),
    [((599, 2000), True), ((600, 1000), False), ((1000, 600), False), ((900, 999), True), ((400, 300), True)],
)
def test_a_picture_too_small_to_read_is_found(size, is_told, poster, admin_page):
    upload(admin_page, poster, drawn(size=size))
    found = admin_page.get(f"{list_address(Poster)}?conference=example-2030&needs=image")
    assert [each.pk for each in found.context["cl"].result_list] == ([poster.pk] if is_told else [])
    home = admin_page.get("/admin/conference/example-2030/").content.decode()
    message = (
        f"Poster 3 “Is This a Question?” has a picture of {size[0]:,} × {size[1]:,} pixels:"
        " one cannot read it below 600 × 1,000."
    )
    assert (f'<a href="{change_address(poster)}">{message}</a>' in home) == is_told
