"""What the process does that an upload is given: read the files, then preview or import them.

The import and the word that it is done are one transaction. However the process ends, either both are there or
neither.
"""

import shutil
import signal
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from posters.models import Change, Upload, UploadOutcome
from posters.programme.readers import read_programme, reader_of
from posters.programme.records import ColumnRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.report import ImportReport, Outcome
from posters.programme.revision import EditionArchived, programme_change
from posters.programme.source import Source, open_named
from posters.programme.uploads import folder_of, options_of, running, tell_progress
from posters.programme.upsert import ImportOptions, ProgrammeMovedOn, upsert_programme

MEMORY_BYTES = 2 * 1024**3
"""What the process may take: 30,000 posters need a quarter of it."""
SECONDS = 15 * 60
"""Likewise."""
BATCH = 1_000


class Superseded(Exception):
    """Somebody has discarded the upload or started another attempt."""


def limit_process(*, seconds: int) -> None:
    """Let the system end this process when it takes more memory or time than any programme needs."""
    # Neither is there on Windows.
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        signal.alarm(seconds)


def work(*, key: UUID, attempt: int) -> None:
    """Do what the upload waits for, unless a later attempt does. What goes wrong is kept with it."""
    upload = Upload.objects.filter(pk=key, attempt=attempt).first()
    if upload is None or not upload.is_running:
        return
    with suppress(Superseded), running(upload):
        try:
            _work(upload)
        except UnreadableProgramme as error:
            if error.columns:
                _ask_for_columns(upload, error.columns, error=_printable(error))
            else:
                _write(upload, state=Upload.State.FAILED, error=_printable(error))
        except EditionArchived as error:
            _write(upload, state=Upload.State.FAILED, error=str(error))
        except MemoryError:
            sentence = f"Reading it takes more than {MEMORY_BYTES // 1024**3} GB of memory: no programme needs that."
            _write(upload, state=Upload.State.FAILED, error=sentence)
        except DatabaseError as error:
            _write(upload, state=Upload.State.FAILED, error=f"The database refused: {_printable(error)}.")
    if Upload.objects.filter(pk=upload.pk, state=Upload.State.IMPORTED).exists():
        shutil.rmtree(folder_of(upload), ignore_errors=True)


def _printable(error: Exception) -> str:
    """What went wrong, as every database can keep it: a sentence may quote the bytes of what is no text."""
    return "".join(letter if letter.isprintable() else " " for letter in str(error)).strip()


def _work(upload: Upload) -> None:
    options = options_of(upload)
    # Nothing holds the files while the programme is compared.
    record = read_programme(_open(upload), format_name=options.format_name)
    if record.columns and options.columns is None:
        _ask_for_columns(upload, record.columns)
        return
    if options.conference_name:
        record = replace(record, conference=replace(record.conference, name=options.conference_name))
    if upload.state == Upload.State.IMPORTING:
        try:
            _import(upload, record)
        except ProgrammeMovedOn:
            _write(upload, state=Upload.State.READING, has_moved_on=True)
        else:
            return
    _preview(upload, record)


def _open(upload: Upload) -> Source:
    folder = folder_of(upload)
    source = open_named((name, folder / str(number)) for number, name in enumerate(upload.files))
    return replace(source, columns=options_of(upload).columns or {})


def _ask_for_columns(upload: Upload, columns: tuple[ColumnRecord, ...], *, error: str = "") -> None:
    """What they are is the importing person's to say. A reader of tables has FIELDS: what a column can be."""
    reader = reader_of(_open(upload), format_name=options_of(upload).format_name)
    _write(
        upload,
        state=Upload.State.MAPPING,
        error=error,
        columns=[asdict(column) for column in columns],
        fields=[(field.name, field.header) for field in reader.FIELDS],
    )


def _preview(upload: Upload, record: ProgrammeRecord) -> None:
    """Takes no lock: the programme is edited meanwhile. The revision tells whether it was."""
    _keep(upload, _upsert(upload, record, is_dry_run=True), state=Upload.State.PREVIEWED)


def _import(upload: Upload, record: ProgrammeRecord) -> None:
    """Raises ProgrammeMovedOn, with nothing written, where the preview was of another revision."""
    with programme_change(source=Change.Source.IMPORT, actor=upload.actor):
        report = _upsert(upload, record, is_dry_run=False)
        _keep(upload, report, state=Upload.State.IMPORTED)


def _upsert(upload: Upload, record: ProgrammeRecord, *, is_dry_run: bool) -> ImportReport:
    options = options_of(upload)
    return upsert_programme(
        record=record,
        conference_slug=upload.conference,
        time_zone=options.time_zone,
        options=ImportOptions(
            withdraw_missing=options.withdraw_missing,
            releases=lambda edit: str(edit) in options.releases,
            session=options.session,
            expected_revision=None if is_dry_run else upload.revision,
        ),
        is_dry_run=is_dry_run,
        actor=upload.actor,
        progress=lambda done, total: tell_progress(upload, done, total),
    )


def _write(upload: Upload, **values: Any) -> None:
    """Change the upload's row, if this attempt is still the one that counts."""
    if values["state"] != Upload.State.READING:
        values["finished_at"] = timezone.now()
    running_states = (Upload.State.READING, Upload.State.IMPORTING)
    if not Upload.objects.filter(pk=upload.pk, attempt=upload.attempt, state__in=running_states).update(**values):
        raise Superseded


def _keep(upload: Upload, report: ImportReport, *, state: str) -> None:
    """The report, its outcomes as rows."""
    parts = {
        UploadOutcome.Part.POSTERS: report.outcomes,
        UploadOutcome.Part.FRAME: report.frame,
        UploadOutcome.Part.MISSING: report.missing,
    }
    with transaction.atomic():
        _write(
            upload,
            state=state,
            revision=report.revision,
            columns=[asdict(column) for column in report.columns],
            report={
                "totals": report.totals,
                "remarks": report.remarks,
                "namesakes": report.namesakes,
                "has_written": report.has_written,
            },
        )
        upload.outcomes.all().delete()
        for part, outcomes in parts.items():
            rows = (_row(upload, part, position, outcome) for position, outcome in enumerate(outcomes))
            UploadOutcome.objects.bulk_create(rows, batch_size=BATCH)


def _row(upload: Upload, part: str, position: int, outcome: Outcome) -> UploadOutcome:
    return UploadOutcome(
        upload=upload,
        part=part,
        position=position,
        result=outcome.result.value,
        place=outcome.place,
        name=outcome.name,
        reason=outcome.reason,
        changes=[asdict(change) for change in outcome.changes],
        has_kept=any(change.kept for change in outcome.changes),
    )
