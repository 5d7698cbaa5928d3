"""The posters' places on the map: drawn as a whole after a change of many, found for a single new one at once.

Drawing takes seconds with 10,000 posters, so it follows the change that makes it necessary instead of holding it up.
Places stay when a text is edited: a map that moves with every typo is no map. `place_posters` draws it anew.
"""

from collections import Counter
from collections.abc import Collection
from functools import partial
from sys import intern

from django.db import transaction
from django.db.models import Max

from posters.browse.layout import CELL, Layout, lay_out
from posters.browse.terms import Vocabulary
from posters.models import Change, Conference, Likeness, MapPlace, MapRegion, Poster, TermWeights
from posters.models.rows import insert_rows
from posters.programme.revision import programme_change

FEW = 10
"""One of so many posters may be changed or without a place before the map is drawn anew."""
SEARCHED_CELLS = 30
"""How far from its neighbours a new poster may be put where they leave no room."""
ELSEWHERE = "Other posters"
"""The region of a new poster that is like no other."""


def keep_places(*, conference: int, changed: Collection[int], layout: Layout | None = None) -> None:
    """Bring the map up to a change of these posters' texts: a few new ones find a place, many have it drawn anew.

    `layout` is the map of the posters as they are now, if it has been drawn already.
    """
    compared = Likeness.objects.filter(poster__conference=conference)
    missing = list(compared.filter(poster__map_place=None).order_by("poster__number").values_list("poster", flat=True))
    if max(len(missing), len(changed)) * FEW > compared.count():
        transaction.on_commit(partial(place_posters, conference=conference, layout=layout), robust=True)
        return
    for key in missing:
        _settle(key, conference)


def place_posters(*, conference: int, layout: Layout | None = None) -> int:
    """Draw a conference's map anew, and show it at the next request. Returns how many posters are on it."""
    layout = layout or _drawn(conference)
    if layout is None:
        return 0
    with programme_change(source=Change.Source.COMMAND) as change:
        if not Conference.objects.select_for_update().filter(pk=conference).exists():
            return 0
        # Drawn from what was there a moment ago: who is gone meanwhile is left out, who is new comes next time.
        standing = set(Poster.objects.filter(conference=conference).values_list("pk", flat=True))
        MapRegion.objects.filter(conference=conference).delete()
        regions = MapRegion.objects.bulk_create(
            MapRegion(conference_id=conference, number=number, name=region.name[:200], x=region.x, y=region.y)
            for number, region in enumerate(layout.regions, start=1)
        )
        places = (
            (key, regions[place.region].pk, place.x, place.y) for key, place in layout.places.items() if key in standing
        )
        insert_rows(MapPlace._meta.db_table, ["poster_id", "region_id", "x", "y"], places)
        change.conferences.add(conference)
    return len(layout.places)


def _drawn(conference: int) -> Layout | None:
    """The map of the posters as they are."""
    weights = TermWeights.objects.filter(pk=conference).first()
    rows = Likeness.objects.filter(poster__conference=conference).order_by("poster__number")
    terms: dict[int, tuple[str, ...]] = {}
    neighbours: dict[int, tuple[int, ...]] = {}
    for key, joined, listed in rows.values_list("poster", "terms", "neighbours").iterator():
        terms[key] = tuple(map(intern, filter(None, joined.split(","))))
        neighbours[key] = tuple(neighbour[0] for neighbour in listed)
    if weights is None or not terms:
        return None
    return lay_out(terms=terms, neighbours=neighbours, vocabulary=Vocabulary(weights.levels, weights.printed))


def _settle(key: int, conference: int) -> None:
    """Put a new poster in the middle of its neighbours, or beside the others where it has none."""
    neighbours = [neighbour[0] for neighbour in Likeness.objects.get(poster=key).neighbours]
    near = list(MapPlace.objects.filter(poster__in=neighbours))
    if near:
        x, y = (sum(place.x for place in near) // len(near), sum(place.y for place in near) // len(near))
        region_key = Counter(place.region_id for place in near).most_common(1)[0][0]
    else:
        region = _elsewhere(conference)
        x, y, region_key = region.x, region.y, region.pk
    reach = SEARCHED_CELLS * CELL
    around = MapPlace.objects.filter(
        region__conference=conference, x__range=(x - reach, x + reach), y__range=(y - reach, y + reach)
    )
    taken = {(round(its / CELL), round(their / CELL)) for its, their in around.values_list("x", "y")}
    steps = range(-SEARCHED_CELLS, SEARCHED_CELLS + 1)
    cells = ((x // CELL + right, y // CELL + down) for right in steps for down in steps)
    column, row = min(
        (cell for cell in cells if cell not in taken),
        key=lambda cell: ((cell[0] * CELL - x) ** 2 + (cell[1] * CELL - y) ** 2, cell),
        default=(x // CELL, y // CELL),
    )
    MapPlace.objects.create(poster_id=key, region_id=region_key, x=column * CELL, y=row * CELL)


def _elsewhere(conference: int) -> MapRegion:
    """The region of what is like no other, below all the rest."""
    regions = MapRegion.objects.filter(conference=conference)
    region = regions.filter(name=ELSEWHERE).first()
    if region is None:
        number = (regions.aggregate(last=Max("number"))["last"] or 0) + 1
        lowest = MapPlace.objects.filter(region__conference=conference).aggregate(y=Max("y"))["y"] or 0
        region = MapRegion.objects.create(
            conference_id=conference, number=number, name=ELSEWHERE, x=2 * CELL, y=lowest + 3 * CELL
        )
    return region
