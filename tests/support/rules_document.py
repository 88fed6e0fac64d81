"""docs/rules.md as metrics/rules.py declares it, in both languages; run as a program it writes the document."""

from support.places import ROOT

from metrics.rules import RULES, Rule
from pages.parts.menu import SECTIONS, address_of
from pages.parts.wording import _, written_in
from pages.views.rules import TOPICS_OF_RULES

DOCUMENT = ROOT / "docs" / "rules.md"
TITLES = {address_of(file): title for pages in SECTIONS.values() for file, (title, _icon) in pages.items()}
HEAD = """# The house rules

Every verdict on a page names one of these rules. They are declared in `metrics/rules.py`; a test holds this document
against the declarations, and the page Rules shows the same texts. What each setting is, and since when it holds, stands
in `metrics/house_rules.toml`: a file that `SVARTID_RULES` names says what is different at another agency.
"""


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def section_of(rule: Rule) -> str:
    with written_in("da"):
        danish = f"{capitalised(_(rule.name))}. {_(rule.text)}"
    lines = [f"### {rule.id} {capitalised(rule.name)}", "", rule.text, "", f"*{danish}*", ""]
    decided = ", ".join(f"`{path}`" for path in rule.decided_by) or "people; nothing is counted"
    lines.append(f"- Decided by: {decided}")
    if rule.settings:
        lines.append(f"- Settings: {', '.join(f'`{name}`' for name in rule.settings)}")
    lines.append(f"- Shown on: {', '.join(TITLES[address] for address in rule.shown_on)}")
    return "\n".join(lines) + "\n"


def as_document() -> str:
    parts = [HEAD]
    for letter, title in TOPICS_OF_RULES.items():
        parts.append(f"## {title}\n")
        parts += [section_of(rule) for rule in RULES.values() if rule.id.startswith(letter)]
    return "\n".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(as_document())
