"""The import page's rules: files are received, previewed in a process of their own, confirmed or discarded.

Reading and writing happen in `upload_work`, in another process: a web worker keeps its memory, and a file that
breaks everything breaks nothing. What that process is doing shows in the upload's row and, while it holds a
transaction that nobody else can see into, in two small files beside the uploaded ones:

- `running-<attempt>`, locked as long as the process lives: the kernel frees it, however the process ends
- `progress`, how many of all records are done

The folder lies under MEDIA_ROOT, which several hosts of one site must share.
"""

import datetime as dt
import os
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files import locks
from django.core.files.uploadedfile import UploadedFile

from posters.models import Upload
from posters.programme.session_options import SessionOptions
from posters.programme.source import LARGEST_FILE, SUFFIXES

KEPT = dt.timedelta(days=7)
"""How long files wait for somebody to confirm them."""
STARTING = dt.timedelta(seconds=30)
"""How long a process may take until it is there."""
MOVED_ON = "This import has moved on meanwhile, here or in another window. This is where it stands now."


class UploadRefused(Exception):
    """What was asked for is not possible. `str()` is a sentence that says why."""


@dataclass(frozen=True)
class UploadOptions:
    """What the importing person says of the files, as plain values: they are kept with the upload."""

    conference_name: str = ""
    """Of a new conference, as its time zone."""
    time_zone: str = ""
    format_name: str = ""
    """Recognised where empty."""
    session_slug: str = ""
    session_starts: str = ""
    """ISO 8601, on the conference's clocks, as its end."""
    session_ends: str = ""
    withdraw_missing: bool = False
    columns: Mapping[str, str] | None = None
    """A table's headers with their fields; None until somebody has looked at them."""
    releases: Mapping[str, str] = field(default_factory=dict)
    """Edits made here that the source may overwrite, as hand_edits.Edit prints them, each with what it is."""

    @property
    def session(self) -> SessionOptions:
        """For the import."""
        starts_at, ends_at = (
            dt.datetime.fromisoformat(text) if text else None for text in (self.session_starts, self.session_ends)
        )
        return SessionOptions(self.session_slug, starts_at, ends_at)


@dataclass(frozen=True)
class Progress:
    """Records compared and written, of all."""

    done: int
    total: int

    def __str__(self) -> str:
        return f"{self.done:,} of {self.total:,}"


def options_of(upload: Upload) -> UploadOptions:
    """The options that an upload is kept with."""
    return UploadOptions(**upload.options)


def receive(
    *, conference: str, files: Sequence[UploadedFile], options: UploadOptions, actor: User, now: dt.datetime
) -> Upload:
    """Keep the files and start reading them. `conference` is a slug.

    Raises UploadRefused for files that nobody could read. What nobody has confirmed for a week is forgotten.
    """
    _check(files)
    forget(before=now - KEPT)
    upload = Upload.objects.create(
        conference=conference,
        files=[file.name for file in files],
        options=asdict(options),
        actor=actor,
        created_at=now,
        started_at=now,
    )
    try:
        _store(upload, files)
    except OSError as error:
        _remove(upload)
        raise UploadRefused(f"The server could not keep the files: {error.strerror}.") from error
    start_process(upload)
    return upload


