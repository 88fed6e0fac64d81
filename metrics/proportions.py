"""A share of few cases is shown as what it is: uncertain."""

import numpy as np
import pandas as pd

FEWEST_FOR_INTERVAL = 5
FEWEST_FOR_RATE = 20
Z_95 = 1.959963984540054


def wilson_interval(successes: pd.Series, cases: pd.Series) -> pd.DataFrame:
    """Wilson's 95 % interval of a proportion (Wilson 1927), as fractions: columns low and high.

    Missing where there are no cases.
    """
    n = cases.where(cases > 0).astype("float64")
    p = successes / n
    centre = p + Z_95**2 / (2 * n)
    spread = Z_95 * np.sqrt(p * (1 - p) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    return pd.DataFrame({"low": (centre - spread) / scale, "high": (centre + spread) / scale}).clip(0, 1)


def honest_rate(successes: pd.Series, cases: pd.Series) -> pd.DataFrame:
    """A rate with its interval, shown only as far as the cases carry it: columns rate, low, high (fractions).

    Fewer than 5 cases: nothing. 5 to 19: the interval alone. From 20: the rate as well.
    """
    interval = wilson_interval(successes, cases).where(cases >= FEWEST_FOR_INTERVAL)
    rate = (successes / cases.where(cases > 0)).where(cases >= FEWEST_FOR_RATE)
    return interval.assign(rate=rate.astype("float64"))[["rate", "low", "high"]]
