"""Write `.gitmodules`: an entry for each source that is described, none for what is no source."""

import configparser
import io
import re
from collections.abc import Collection, Sequence

from flows.config.source import Source

_OURS = re.compile(r'submodule "datasets/([^/"]+)"')


def gitmodules(before: str, sources: Sequence[Source], configured: Collection[str]) -> str:
    """Write entries of sources that have none, or another url there; remove those of no source.

    Args:
        before: The text of the file.
        sources: The sources that are described.
        configured: Names of all sources.
    """
    modules = _parsed(before)
    for section in modules.sections():
        found = _OURS.fullmatch(section)
        if found and found[1] not in configured:
            modules.remove_section(section)
    for source in sources:
        name = f'submodule "datasets/{source.name}"'
        if not modules.has_section(name):
            modules.add_section(name)
        modules[name]["path"] = f"datasets/{source.name}"
        modules[name]["url"] = source.url
    out = io.StringIO()
    for name in sorted(modules.sections()):
        out.write(f"[{name}]\n")
        out.writelines(f"\t{key} = {value}\n" for key, value in sorted(modules[name].items()))
    return out.getvalue()


def urls(text: str) -> dict[str, str]:
    """Return the url of each source that `.gitmodules` names."""
    modules = _parsed(text)
    found = ((_OURS.fullmatch(section), modules[section]) for section in modules.sections())
    return {name[1]: entry.get("url", "") for name, entry in found if name}


def _parsed(text: str) -> configparser.RawConfigParser:
    modules = configparser.RawConfigParser()
    modules.optionxform = str  # type: ignore[assignment,method-assign]
    modules.read_string("\n".join(line.strip() for line in text.splitlines()))
    return modules
