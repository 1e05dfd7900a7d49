"""What checks annotations while tests run: beartype, with an int where a float is wanted.

jaxtyping's hook decorates functions one by one, and beartype refuses some annotations there
(`typing.Self`, arrays of any kind); those few functions go unchecked.
"""

from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeDecorHintException

# draws with numbers and arrays alike, numpy's own scalars among them
UNCHECKED = "core.cohort.phantom"

_conf = BeartypeConf(is_pep484_tower=True)


def checked(function):
    """The function with its annotations checked at every call."""
    if function.__module__.startswith(UNCHECKED):
        return function
    try:
        return beartype(conf=_conf)(function)
    except BeartypeDecorHintException:
        return function
