import numpy as np
import pytest

from core.growth.realism import FEWEST, Pairs, realism


def pairs(number, *, brighter):
    random = np.random.default_rng(4)
    real, grown = random.uniform(0.2, 0.8, (2, number, 32, 32)).astype(np.float32)
    grown[:, 12:20, 12:20] += brighter
    names = np.array([f"p{at % 9}" for at in range(number)])
    return Pairs(grown.clip(0, 1), real, names, names[::-1].copy())


def test_what_a_judge_sees_at_once_is_told_apart_and_what_it_cannot_see_is_not():
    def bright(patches, kind, patients):
        return patches[:, 12:20, 12:20].mean((1, 2))

    assert realism(pairs(40, brighter=0.3), tell=bright).value == pytest.approx(1)
    same = realism(pairs(40, brighter=0.0), tell=bright)
    assert same.low < 0.5 < same.high


def test_too_few_pairs_are_not_judged():
    assert realism(pairs(FEWEST - 1, brighter=0.3), tell=lambda *_: np.zeros(46)) is None


@pytest.mark.slow
def test_the_small_cnn_tells_bright_lesions_from_others_on_patients_it_has_not_seen():
    from core.training.telling_apart import told_apart

    assert realism(pairs(90, brighter=0.4), tell=told_apart).value > 0.9


def test_so_few_patients_that_a_fold_has_one_kind_alone_say_nothing():
    def tell(patches, kind, patients):
        raise ValueError("fold 1: pictures of one kind only")

    who = np.repeat(["a", "b"], 15)
    pictures = np.zeros((30, 4, 4), np.float32)
    assert realism(Pairs(pictures, pictures, who, who), tell=tell) is None
