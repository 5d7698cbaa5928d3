"""PostgreSQL's search answers from its index alone. The documents are made anew after the migration."""

from django.db import migrations

# Documents lie beside the rows: most searches want keys, and these are now on a hundred pages instead of ten thousand.
# The planner does not count what fetching the documents costs and would rather read them all: the function tells it.
STATEMENTS = """
    TRUNCATE posters_search;
    ALTER TABLE posters_search SET (toast_tuple_target = 128);
    ALTER TABLE posters_search
        ALTER COLUMN words SET STORAGE EXTERNAL, ALTER COLUMN posters_search SET STORAGE EXTERNAL;
    CREATE FUNCTION posters_search_having(wanted tsquery) RETURNS text LANGUAGE sql STABLE SET enable_seqscan = off
        RETURN (SELECT string_agg(rowid::text, ',') FROM posters_search WHERE posters_search @@ wanted)
"""


def apart(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS.split(";"):
            schema_editor.execute(statement, params=None)


def together(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION posters_search_having(tsquery)")
        schema_editor.execute("TRUNCATE posters_search")
        schema_editor.execute("ALTER TABLE posters_search SET (toast_tuple_target = 8160)")


class Migration(migrations.Migration):
    dependencies = [("posters", "0006_planning")]

    operations = [migrations.RunPython(apart, together)]
