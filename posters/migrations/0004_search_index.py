"""The search index. An existing programme is indexed after the migration (`browse.search_index`)."""

import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import posters.models.search

TABLES = {
    # The tokenizer cuts at blanks: whatever is no ASCII it takes for a letter. The hash is for an import of thousands.
    "sqlite": """
        CREATE VIRTUAL TABLE posters_search USING fts5(
            title, authors, subjects, affiliations, identifiers, abstract, conference_key UNINDEXED, words UNINDEXED,
            tokenize = 'ascii', prefix = '2 3'
        );
        INSERT INTO posters_search (posters_search, rank) VALUES ('hashsize', 16777216)
    """,
    # Ranking reads the documents found: they stay in their row, uncompressed, where they fit into a page.
    "postgresql": """
        CREATE TABLE posters_search (
            rowid bigint PRIMARY KEY, conference_key bigint NOT NULL, words text NOT NULL, posters_search tsvector
        ) WITH (toast_tuple_target = 8160);
        CREATE INDEX posters_search_document ON posters_search USING gin (posters_search);
        CREATE INDEX posters_search_conference ON posters_search (conference_key)
    """,
}


def make_index(apps, schema_editor):
    for statement in TABLES[schema_editor.connection.vendor].split(";"):
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP TABLE posters_search")


class Migration(migrations.Migration):
    dependencies = [("posters", "0003_upload")]

    operations = [
        migrations.RunPython(make_index, drop_index),
        migrations.CreateModel(
            name="PosterText",
            fields=[
                (
                    "poster",
                    models.OneToOneField(
                        db_column="rowid",
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="text",
                        serialize=False,
                        to="posters.poster",
                    ),
                ),
                ("conference_key", models.BigIntegerField()),
                ("words", models.TextField()),
                (
                    "document",
                    posters.models.search.DocumentField(db_column="posters_search", null=True),
                ),
            ],
            options={"db_table": "posters_search", "managed": False},
            managers=[("dumped", django.db.models.manager.Manager())],
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=60)),
                ("poster_count", models.IntegerField()),
                (
                    "conference",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="search_words",
                        to="posters.conference",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("conference", "word"), name="search_word_once_per_conference")
                ]
            },
            managers=[("dumped", django.db.models.manager.Manager())],
        ),
    ]
