"""Charts that pages share. Each takes a frame and finished words and gives back an Altair chart."""

import altair as alt
import pandas as pd

from pages.parts.colours import Palette


def stacked_days(parts: pd.DataFrame, order: list[str], colours: list[str], titles: dict[str, str]) -> alt.Chart:
    """Days as stacked bars. parts: day (date), part (text, in `order` from the bottom), count (int), label (text).

    titles: day, count, part.
    """
    position = {name: place for place, name in enumerate(order)}
    data = parts.assign(place=parts["part"].map(position), day=pd.to_datetime(parts["day"]))
    return (
        alt.Chart(data, height=260)
        .mark_bar(strokeWidth=0.5)
        .encode(
            alt.X("yearmonthdate(day):O", title=None, axis=alt.Axis(format="%d.%m", labelAngle=0, labelOverlap=True)),
            alt.Y("count:Q", title=titles["count"], axis=alt.Axis(tickMinStep=1, format="d")),
            alt.Color(
                "part:N",
                scale=alt.Scale(domain=order, range=colours),
                legend=alt.Legend(title=None, orient="bottom", columns=3),
            ),
            alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("day:T", title=titles["day"], format="%d.%m.%Y"),
                alt.Tooltip("part:N", title=titles["part"]),
                alt.Tooltip("label:N", title=titles["count"]),
            ],
        )
    )


# A square is never wider than its half hour, however narrow the screen.
LARGEST_SQUARE = alt.ExprRef("pow(min(22, 0.95 * width / max(1, length(domain('x')))), 2)")


def week_heat_map(cells: pd.DataFrame, weekdays: list[str], titles: dict[str, str], colours: Palette) -> alt.Chart:
    """Weekday × half hour: colour for the rate, size for the volume.

    cells: weekday (text), half_hour (clock time as text), rate (fraction, may be missing), count (int), label (text).
    titles: rate, count, half_hour, weekday.
    """
    return (
        alt.Chart(cells, height=alt.Step(30))
        .mark_square(opacity=1)
        .encode(
            alt.X("half_hour:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y("weekday:O", title=None, sort=weekdays, scale=alt.Scale(domain=weekdays)),
            alt.Size("count:Q", title=titles["count"], scale=alt.Scale(range=[4, LARGEST_SQUARE]), legend=None),
            alt.Color(
                "rate:Q",
                title=titles["rate"],
                scale=alt.Scale(
                    domain=[0.5, 0.8, 1],
                    range=[colours.late, colours.quieter, colours.in_time],
                    interpolate="rgb",
                    clamp=True,
                ),
                legend=alt.Legend(orient="bottom", format=".0%", gradientLength=200),
            ),
            tooltip=[
                alt.Tooltip("weekday:N", title=titles["weekday"]),
                alt.Tooltip("half_hour:N", title=titles["half_hour"]),
                alt.Tooltip("label:N", title=titles["rate"]),
                alt.Tooltip("count:Q", title=titles["count"]),
            ],
        )
    )


def loads_by_day(loads: pd.DataFrame, days: list[str], titles: dict[str, str], colours: Palette) -> alt.Chart:
    """Loads over days, one line a source. loads: day (one of `days`), source, state (text), rows, rejected (int)."""
    return (
        alt.Chart(loads, height=alt.Step(34))
        .mark_circle(opacity=1)
        .encode(
            alt.X("day:O", title=None, scale=alt.Scale(domain=days), axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y("source:N", title=None, axis=alt.Axis(labelLimit=240)),
            alt.Size("rows:Q", title=titles["rows"], scale=alt.Scale(range=[40, 400]), legend=None),
            alt.Color(
                "state:N",
                scale=alt.Scale(
                    domain=[titles["clean"], titles["with_rejects"]], range=[colours.in_time, colours.soon]
                ),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("day:N", title=titles["day"]),
                alt.Tooltip("source:N", title=titles["source"]),
                alt.Tooltip("rows:Q", title=titles["rows"]),
                alt.Tooltip("rejected:Q", title=titles["rejected"]),
            ],
        )
    )
