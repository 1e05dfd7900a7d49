import pytest
import torch

from core.networks.bag import (
    Bag,
    log_mean_exp_over,
    max_over,
    mean_over,
    pack,
    softmax_over,
)
from core.networks.head import build_head
from core.settings import HeadSettings

KINDS = ("additive", "logistic", "attention", "mean", "max", "paper")


def head_of(kind):
    torch.manual_seed(7)
    settings = HeadSettings(kind=kind, clinical=("t_stage", "age"))
    head = build_head(settings, inputs=6, features=5, slots=25).eval()
    with torch.no_grad():
        for parameter in head.parameters():
            if parameter.dim() == 0 or parameter.shape == (2,):
                parameter.normal_()
    return head


def bag_of(rows=(3, 1, 5), *, slots=5):
    chance = torch.Generator().manual_seed(8)
    there = torch.zeros(len(rows), slots, dtype=torch.bool)
    for patient, count in enumerate(rows):
        there[patient, :count] = True
    codes = torch.randn(len(rows), slots, 6, generator=chance)
    features = torch.randn(len(rows), slots, 5, generator=chance)
    return Bag(codes, features, there, torch.randn(len(rows), 2, generator=chance))


@pytest.mark.parametrize("kind", KINDS)
def test_padding_never_enters_a_statistic(kind):
    head, bag = head_of(kind), bag_of()
    filled = bag.there[..., None]
    wild = Bag(
        torch.where(filled, bag.codes, torch.tensor(1e6)),
        torch.where(filled, bag.features, torch.tensor(-1e6)),
        bag.there,
        bag.clinical,
    )
    more = Bag(
        torch.nn.functional.pad(bag.codes, (0, 0, 0, 4)),
        torch.nn.functional.pad(bag.features, (0, 0, 0, 4)),
        torch.nn.functional.pad(bag.there, (0, 4)),
        bag.clinical,
    )
    assert torch.allclose(head(wild).score, head(bag).score, atol=1e-6)
    assert torch.allclose(head(more).score, head(bag).score, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_a_patients_rows_does_not_matter(kind):
    head, bag = head_of(kind), bag_of((5, 5, 5))
    turned = torch.randperm(5, generator=torch.Generator().manual_seed(1))
    other = Bag(bag.codes[:, turned], bag.features[:, turned], bag.there, bag.clinical)
    assert torch.allclose(head(other).score, head(bag).score, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_slots_give_no_gradient_and_none_is_nan(kind):
    head, bag = head_of(kind), bag_of()
    codes = bag.codes.clone().requires_grad_()
    head(Bag(codes, bag.features, bag.there, bag.clinical)).score.sum().backward()
    assert codes.grad[~bag.there].abs().max() == 0
    assert torch.isfinite(codes.grad).all()
    assert codes.grad[bag.there].abs().max() > 0
    assert all(torch.isfinite(p.grad).all() for p in head.parameters() if p.grad is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_patient_does_not_see_the_others(kind):
    head, bag = head_of(kind), bag_of()
    alone = torch.cat([head(bag.only(patient)).score for patient in range(3)])
    assert torch.allclose(alone, head(bag).score, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_score_is_the_sum_of_its_terms(kind):
    terms = head_of(kind)(bag_of())
    assert torch.allclose(terms.score, terms.base + terms.nodes + terms.clinical.sum(1))


def test_pools_say_what_a_loop_would():
    values = torch.tensor([[1.0, 3.0, 99.0]])
    there = torch.tensor([[True, True, False]])
    assert mean_over(values, there) == 2
    assert max_over(values, there) == 3
    wanted = torch.logsumexp(values[0, :2], 0) - torch.tensor(2.0).log()
    assert torch.allclose(log_mean_exp_over(values, there), wanted)
    assert torch.allclose(softmax_over(values, there)[0, :2], values[0, :2].softmax(0))
    assert softmax_over(values, there)[0, 2] == 0


def test_a_patient_without_rows_is_zero_in_every_pool():
    values, nobody = torch.randn(2, 3), torch.zeros(2, 3, dtype=torch.bool)
    for pool in (mean_over, max_over, log_mean_exp_over):
        assert pool(values, nobody).abs().max() == 0
    assert softmax_over(values, nobody).abs().max() == 0


def test_packing_puts_every_row_with_its_patient_in_order():
    codes = torch.arange(6.0)[:, None]
    patient = torch.tensor([1, 0, 1, 1, 3, 0])
    bag = pack(codes, codes, patient=patient, clinical=torch.zeros(4, 0))
    found = [bag.codes[number][bag.there[number]].flatten().tolist() for number in range(4)]
    assert found == [[1, 5], [0, 2, 3], [], [4]]


def test_the_papers_output_follows_its_formula():
    head, bag = head_of("paper"), bag_of((1,), slots=1)
    scores = torch.sigmoid(head.node_logit(bag.codes, bag.features))
    room = torch.zeros(1, 25)
    room[0, 0] = scores[0, 0]
    patient = torch.sigmoid(head.patient(torch.cat((room, bag.clinical, bag.features[:, 0]), 1)))
    values = torch.cat((scores, bag.clinical), 1)
    attended = (torch.softmax(head.attention * values, 1) * values).sum().clamp(0, 1)
    wanted = 0.9 * (0.8 * patient[0, 0] + 0.2 * scores[0, 0]) + 0.1 * attended
    assert torch.allclose(head(bag).score[0], wanted)
