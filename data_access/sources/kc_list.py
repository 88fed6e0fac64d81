"""The agency's list of what KC serves (K1): handlers' initials and portfolios, several to a line."""

from dataclasses import dataclass
from pathlib import Path

from data_access.sources.files import FileRefusedError, Problem

DESK_ITSELF = "KC"


@dataclass(frozen=True)
class KcList:
    """Handlers and portfolios in order, once each; `entries` counts every entry of the file."""

    handlers: list[str]
    portfolios: list[str]
    entries: int
    left_out: int
    notices: list[Problem]


def entries_of_line(line: str) -> list[str]:
    """`BJR LLK JAH DBR biler` → BJR, LLK, JAH, DBR biler: a word in small letters belongs to the word before it."""
    entries: list[str] = []
    for word in line.split():
        if word.islower() and entries:
            entries[-1] += f" {word}"
        else:
            entries.append(word)
    return entries


def is_initials(entry: str) -> bool:
    """Two to four capital letters."""
    return entry.isalpha() and entry.isupper() and 2 <= len(entry) <= 4


def read_kc_list(file: Path) -> KcList:
    """Read the list. KC itself is ignored, an entry that stands twice counts once; both are said.

    Raises `FileRefusedError` where the file is missing, empty or no UTF-8 text.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileRefusedError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FileRefusedError(f"{file}: is not text in UTF-8") from error
    numbered = [(number, entry) for number, line in enumerate(text.splitlines(), 1) for entry in entries_of_line(line)]
    if not numbered:
        raise FileRefusedError(f"{file}: is empty")
    seen: dict[str, int] = {}
    notices = []
    for number, entry in numbered:
        if entry == DESK_ITSELF:
            notices.append(Problem(number, "entry", "KC is the desk itself and is ignored", loaded=True))
        elif entry in seen:
            reason = f"{entry} stands twice, first in row {seen[entry]}; it counts once"
            notices.append(Problem(number, "entry", reason, loaded=True))
        else:
            seen[entry] = number
    handlers = [entry for entry in seen if is_initials(entry)]
    portfolios = [entry for entry in seen if not is_initials(entry)]
    left_out = sum(entry == DESK_ITSELF for _, entry in numbered)
    return KcList(handlers, portfolios, len(numbered), left_out, notices)
