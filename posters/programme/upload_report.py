"""The whole report of an upload, as `import_programme --report` writes it; of 10,000 records, little by little."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Count

from posters.models import Upload, UploadOutcome
from posters.programme.report import OF_RECORDS, Result


def json_report(upload: Upload) -> Iterator[str]:
    """The JSON text of a preview or an import, in pieces."""
    of_records = UploadOutcome.objects.filter(upload=upload, part=UploadOutcome.Part.POSTERS)
    counts = dict(of_records.order_by().values_list("result").annotate(Count("pk")))
    whole = {
        "conference": upload.conference,
        "dry_run": upload.state != Upload.State.IMPORTED,
        "counts": {result.name.lower(): counts.get(result.value, 0) for result in OF_RECORDS},
        "columns": upload.columns,
        **{name: upload.report[name] for name in ("totals", "namesakes", "remarks")},
    }
    yield _printed(whole)[:-1]
    for part in UploadOutcome.Part.values:
        rows = UploadOutcome.objects.filter(upload=upload, part=part).order_by("position")
        yield f', "{part}": ['
        for row in rows.iterator():
            yield ("" if row.position == 0 else ", ") + _printed(_outcome(row))
        yield "]"
    yield "}\n"


def _outcome(row: UploadOutcome) -> dict[str, Any]:
    return {
        "place": row.place,
        "name": row.name,
        "result": Result(row.result).name.lower(),
        "reason": row.reason,
        "changes": row.changes,
    }


def _printed(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
