import numpy as np
import pandas as pd

from core.growth.choosing import kept
from core.growth.trial import Contestant

PATIENTS = [f"p{number}" for number in range(9)]


def never(one, steps, loop):
    raise AssertionError("a way is chosen by its likeness alone")


NOTHING = Contestant("do nothing", never)
PLAIN = Contestant("dimension, keeps surroundings", never, "dimension", "surroundings")
HALF = Contestant("difference, blended", never, "difference", "blended", 0.5)
ALL = Contestant("difference, blended", never, "difference", "blended", 1.0)


def likeness(mean, *, spread=0.0):
    return pd.Series(mean + spread * np.linspace(-1, 1, len(PATIENTS)), PATIENTS)


def test_a_lead_within_one_standard_error_leaves_the_plainest_way():
    ways = [NOTHING, PLAIN, HALF]
    stay, walked, means = kept(ways, [likeness(40), likeness(28), likeness(28.1, spread=2)])
    assert walked is PLAIN, "and a baseline is never walked, however like the truth it is"
    assert stay == ways
    assert means["difference, blended"] > means[PLAIN.name]


def test_a_lead_that_every_patient_shares_is_followed():
    _, walked, _ = kept([NOTHING, PLAIN, HALF], [likeness(20), likeness(28), likeness(28.1)])
    assert walked is HALF


def test_the_likest_way_is_walked_where_it_is_the_plainest():
    _, walked, _ = kept(
        [NOTHING, PLAIN, HALF], [likeness(20), likeness(28, spread=3), likeness(27)]
    )
    assert walked is PLAIN


def test_of_several_shares_the_likest_stays():
    stay, walked, means = kept([NOTHING, HALF, ALL], [likeness(20), likeness(26), likeness(27)])
    assert stay == [NOTHING, ALL]
    assert walked is ALL
    assert means["difference, blended"] == 27
