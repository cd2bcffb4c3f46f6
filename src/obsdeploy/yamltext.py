"""YAML read and written fast: by libyaml where PyYAML has it."""

from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parse(text: str) -> Any:
    """Return the document's data. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=Loader)  # noqa: S506  the loader is the safe one


def parse_all(text: str) -> list[Any]:
    """Return the data of every document that is not empty. Raises yaml.YAMLError."""
    return [document for document in yaml.load_all(text, Loader=Loader) if document is not None]


def dump(data: Any) -> str:
    """Write data as a person would: keys in their order, nested blocks, long lines left whole."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return text
