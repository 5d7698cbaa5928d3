"""What is computed from the posters' texts when the programme changes: which are alike, and where each is on the map.

Not announced as changes of the programme: they are made from it, inside its changes or right after them.
"""

from django.db import models

from posters.models.conference import Conference
from posters.models.poster import Poster


class TermWeights(models.Model):
    """What the terms of a conference's posters told when all of them were last compared."""

    conference = models.OneToOneField(Conference, models.CASCADE, primary_key=True, related_name="term_weights")
    levels = models.JSONField()
    """How much each term tells, by stem."""
    printed = models.JSONField()
    """Each stem as it is most often printed."""
    changed_count = models.PositiveIntegerField(default=0)
    """Posters whose text has changed since."""

    class Meta:
        verbose_name_plural = "term weights"

    def __str__(self) -> str:
        return f"Terms of {self.conference}"


class Likeness(models.Model):
    """What a poster is about, and the posters most like it."""

    poster = models.OneToOneField(Poster, models.CASCADE, primary_key=True, related_name="likeness")
    fingerprint = models.CharField(max_length=32)
    """Of the text that this was made from."""
    terms = models.TextField(blank=True)
    """Its key terms, stemmed, the most telling first, with commas between."""
    neighbours = models.JSONField(default=list)
    """[key, score, shared terms as printed] of each, the most alike first. Never a draft or a withdrawn poster."""

    class Meta:
        verbose_name_plural = "likenesses"

    def __str__(self) -> str:
        return f"Likeness of {self.poster}"


class MapRegion(models.Model):
    """A part of the map where posters are about the same things, named after these."""

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="map_regions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    x = models.IntegerField()
    y = models.IntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["conference", "number"], name="map_region_number_once")]

    def __str__(self) -> str:
        return self.name


class MapPlace(models.Model):
    """Where a poster is on its conference's map: a cell of a grid in which no two share one when it is drawn."""

    poster = models.OneToOneField(Poster, models.CASCADE, primary_key=True, related_name="map_place")
    region = models.ForeignKey(MapRegion, models.CASCADE, related_name="places")
    x = models.IntegerField()
    y = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.poster} at {self.x}, {self.y}"
