"""Going to a page, and waiting for all of it."""

from playwright.sync_api import Page, Request

FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def go_to(page: Page, path: str) -> None:
    """Open an address and wait until all that it asks for has come and is painted."""
    asked: set[Request] = set()

    def begin(request: Request) -> None:
        asked.add(request)

    def end(request: Request) -> None:
        asked.discard(request)

    handlers = (("request", begin), ("requestfinished", end), ("requestfailed", end))
    for event, handler in handlers:
        page.on(event, handler)
    page.goto(path)
    still = 0
    while still < 2:  # What has come may be what makes a script ask for more.
        page.evaluate(FRAMES)
        still = 0 if asked else still + 1
    for event, handler in handlers:
        page.remove_listener(event, handler)
