import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from core.cohort.node import FEATURES
from core.errors import RunUnusable
from core.evaluation.conformal import ConformalRule
from core.model import Model
from core.networks.network import Network
from core.prediction import Clinical
from core.run import Run
from core.settings import Settings
from core.training.answers import predict_rows
from core.training.preprocessing import Calibration, Preprocessing
from core.training.scaler import Scaler


@pytest.fixture(scope="module")
def model(tiny_run):
    return Model.open(tiny_run, device="cpu")


def rows_of_busiest(run):
    busiest = run.rows["patient_id"].value_counts().index[0]
    return run.rows[run.rows["patient_id"] == busiest]


def test_a_model_opened_later_gives_the_runs_codes_to_the_bit(tiny_run, model):
    assert np.array_equal(model.encode(tiny_run.patches), tiny_run.codes)


def test_the_runs_predictions_come_again_to_the_bit(tiny_run, model):
    opened_again = Model.open(tiny_run, device="cpu")
    for patient_id, rows in tiny_run.rows.groupby("patient_id"):
        found = predict_rows(model, rows, tiny_run.codes[rows["row"]])
        written = tiny_run.predictions.set_index("patient_id").loc[patient_id, "probability"]
        assert found.probability == pytest.approx(written, abs=1e-6)
        again = predict_rows(opened_again, rows, tiny_run.codes[rows["row"]])
        assert again.probability == found.probability


def test_eight_threads_get_the_answers_that_one_gets(tiny_run, model):
    patches = tiny_run.patches[:40]
    codes, scores = model.encode(patches), model.node_score(tiny_run.codes[:40])
    pictures = model.decode(codes)

    def same(_):
        return (
            np.array_equal(model.encode(patches), codes)
            and np.array_equal(model.decode(codes), pictures)
            and np.array_equal(model.node_score(tiny_run.codes[:40]), scores)
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(same, range(40)))


def test_one_flipped_bit_in_the_weights_is_noticed(tiny_run, tmp_path, rng):
    copy = tmp_path / "copy"
    shutil.copytree(tiny_run.folder, copy)
    weights = copy / "network.safetensors"
    whole = weights.read_bytes()
    for place in rng.integers(len(whole), size=8):
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        weights.write_bytes(bytes(broken))
        with pytest.raises(RunUnusable, match="other bytes"):
            Model.open(Run.open(copy), device="cpu")
    weights.unlink()
    with pytest.raises(RunUnusable, match="FileNotFoundError"):
        Model.open(Run.open(copy), device="cpu")


def test_the_parts_add_up_exactly(tiny_run, model):
    for _, rows in tiny_run.rows.groupby("patient_id"):
        found = predict_rows(model, rows, tiny_run.codes[rows["row"]])
        assert found.scale == "logit"
        assert found.parts[0].name == "base rate"
        assert sum(part.value for part in found.parts) == found.logit
        assert found.probability == pytest.approx(1 / (1 + np.exp(-found.logit)))


def test_a_lesions_share_is_the_exact_change_when_all_its_rows_are_left_out(tiny_run, model):
    rows = rows_of_busiest(tiny_run)
    codes = tiny_run.codes[rows["row"]]
    nodes, clinical = rows["node"].to_numpy(), Clinical(t_stage=2)
    features = rows[list(FEATURES)].to_numpy()
    whole = model.predict(codes, nodes=nodes, features=features, clinical=clinical)
    assert len(np.unique(nodes)) > 1
    for node in np.unique(nodes):
        kept = nodes != node
        without = model.predict(
            codes[kept], nodes=nodes[kept], features=features[kept], clinical=clinical
        )
        wanted = whole.probability - without.probability
        assert whole.node_shares[~kept] == pytest.approx(np.full((~kept).sum(), wanted), abs=1e-7)


def test_the_order_of_the_rows_changes_nothing(tiny_run, model, rng):
    rows = rows_of_busiest(tiny_run)
    codes, nodes = tiny_run.codes[rows["row"]], rows["node"].to_numpy()
    turned = rng.permutation(len(codes))
    first = model.predict(codes, nodes=nodes)
    second = model.predict(codes[turned], nodes=nodes[turned])
    assert second.probability == pytest.approx(first.probability, abs=1e-6)
    assert second.node_scores == pytest.approx(first.node_scores[turned], abs=1e-6)


def test_a_patient_without_rows_is_taken_for_average(model):
    nobody = np.zeros((0, model.latent), np.float32)
    found = model.predict(nobody, nodes=np.zeros(0, int))
    assert [part.value for part in found.parts[1:]] == [0.0] * (len(found.parts) - 1)
    assert found.node_scores.shape == found.node_shares.shape == (0,)


def test_what_is_not_known_of_a_patient_adds_nothing(tiny_run, model):
    rows = rows_of_busiest(tiny_run)
    codes, nodes = tiny_run.codes[rows["row"]], rows["node"].to_numpy()
    found = model.predict(codes, nodes=nodes, clinical=Clinical())
    assert all(part.value == 0 for part in found.parts[2:])


def test_a_lesions_score_is_what_an_average_patient_with_it_alone_would_get(tiny_run, model):
    code = tiny_run.codes[:1]
    alone = model.predict(code, nodes=np.array([1]))
    assert model.node_score(code)[0] == pytest.approx(alone.probability, abs=1e-6)