def _check(files: Sequence[UploadedFile]) -> None:
    names = [file.name or "" for file in files]
    for file, name in zip(files, names, strict=True):
        if (file.size or 0) > LARGEST_FILE:
            raise UploadRefused(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB.")
        if not file.size:
            raise UploadRefused(f"{name} is empty.")
        if names.count(name) > 1:
            raise UploadRefused(f"{name} is there twice. Files that belong together have names of their own.")
        if len(files) > 1 and Path(name).suffix.lower() not in SUFFIXES:
            raise UploadRefused(
                f"{name} is no part of a programme: files that belong together end in {', '.join(sorted(SUFFIXES))}."
            )


def _store(upload: Upload, files: Sequence[UploadedFile]) -> None:
    """Under numbers: no name that somebody gave a file becomes a path."""
    folder = folder_of(upload)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    for number, file in enumerate(files):
        with (folder / str(number)).open("wb") as stored:
            for chunk in file.chunks():
                stored.write(chunk)


def preview(*, upload: Upload, options: UploadOptions, actor: User, now: dt.datetime) -> None:
    """Start reading again with these options; an earlier preview is void. Also the way out of a failure.

    Raises UploadRefused if it is running, imported, or not as it was when it was looked at.
    """
    if upload.state == Upload.State.IMPORTED or (upload.is_running and not is_interrupted(upload, now=now)):
        raise UploadRefused(MOVED_ON)
    _move_on(
        upload,
        options=asdict(options),
        state=Upload.State.READING,
        error="",
        has_moved_on=False,
        actor=actor,
        started_at=now,
        finished_at=None,
    )


def confirm(*, upload: Upload, attempt: int, actor: User, now: dt.datetime) -> None:
    """Start importing exactly what the preview of this attempt showed. Raises UploadRefused for any other."""
    if upload.state != Upload.State.PREVIEWED or upload.attempt != attempt:
        raise UploadRefused(MOVED_ON)
    _move_on(upload, state=Upload.State.IMPORTING, has_moved_on=False, actor=actor, started_at=now)


def discard(*, upload: Upload, now: dt.datetime) -> None:
    """Forget an upload that is not imported, files and all. Raises UploadRefused while it is being imported."""
    if upload.state == Upload.State.IMPORTED or (
        upload.state == Upload.State.IMPORTING and not is_interrupted(upload, now=now)
    ):
        raise UploadRefused(MOVED_ON)
    # A process that reads it still finds no row to write to.
    deleted, _ = Upload.objects.filter(pk=upload.pk, state=upload.state, attempt=upload.attempt).delete()
    if not deleted:
        raise UploadRefused(MOVED_ON)
    shutil.rmtree(folder_of(upload), ignore_errors=True)


def forget(*, before: dt.datetime) -> None:
    """Remove what nobody confirmed in time, and folders of what is imported or gone."""
    Upload.objects.filter(started_at__lt=before).exclude(state=Upload.State.IMPORTED).delete()
    waiting = {str(key) for key in Upload.objects.exclude(state=Upload.State.IMPORTED).values_list("pk", flat=True)}
    for folder in all_folders().glob("*"):
        if folder.name not in waiting:
            shutil.rmtree(folder, ignore_errors=True)


def _move_on(upload: Upload, **values: Any) -> None:
    """Start the next attempt, for whoever comes first: of two organisers at once, one is refused."""
    values["attempt"] = upload.attempt + 1
    standing = Upload.objects.filter(pk=upload.pk, state=upload.state, attempt=upload.attempt)
    if not standing.update(**values):
        raise UploadRefused(MOVED_ON)
    for name, value in values.items():
        setattr(upload, name, value)
    (folder_of(upload) / "progress").unlink(missing_ok=True)
    start_process(upload)


def _remove(upload: Upload) -> None:
    shutil.rmtree(folder_of(upload), ignore_errors=True)
    upload.delete()


def start_process(upload: Upload) -> None:
    """Have the upload's latest attempt worked on. It outlives this process, and writes errors to the same log."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_upload", str(upload.pk)]
    process = subprocess.Popen(  # noqa: S603 - our own command; of the upload it is told the key alone
        [*command, str(upload.attempt)],
        # `conference.wsgi` turns DEBUG off for a process that has not read it from the environment before.
        env={**os.environ, "DEBUG": str(int(settings.DEBUG))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to hear of its end, or it stays in the system's table as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()


def all_folders() -> Path:
    """Where uploads lie; nothing there is ever served."""
    return Path(settings.MEDIA_ROOT) / "uploads"


def folder_of(upload: Upload) -> Path:
    """The upload's own folder, named by a key that cannot be guessed."""
    return all_folders() / str(uuid.UUID(str(upload.pk)))


@contextmanager
def running(upload: Upload) -> Iterator[None]:
    """Show, as long as this process lives, that it works on this attempt."""
    folder = folder_of(upload)
    mark = folder / f"starting-{upload.attempt}"
    with mark.open("w") as file:
        locks.lock(file, locks.LOCK_EX)
        file.write(str(os.getpid()))
        file.flush()
        # Only now, so that nobody finds it unlocked.
        mark.rename(folder / f"running-{upload.attempt}")
        yield


def is_interrupted(upload: Upload, *, now: dt.datetime) -> bool:
    """Whether the process that worked on it has ended without having done so."""
    if not upload.is_running or _is_worked_on(upload, now=now):
        return False
    # It may have ended well since the row was read.
    return Upload.objects.filter(pk=upload.pk, state=upload.state, attempt=upload.attempt).exists()


def _is_worked_on(upload: Upload, *, now: dt.datetime) -> bool:
    try:
        with (folder_of(upload) / f"running-{upload.attempt}").open() as file:
            return not locks.lock(file, locks.LOCK_SH | locks.LOCK_NB)
    except FileNotFoundError:
        return now - upload.started_at < STARTING


def tell_progress(upload: Upload, done: int, total: int) -> None:
    """Leave word for the page: the import's own transaction is not seen from outside."""
    folder = folder_of(upload)
    (folder / "progress.new").write_text(f"{done} {total}")
    (folder / "progress.new").replace(folder / "progress")


def progress_of(upload: Upload) -> Progress | None:
    """How far it is; None until its first records are done."""
    try:
        done, total = (folder_of(upload) / "progress").read_text().split()
    except FileNotFoundError:
        return None
    return Progress(int(done), int(total))


def with_release(options: UploadOptions, *, shown: Mapping[str, str], chosen: set[str]) -> UploadOptions:
    """The options with those of the shown edits released that were chosen, and the others of them kept."""
    releases = {key: what for key, what in options.releases.items() if key not in shown}
    return replace(options, releases=releases | {key: what for key, what in shown.items() if key in chosen})
