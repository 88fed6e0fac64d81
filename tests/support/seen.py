"""What a page shows, read from an AppTest."""

import json
import re

import pandas as pd
from streamlit.testing.v1 import AppTest


def texts(app: AppTest) -> str:
    """Everything that is said in words."""
    said = [*app.header, *app.markdown, *app.caption, *app.warning, *app.info, *app.error, *app.success, *app.code]
    return "\n".join(str(element.value) for element in said)


def table_with(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table with these columns: a test sees the key only of tables that can be selected from."""
    return next(table.value for table in app.dataframe if set(columns) <= set(table.value.columns))


FRAME = re.compile(r"^(?P<name>.+?) \*\*(?P<value>.*?)\*\*(?: :small\[(?P<change>.*)\])?$")


def figures(app: AppTest) -> dict[str, str]:
    """The figures in their frames: name → value, and behind it the change since the period before, if one is said."""
    labels = [link.proto.label for link in app.get("page_link")]
    frames = [shown for label in labels if (shown := FRAME.match(label))]
    return {shown["name"]: " ".join(filter(None, (shown["value"], shown["change"]))) for shown in frames}


def worklist(app: AppTest, key: str) -> list[tuple[str, list[str]]]:
    """The lines of a worklist, each with its group's title and what it says, column by column."""
    (element,) = (element for element in app.get("bidi_component") if element.proto.id.endswith(f"-{key}"))
    data = json.loads(element.proto.json)
    names = [column["name"] for column in data["columns"]]
    return [
        (group["title"], [line["cells"][name] for name in names]) for group in data["groups"] for line in group["lines"]
    ]


def unfolded(app: AppTest, *keys: str) -> AppTest:
    """With parts open that are worked out only once somebody opens them."""
    for key in keys:
        app.session_state[key] = True
    return app.run()
