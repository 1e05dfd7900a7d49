"""The paper's formula: its terms add up to the output, and each is what the formula says."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.explain.formula import paper_terms
from core.prediction import Clinical


@pytest.fixture(params=["paper", "additive"])
def served(request):
    """Just enough of a served model: a network and a kit that passes features through."""
    from core.networks.network import Network
    from core.settings import Settings

    torch.manual_seed(1)
    settings = Settings.model_validate(
        {"vae": {"latent": 12, "width": 8}, "head": {"kind": request.param}}
    )
    network = Network(settings, features=5).eval().requires_grad_(False)
    with torch.no_grad():
        for head in network.heads:
            if request.param == "paper":
                head.attention += 1.5
    kit = SimpleNamespace(
        of_nodes=lambda features, rows: features,
        of_patient=lambda clinical: np.full((1, len(settings.head.clinical)), 0.66, np.float32),
    )
    return SimpleNamespace(network=network, kit=kit, device="cpu", head_kind=request.param)


def test_the_terms_are_those_of_the_formula_and_add_up(served):
    from core.networks.bag import pack

    rng = np.random.default_rng(0)
    codes = rng.normal(size=(4, 12)).astype(np.float32)
    features = rng.normal(size=(4, 5)).astype(np.float32)
    if served.head_kind != "paper":
        with pytest.raises(ValueError, match="paper head's"):
            paper_terms(served, codes, features=features, clinical=Clinical())
        return
    terms = {
        part.name: part.value
        for part in paper_terms(served, codes, features=features, clinical=Clinical())
    }
    bag = pack(
        torch.from_numpy(codes), torch.from_numpy(features),
        patient=torch.zeros(4, dtype=torch.long),
        clinical=torch.from_numpy(served.kit.of_patient(None)),
    )  # fmt: skip
    output = float(served.network.terms(bag).score[0])
    assert sum(terms.values()) == pytest.approx(output, abs=1e-6)
    logits = served.network.node_logit(torch.from_numpy(codes), torch.from_numpy(features))
    scores = 1 / (1 + np.exp(-logits.numpy().astype(float)))
    assert terms["largest node score"] == pytest.approx(0.18 * scores.max(), abs=1e-6)
    values = np.concatenate([scores, served.kit.of_patient(None)[0]])
    weights = np.exp(1.5 * values) / np.exp(1.5 * values).sum()
    assert terms["attention"] == pytest.approx(0.1 * (weights * values).sum(), abs=1e-6)
    # what is left is 0.72 times a probability, whatever the network inside says
    assert 0 < terms["patient"] < 0.72
