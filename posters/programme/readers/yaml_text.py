"""YAML as plain text: mappings, lists and strings, nothing else.

Numbers and times stay as they are written, so that a UID such as 0123 is not changed. Tags, merge keys and
deep nesting, by which a small file can make a parser run objects, memory or the stack over, are refused.
"""

from typing import Any

import yaml

from posters.programme.records import UnreadableProgramme
from posters.programme.source import SourceFile

LARGEST_FILE = 10_000_000
"""Bytes; a YAML tree takes some fifty times its text's memory."""
MOST_NODES = 500_000
DEEPEST = 50
NULL = "tag:yaml.org,2002:null"

_FastestSafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TextLoader(_FastestSafeLoader):
    """A safe loader that knows only text, nothing, lists and mappings, and no key twice."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag == NULL]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {
        tag: constructor
        for tag, constructor in yaml.SafeLoader.yaml_constructors.items()
        if tag in (None, NULL, *(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str")))
    }

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing: a chain of merges multiplies without bound."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return mapping


def load_yaml(file: SourceFile) -> Any:
    """The file's content. Raises UnreadableProgramme with the line at which it cannot be read."""
    text = file.text
    if len(text) > LARGEST_FILE:
        raise UnreadableProgramme(f"{file.name} is larger than {LARGEST_FILE // 1_000_000} MB, too much for YAML.")
    try:
        _refuse_bombs(file.name, text)
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a safe loader, and less
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        if "nesting depth" in str(error.problem):  # Since 6.0.4 PyYAML counts, too.
            raise UnreadableProgramme(f"{file.name}, line {line}: nested too deeply.") from error
        raise UnreadableProgramme(f"{file.name}, line {line}: broken YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise UnreadableProgramme(f"{file.name}: broken YAML: {str(error).splitlines()[0]}.") from error


def _refuse_bombs(name: str, text: str) -> None:
    """libyaml's composer recurses in C: a few thousand open brackets would end the process. Many values fill memory."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_TextLoader)):
        if count > MOST_NODES:
            raise UnreadableProgramme(f"{name}: more than {MOST_NODES:,} values, too much for YAML.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UnreadableProgramme(f"{name}, line {line}: nested too deeply.")
