"""What a page shows, read from an AppTest."""

import pandas as pd
from streamlit.testing.v1 import AppTest


def texts(app: AppTest) -> str:
    """Everything that is said in words."""
    said = [*app.header, *app.markdown, *app.caption, *app.warning, *app.info, *app.error, *app.success, *app.code]
    return "\n".join(str(element.value) for element in said)


def table_with(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table with these columns: a test sees the key only of tables that can be selected from."""
    return next(table.value for table in app.dataframe if set(columns) <= set(table.value.columns))
