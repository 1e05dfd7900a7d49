"""Which ways of making a map answer at once, and which cost seconds."""

from core.explain.explanation import QUICK, VARIANTS, Variant

BY_KEY = {variant.key: variant for variant in VARIANTS}


def is_quick(variant: Variant) -> bool:
    """Whether a map costs one pass; the methods on pixels cost dozens."""
    return variant.layer is not None


def quick_for(variant: Variant) -> Variant:
    """The way itself where it is quick, or the best of the quick ones."""
    return variant if is_quick(variant) else QUICK