def test_scores_stand_in_the_table_as_the_model_gives_them(tiny_run, model):
    scores = model.node_score(tiny_run.codes, model.beside(tiny_run.rows, tiny_run.codes))
    assert tiny_run.rows["node_score"].to_numpy() == pytest.approx(scores, abs=1e-6)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_the_head_reads_the_named_attributes_off_the_mask(tiny_run, model):
    names = tiny_run.settings.vae.attributes
    told = model.beside(tiny_run.rows, tiny_run.codes)
    codes, beside = (torch.from_numpy(np.array(part)) for part in (tiny_run.codes, told))
    read = model.network.corrected(codes, beside)[:, : len(names)].numpy()
    measured = model.kit.attributes.apply(tiny_run.rows[list(names)].to_numpy())
    assert read == pytest.approx(measured, abs=1e-5)


def test_without_a_mask_the_code_alone_speaks(tiny_run, model):
    unknown = np.full((len(tiny_run.codes), len(tiny_run.settings.vae.attributes)), np.nan)
    assert np.array_equal(
        model.node_logit(tiny_run.codes, unknown), model.node_logit(tiny_run.codes)
    )


def test_a_walk_moves_the_logit_from_the_measured_one_as_it_moves_the_code(tiny_run, model):
    told = model.beside(tiny_run.rows, tiny_run.codes)[:8]
    codes = np.array(tiny_run.codes[:8])
    moved = codes.copy()
    moved[:, 0] += 1.0
    by_code = model.node_logit(moved) - model.node_logit(codes)
    by_measure = model.node_logit(moved, told) - model.node_logit(codes, told)
    assert by_measure == pytest.approx(by_code, abs=1e-4)


def test_a_batch_of_any_length_decodes_as_singles_do(tiny_run, model):
    codes = tiny_run.codes[:30]
    single = np.concatenate([model.decode(code[None]) for code in codes])
    assert np.abs(model.decode(codes) - single).max() < 1e-5
    assert model.decode(codes[:0]).shape == (0, model.size_px, model.size_px)
    assert model.encode(tiny_run.patches[:0]).shape == (0, model.latent)


def test_patches_of_another_size_are_refused(model):
    with pytest.raises(ValueError, match="32 x 32"):
        model.encode(np.zeros((1, 16, 16), np.float32))


def test_a_dimensions_weight_is_the_slope_of_the_node_logit(tiny_run, model):
    weights = model.dimension_weights()
    train = tiny_run.codes[(tiny_run.rows["split"] == "train").to_numpy()]
    step = 1e-2
    for place in range(3):
        moved = train.copy()
        moved[:, place] += step
        back = train.copy()
        back[:, place] -= step
        slope = (model.node_logit(moved) - model.node_logit(back)).mean() / (2 * step)
        assert weights[place] == pytest.approx(slope, abs=2e-3)


def test_nothing_in_a_served_network_can_be_trained_or_changed(model, tiny_run):
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    model.explain(tiny_run.patches[:3], masks=tiny_run.masks[:3])
    model.dimension_weights()
    assert not any(parameter.requires_grad for parameter in model.network.parameters())
    assert all(parameter.grad is None for parameter in model.network.parameters())
    assert not model.network.training
    after = model.network.state_dict()
    assert all((before[name] == after[name]).all() for name in before)


@pytest.fixture(scope="module")
def paper_model():
    """The paper's network and head with fresh weights: what it says is arbitrary, not how."""
    settings = Settings.model_validate(
        {
            "vae": {"architecture": "paper", "latent": 8, "width": 4, "attributes": ()},
            "head": {"kind": "paper", "clinical": ("t_stage", "age")},
        }
    )
    torch.manual_seed(5)
    network = Network(settings, features=len(FEATURES))
    network.typical.fill_(0.4)
    kit = Preprocessing(
        landmarks={},
        attributes=Scaler((), (), ()),
        features=Scaler(FEATURES, (5.0, 7.0, 1.4, 1.1, 0.95), (2.0, 3.0, 0.3, 0.1, 0.02)),
        clinical=Scaler(("t_stage", "age"), (2.5, 69.0), (0.8, 11.0)),
        calibration=Calibration(1.7, -0.3),
        threshold=0.4,
        node_threshold=0.5,
        conformal=ConformalRule(0.1, 0.3, 0.6, 20, 20),
    )
    return Model.of(network, kit, settings, np.zeros((3, 8), np.float32))


def test_the_papers_parts_add_up_to_its_probability(paper_model, rng):
    codes = rng.normal(size=(6, 8)).astype(np.float32)
    features = rng.normal(5, 1, size=(6, 5))
    found = paper_model.predict(
        codes,
        nodes=np.array([1, 1, 2, 3, 3, 4]),
        features=features,
        clinical=Clinical(t_stage=4, age=80),
    )
    assert found.scale == "probability"
    assert [part.name for part in found.parts] == ["base rate", "nodes", "t_stage", "age"]
    assert sum(part.value for part in found.parts) == found.probability
    assert found.probability == pytest.approx(1 / (1 + np.exp(-found.logit)))
    assert found.node_shares[0] == found.node_shares[1]


def test_the_papers_head_looks_at_the_features_and_takes_the_mean_where_they_miss(paper_model, rng):
    codes = rng.normal(size=(4, 8)).astype(np.float32)
    average = np.tile(paper_model.kit.features.mean, (4, 1))
    assert paper_model.node_logit(codes) == pytest.approx(paper_model.node_logit(codes, average))
    large = average + np.array([5.0, 5.0, 0, 0, 0])
    assert np.abs(paper_model.node_logit(codes, large) - paper_model.node_logit(codes)).min() > 1e-4
