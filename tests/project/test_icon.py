"""Browsers that look for an icon at its oldest address find one."""

from django.contrib.staticfiles import finders


def test_the_icon_is_at_its_oldest_address_too(db, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/icons/icon-192.png")
    assert response["Cache-Control"] == "public, max-age=86400"
    assert finders.find("icons/icon-192.png")
