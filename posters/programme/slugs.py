"""Slugs that nobody has yet."""

from collections.abc import Container


def free_slug(base: str, taken: Container[str]) -> str:
    """The base, or else the base with a number from 2 on: “posters-3”.

    The number is found by doubling and halving: of 30,000 authors whose names have no Latin letter, each would
    otherwise ask for all those before.
    """
    if base not in taken:
        return base
    last_taken, free = 1, 2
    while f"{base}-{free}" in taken:
        last_taken, free = free, 2 * free
    while free - last_taken > 1:
        middle = (last_taken + free) // 2
        if f"{base}-{middle}" in taken:
            last_taken = middle
        else:
            free = middle
    return f"{base}-{free}"
