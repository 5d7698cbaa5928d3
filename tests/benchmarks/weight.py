"""What a browser loads for a page: the document, its styles and scripts, what these name, the overlay."""

import gzip
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.benchmarks.load import Connection, get

STATIC_IMPORT = re.compile(r"""(?:\bfrom|^\s*import)\s*["']([^"']+)["']""", re.MULTILINE)
CSS_ADDRESS = re.compile(r"""url\(\s*["']?([^"')]+)""")
LOADED_LINKS = {"stylesheet", "icon", "manifest", "modulepreload", "preload"}


class Loaded(HTMLParser):
    """The addresses that a document makes a browser load, and its overlay's."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "link" and LOADED_LINKS & set(values.get("rel", "").split()):
            self.addresses.append(values["href"])
        elif tag in {"script", "img", "iframe", "source"} and values.get("src"):
            self.addresses.append(values["src"])
        elif tag == "use" and values.get("href"):
            self.addresses.append(values["href"].partition("#")[0])
        elif tag == "body" and values.get("data-overlay"):
            self.addresses.append(values["data-overlay"])


def first_visit(port: int, path: str) -> dict[str, int]:
    """Bytes of each body as sent, by address. Maths is left out: it is loaded only where there is some."""
    loaded: dict[str, int] = {}
    waiting = [path]
    with Connection(port) as connection:
        while waiting:
            address = waiting.pop(0)
            if address in loaded or address.startswith("data:"):
                continue
            answer = connection.send(get(address))
            if answer.status != 200:
                raise RuntimeError(f"{address}, loaded by {path}, answers {answer.status}.")
            loaded[address] = len(answer.body)
            body = gzip.decompress(answer.body) if answer.body[:2] == b"\x1f\x8b" else answer.body
            named = _named(body, answer.headers.get("content-type", ""))
            waiting += [urljoin(address, name) for name in named]
    return loaded


def _named(body: bytes, content_type: str) -> list[str]:
    """What a body of this type makes a browser load besides."""
    if content_type.startswith("text/html"):
        document = Loaded()
        document.feed(body.decode())
        return document.addresses
    if content_type.startswith("text/css"):
        return CSS_ADDRESS.findall(body.decode())
    if "javascript" in content_type:
        return STATIC_IMPORT.findall(body.decode())
    return []
