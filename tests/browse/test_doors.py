"""The programme is changed by admin, command and shell, and the very next request shows it."""

from io import StringIO

import pytest
from django.core.management import call_command

from posters.models import Poster
from tests.organise.conftest import change_address, filled_in

pytestmark = pytest.mark.django_db

PAGE = "/example-2030/posters/2/"
LIST = "/example-2030/posters/"


@pytest.fixture
def shown(client, conference):
    """Sees that the old title is on both pages, and gives what a visitor sees next."""
    tags = {path: client.get(path)["ETag"] for path in (PAGE, LIST)}
    assert all("Walking Robots" in client.get(path).content.decode() for path in tags)

    def see() -> list[str]:
        answers = [client.get(path, headers={"if-none-match": tag}) for path, tag in tags.items()]
        assert [answer.status_code for answer in answers] == [200, 200]
        return [answer.content.decode() for answer in answers]

    return see


def test_by_admin(shown, admin_client):
    address = change_address(Poster.objects.get(number=2))
    fields = filled_in(admin_client.get(address))
    assert admin_client.post(address, fields | {"title": "Running Robots"}).status_code == 302
    assert all("Running Robots" in page for page in shown())


def test_by_command(shown, tmp_path):
    source = tmp_path / "programme.json"
    source.write_text(
        """{"format": "boardwalk-programme", "version": 1, "posters": [{"number": 2,
        "title": "Walking Robots Learn to Rest", "decision": "Top 5%",
        "authors": [{"name": "Ada Müller"}, {"name": "Zora New"}]}]}""",
        "utf-8",
    )
    call_command("import_programme", str(source), conference="example-2030", stdout=StringIO())
    assert all("Zora New" in page for page in shown())


def test_by_shell(shown):
    call_command(
        "shell",
        command="from posters.models import Poster; Poster.objects.filter(number=2).update(title='Resting Robots')",
    )
    assert all("Resting Robots" in page for page in shown())
