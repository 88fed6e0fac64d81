"""Charts that pages share. Each takes frames and finished words and gives back a Vega-Lite spec, ready to show."""

from collections.abc import Callable
from functools import wraps
from math import floor
from threading import Lock
from typing import Any, ParamSpec

import altair as alt
import pandas as pd
import streamlit as st

from pages.parts.colours import Palette

P = ParamSpec("P")
Spec = dict[str, Any]
SMALL = 110
"""So high, in pixels, is a chart of which several stand beside and under each other."""
ALTAIR = Lock()
"""What Altair does with frames is set for the whole process while it writes a spec."""


def by_name(data: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Frames stay beside the spec, each once, so that Streamlit sends them as Arrow."""
    known = next((name for name, frame in frames.items() if frame is data), f"frame_{len(frames)}")
    frames[known] = data
    return {"name": known}


alt.data_transformers.register("by_name", by_name)


def drawn_once(draw: Callable[P, alt.Chart | alt.LayerChart]) -> Callable[P, Spec]:
    """The chart's spec, written once for the same data, words and colours.

    Altair's check against the schema takes nine tenths of its time, so a test makes it and no look does.
    """

    @st.cache_data(ttl=3600, max_entries=500, show_spinner=False)
    @wraps(draw)
    def spec_of(*arguments: P.args, **named: P.kwargs) -> Spec:
        frames: dict[str, pd.DataFrame] = {}
        with ALTAIR, alt.theme.enable("none"), alt.data_transformers.enable("by_name", frames=frames):
            spec: Spec = draw(*arguments, **named).to_dict(validate=False)
        return spec | {"datasets": frames}

    return spec_of


@drawn_once
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


@drawn_once
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


@drawn_once
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


@drawn_once
def stacked_bars(
    counts: pd.DataFrame, ages: list[str], states: list[str], colours: list[str], titles: dict[str, str]
) -> alt.Chart:
    """Counts by age, stacked by state. counts: age (one of `ages`), state (one of `states`), count (int)."""
    position = {name: place for place, name in enumerate(states)}
    return (
        alt.Chart(counts.assign(place=counts["state"].map(position)), height=alt.Step(34))
        .mark_bar()
        .encode(
            alt.Y("age:O", title=None, scale=alt.Scale(domain=ages), axis=alt.Axis(labelLimit=200)),
            alt.X("count:Q", title=titles["count"], axis=alt.Axis(tickMinStep=1, format="d")),
            alt.Color(
                "state:N", scale=alt.Scale(domain=states, range=colours), legend=alt.Legend(title=None, orient="bottom")
            ),
            alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("age:N", title=titles["age"]),
                alt.Tooltip("state:N", title=titles["state"]),
                alt.Tooltip("count:Q", title=titles["count"]),
            ],
        )
    )


@drawn_once
def shares_by_week(
    shares: pd.DataFrame, order: list[str], colours: list[str], titles: dict[str, str]
) -> alt.LayerChart:
    """Lines over weeks from 0 to 100 %. shares: week (date), part (one of `order`), share, label (text)."""
    base = alt.Chart(shares.assign(week=pd.to_datetime(shares["week"])), height=240).encode(
        alt.X("yearmonthdate(week):O", title=None, axis=alt.Axis(format="%d.%m", labelAngle=0, labelOverlap=True)),
        alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%")),
        alt.Color(
            "part:N", scale=alt.Scale(domain=order, range=colours), legend=alt.Legend(title=None, orient="bottom")
        ),
        alt.Shape("part:N", scale=alt.Scale(domain=order), legend=None),
        tooltip=[
            alt.Tooltip("week:T", title=titles["week"], format="%d.%m.%Y"),
            alt.Tooltip("part:N", title=titles["part"]),
            alt.Tooltip("label:N", title=titles["share"]),
        ],
    )
    return base.mark_line() + base.mark_point(filled=True, size=70)


@drawn_once
def rates_with_intervals(rates: pd.DataFrame, titles: dict[str, str], colours: Palette) -> alt.LayerChart:
    """A rate with its interval for each agent, by name. rates: agent, rate (may be missing), low, high (fractions),
    label, interval (texts). titles: agent, rate, interval."""
    base = alt.Chart(rates, height=alt.Step(18)).encode(
        alt.Y("agent:N", title=None, sort=rates["agent"].tolist(), axis=alt.Axis(labelOverlap=False)),
        tooltip=[
            alt.Tooltip("agent:N", title=titles["agent"]),
            alt.Tooltip("label:N", title=titles["rate"]),
            alt.Tooltip("interval:N", title=titles["interval"]),
        ],
    )
    least = floor(rates["low"].min() * 10) / 10
    spans = base.mark_rule(strokeWidth=5, opacity=0.45, color=colours.in_time).encode(
        alt.X("low:Q", title=titles["rate"], scale=alt.Scale(domain=[least, 1]), axis=alt.Axis(format=".0%")),
        alt.X2("high:Q"),
    )
    return spans + base.mark_tick(thickness=3, size=12, color=colours.ink).encode(alt.X("rate:Q", title=titles["rate"]))


@drawn_once
def day_of_coverage(rows: pd.DataFrame, order: list[str], colours: list[str], titles: dict[str, str]) -> alt.Chart:
    """Half hours of a day as steps, a line for each part. rows: at (local, no zone), part (one of `order`), count."""
    return (
        alt.Chart(rows, height=240)
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            alt.X("at:T", title=None, axis=alt.Axis(format="%H:%M", labelOverlap=True)),
            alt.Y("count:Q", title=titles["count"], axis=alt.Axis(tickMinStep=1, format="d")),
            alt.Color(
                "part:N", scale=alt.Scale(domain=order, range=colours), legend=alt.Legend(title=None, orient="bottom")
            ),
            alt.StrokeDash("part:N", scale=alt.Scale(domain=order, range=[[6, 3], [1, 0], [2, 2]]), legend=None),
            tooltip=[
                alt.Tooltip("at:T", title=titles["at"], format="%H:%M"),
                alt.Tooltip("part:N", title=titles["part"]),
                alt.Tooltip("count:Q", title=titles["count"]),
            ],
        )
    )


@drawn_once
def spans_by_pair(
    spans: pd.DataFrame, states: tuple[str, str], colours: list[str], titles: dict[str, str]
) -> alt.Chart:
    """Absences over time, a line an agent, buddies beside each other. spans: pair, agent, starts_at, ends_at (local, no
    zone), state."""
    order = spans.sort_values(["pair", "agent"])["agent"].unique().tolist()
    return (
        alt.Chart(spans, height=alt.Step(16))
        .mark_bar(height=9)
        .encode(
            alt.Y("agent:N", title=None, sort=order, axis=alt.Axis(labelOverlap=False)),
            alt.X("starts_at:T", title=None, axis=alt.Axis(format="%d.%m.", labelOverlap=True)),
            alt.X2("ends_at:T"),
            alt.Color(
                "state:N",
                scale=alt.Scale(domain=list(states), range=colours),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("pair:N", title=titles["agent"]),
                alt.Tooltip("starts_at:T", title=titles["starts_at"], format="%d.%m.%Y %H:%M"),
                alt.Tooltip("ends_at:T", title=titles["ends_at"], format="%d.%m.%Y %H:%M"),
                alt.Tooltip("state:N", title=titles["state"]),
            ],
        )
    )


@drawn_once
def funnel_plot(
    points: pd.DataFrame, limits: pd.DataFrame, centre: float, titles: dict[str, str], colours: Palette
) -> alt.LayerChart:
    """Colleagues against what chance allows, named only where there is a signal.

    points: cases (int), rate (fraction, as if all had the same kind of work), name (text, empty without a signal),
    label (text), is_above (bool: where its name stands). limits: cases, low_95, high_95, low_998, high_998. titles:
    cases, rate, agent.
    """
    least = floor(min(points["rate"].min(), limits["low_95"].min()) * 10) / 10
    most = min(1.0, max(points["rate"].max(), limits["high_95"].max()) + 0.05)
    y = alt.Y(
        "rate:Q",
        title=None,
        scale=alt.Scale(domain=[least, most], nice=False),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    x = alt.X("cases:Q", title=titles["cases"], axis=alt.Axis(format="d", tickCount=5))
    dots = alt.Chart(points, height=220).encode(
        x,
        y,
        tooltip=[
            alt.Tooltip("name:N", title=titles["agent"]),
            alt.Tooltip("label:N", title=titles["rate"]),
            alt.Tooltip("cases:Q", title=titles["cases"]),
        ],
    )
    lines = [
        alt.Chart(limits)
        .mark_line(strokeWidth=1.2, strokeDash=dash, color=colours.quiet, clip=True)
        .encode(x, alt.Y(f"{side}_{name}:Q"))
        for name, dash in (("95", [2, 3]), ("998", [1, 0]))
        for side in ("low", "high")
    ]
    middle = alt.Chart(pd.DataFrame({"rate": [centre]})).mark_rule(color=colours.quiet, strokeWidth=1.5).encode(y)
    plain = dots.transform_filter("datum.name == ''").mark_point(filled=True, size=45, color=colours.quiet, opacity=0.8)
    named = dots.transform_filter("datum.name != ''")
    return alt.LayerChart(
        layer=[
            *lines,
            middle,
            plain,
            named.mark_point(filled=True, size=90, color=colours.soon, opacity=1),
            *(
                named.transform_filter(f"datum.is_above == {wanted}")
                .mark_text(align="left", dx=7, dy=dy, fontWeight="bold", color=colours.ink)
                .encode(alt.Text("name:N"))
                for wanted, dy in (("true", -8), ("false", 8))
            ),
        ]
    )


@drawn_once
def control_chart(
    points: pd.DataFrame, sessions: pd.DataFrame, titles: dict[str, str], colours: Palette, height: int
) -> alt.LayerChart:
    """One colleague over time, so many pixels high. points: week (date), share, centre, lower, upper, expected
    (fractions), signal (bool), label (text). sessions: day (date), what (text): coaching sessions as upright lines."""
    data = points.assign(week=pd.to_datetime(points["week"]))
    least = floor(min(data["share"].min(), data["lower"].min(), data["expected"].min()) * 10) / 10
    ticks = 5 if height > SMALL else 3
    x = alt.X("week:T", title=None, axis=alt.Axis(format="%d.%m.%y", labelOverlap=True, tickCount=ticks))
    scale = alt.Scale(domain=[least, 1], nice=False)

    def line(column: str, **style: Any) -> alt.Chart:
        return alt.Chart(data).mark_line(**style).encode(x, alt.Y(f"{column}:Q", scale=scale))

    base = alt.Chart(data, height=height).encode(
        x,
        alt.Y("share:Q", title=None, scale=scale, axis=alt.Axis(format=".0%", tickCount=ticks)),
        tooltip=[
            alt.Tooltip("week:T", title=titles["week"], format="%d.%m.%Y"),
            alt.Tooltip("label:N", title=titles["share"]),
            alt.Tooltip("expected:Q", title=titles["expected"], format=".0%"),
        ],
    )
    layers = [
        line("centre", color=colours.quiet, strokeWidth=1.5),
        line("lower", color=colours.quiet, strokeWidth=1, strokeDash=[4, 3]),
        line("upper", color=colours.quiet, strokeWidth=1, strokeDash=[4, 3]),
        line("expected", color=colours.quieter, strokeWidth=2.5, strokeDash=[1, 3]),
        base.mark_line(color=colours.in_time, strokeWidth=1.5),
        base.transform_filter("!datum.signal").mark_point(filled=True, size=35, color=colours.in_time, opacity=1),
    ]
    # A layer without a mark is an image without a name for those who hear the page.
    if points["signal"].any():
        layers.append(
            base.transform_filter("datum.signal").mark_point(
                filled=True, size=95, color=colours.soon, opacity=1, shape="diamond"
            )
        )
    if not sessions.empty:
        marks = alt.Chart(sessions.assign(week=pd.to_datetime(sessions["day"]))).encode(
            x, tooltip=[alt.Tooltip("what:N", title=titles["session"])]
        )
        layers.append(marks.mark_rule(color=colours.ink, strokeWidth=2))
    return alt.LayerChart(layer=layers)


@drawn_once
def quarters_against_goal(quarters: pd.DataFrame, titles: dict[str, str], colours: Palette) -> alt.LayerChart:
    """Satisfied customers by quarter, with interval, and the goal as a line. quarters: quarter (text, in order), rate
    (may be missing), low, high, goal (fractions), label (text)."""
    order = quarters["quarter"].tolist()
    least = floor(min(quarters["low"].min(), quarters["goal"].min()) * 10) / 10
    x = alt.X("quarter:O", title=None, sort=order, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    scale = alt.Scale(domain=[least, 1])
    base = alt.Chart(quarters, height=240).encode(
        x,
        tooltip=[alt.Tooltip("quarter:N", title=titles["quarter"]), alt.Tooltip("label:N", title=titles["rate"])],
    )
    axis = alt.Axis(format=".0%")
    return alt.LayerChart(
        layer=[
            base.mark_line(color=colours.soon, strokeDash=[5, 3], strokeWidth=2).encode(alt.Y("goal:Q", scale=scale)),
            base.mark_rule(strokeWidth=6, opacity=0.45, color=colours.in_time).encode(
                alt.Y("low:Q", title=titles["rate"], scale=scale, axis=axis), alt.Y2("high:Q")
            ),
            base.mark_tick(thickness=3, size=20, color=colours.ink).encode(alt.Y("rate:Q", scale=scale)),
        ]
    )
