"""House rules of two strange agencies: `python make_rules.py SHIPPED_RULES.toml` writes tuesdays.toml and always.toml."""

import re
import sys
from pathlib import Path

shipped = Path(sys.argv[1]).read_text(encoding="utf-8")
clock = shipped.replace('value = "elapsed"', 'value = "working_days"')
assert clock != shipped
hours = re.compile(r"\[\[opening_hours\.agents\]\].*?(?=\n\n|\Z)", re.S)
tuesdays = '[[opening_hours.agents]]\nfrom = 2000-01-01\ntue = ["08:00-17:00"]'
always = "[[opening_hours.agents]]\nfrom = 2000-01-01\n" + "\n".join(
    f'{day} = ["00:00-24:00"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
)
Path("tuesdays.toml").write_text(hours.sub(tuesdays, clock), encoding="utf-8")
Path("always.toml").write_text(hours.sub(always, clock), encoding="utf-8")
