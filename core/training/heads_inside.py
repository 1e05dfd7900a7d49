"""Heads fitted anew in every fold, on codes of an autoencoder that stays as it is.

`run_head` is the run's own recipe, settings and all. `stacked_head` fits the small heads of all
inner folds at once (one member each, full batches, epoch chosen on the patients held out
inside), so that five kinds in fifty folds stay affordable.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional as F

from core.arrays import Codes, Masks, Patches
from core.evaluation.contender import Contender, Fit, Inside, told_beside
from core.evaluation.contenders import COMPONENTS, seen_by
from core.evaluation.folds import OuterFold
from core.evaluation.people import People
from core.model import Model
from core.networks.bag import Bag, pack
from core.networks.head import Head, build_head
from core.networks.network import Network
from core.progress import silent
from core.run import Run
from core.settings import HeadSettings, Settings
from core.training.answers import patients_in
from core.training.bags import Patients
from core.training.calibrate import raw_logit
from core.training.device import pick_device
from core.training.fit_head import balanced, copied_codes, fit_on_codes, start_weights
from core.training.inside import material_of
from core.training.road import fit_scalers
from core.training.scaler import Scaler

STEPS, RATE, NOISE = 150, 1e-2, 0.25
WATCH_EVERY = 5
STACKED_REPEATS = 4  # small networks cost a hundred times a logistic row
PAPER_REPEATS, PAPER_EPOCHS = 1, 30  # the paper's head has 110,000 weights at 64 dimensions


def own_head(run: Run, *, device: str = "auto") -> Contender:
    """The head of a finished run as a contender, on codes of the run's own autoencoder."""
    model = Model.open(run, device=device)
    fit = own_fit(model, run.settings, run.rows, run.codes, patches=run.patches, masks=run.masks)
    return Contender("model", "This run's model", "model", fit)


def own_fit(
    model: Model,
    settings: Settings,
    rows: pd.DataFrame,
    codes: Codes,
    *,
    patches: Patches,
    masks: Masks,
) -> Fit:
    """A run's own head, with all that it reads beside the code, fitted anew on some patients.

    Args:
        model: The run's; its autoencoder stays as it is.
        settings: The run's.
        rows: The patients' rows, the run's own or others cut and measured as they were.
        codes: Posterior means of these rows, (row, latent).
        patches, masks: Of these rows, (row, height, width); heads that learn from augmented
            copies need them.
    """
    everybody = rows.assign(split="train")
    scalers = fit_scalers(everybody, settings)
    if settings.reads_measures:
        # the code's named dimensions are on the run's own scale; each fold finds its own
        scalers = replace(scalers, attributes=model.kit.attributes)
    patients = patients_in(rows, scalers, settings)
    if settings.head.kind == "logistic":
        means = torch.from_numpy(np.array(codes, np.float32))[None].to(model.device)
        return run_head(means, torch.zeros_like(means), patients, settings)
    device = torch.device(model.device)
    data = material_of(patches, masks, everybody, scalers, settings, device=device)
    return run_head(*copied_codes(model.network, data, settings), patients, settings)


def paper_head(run: Run, *, key: str, title: str, device: str = "auto") -> Contender:
    """The paper's head on a run's codes as they are: no augmented copies, few epochs.

    Args:
        run: Whose autoencoder; the same patients in the same order as those judged.
        key, title: Of the row.
        device: Where the heads are fitted.
    """
    asked = {"kind": "paper", "copies": 0, "epochs": PAPER_EPOCHS}
    recipe = Settings.preset("paper").head
    learning = {"learning_rate": recipe.learning_rate, "clinical": run.settings.head.clinical}
    head = recipe.model_copy(update={**asked, **learning})
    settings = run.settings.model_copy(update={"head": head})
    scalers = fit_scalers(run.rows.assign(split="train"), settings)
    patients = patients_in(run.rows, scalers, settings)
    codes = torch.from_numpy(np.array(run.codes, np.float32))[None].to(pick_device(device))
    fit = run_head(codes, torch.zeros_like(codes), patients, settings)
    title = told_beside(title, settings.head.clinical)
    return Contender(key, title, "head", fit, most_repeats=PAPER_REPEATS)


def run_head(means: Tensor, stds: Tensor, patients: Patients, settings: Settings) -> Fit:
    """A run's head, fitted anew inside each fold exactly as its training does it.

    Args:
        means, stds: Codes as they are and of augmented copies, each (copy, row, latent).
        patients: Whose; splits and scaling are made anew.
        settings: The run's.
    """
    # only its heads are used: the autoencoder's answers are `means`
    small = settings.vae.model_copy(update={"width": 4})
    columns = patients.features.shape[1]

    def fit(people: People, fold: OuterFold) -> Inside:
        held = np.empty(len(fold.train))
        members = []
        for number, (fitted, watched) in enumerate(fold.parts()):
            splits = np.full(len(people), "test", dtype="<U10")
            splits[fitted], splits[watched] = "train", "validation"
            rows = patients.rows_of(fitted)
            named = Scaler.fit(patients.features[rows], tuple(map(str, range(columns))))
            features = named.apply(patients.features)
            own = replace(
                patients,
                labels=people.labels,
                stages=people.stages,
                splits=splits,
                clinical=_rescaled(patients.clinical, fitted),
                features=features if patients.measured else np.nan_to_num(features, nan=0.0),
            )
            seen, spread = means, stds
            if patients.measured:
                seen, spread = _on_scale(means, stds, named, columns - patients.distance)
            asked = settings.model_copy(update={"seed": fold.seed + number, "vae": small})
            fresh = Network(asked, features=columns).to(means.device).eval()
            fit_on_codes(fresh, seen, spread, own, asked, progress=silent)
            fresh.eval()
            with torch.no_grad():
                score = fresh.terms(own.bag(seen[0], np.arange(len(people)))).score.cpu().numpy()
            logits = raw_logit(score, fresh.scale)
            held[fold.inner == number] = logits[watched]
            members.append(logits[fold.test])
        return Inside(held, np.stack(members))

    return fit


def stacked_head(kind: str, title: str, clinical: tuple[str, ...]) -> Contender:
    """One kind of pooling head on the named dimensions and three components.

    Args:
        kind: "additive", "mean", "max" or "attention".
        title: In words.
        clinical: Clinical features that enter beside the rows.
    """
    settings = HeadSettings.model_validate({"kind": kind, "clinical": clinical})

    def fit(people: People, fold: OuterFold) -> Inside:
        everybody = np.arange(len(people))
        seen: list[np.ndarray] = []
        facts: list[np.ndarray] = []
        weights: list[np.ndarray] = []
        watched: list[np.ndarray] = []
        for fitted, held in fold.parts():
            rows, _ = people.rows_of(fitted)
            many = COMPONENTS if people.named else 24
            seen.append(seen_by(people.codes, rows, named=people.named, components=many))
            facts.append(_rescaled(people.facts(False, clinical), fitted))
            for where, who in ((weights, fitted), (watched, held)):
                where.append(_weights(people.labels, who))
        codes = torch.from_numpy(np.stack(seen, axis=1).astype(np.float32)).flatten(1)
        bag = pack(
            codes,
            codes[:, :0],
            patient=torch.from_numpy(people.of_row),
            clinical=torch.zeros(len(people), 0),
        )
        inputs = seen[0].shape[1]
        apart = bag.codes.unflatten(2, (len(seen), inputs)).permute(2, 0, 1, 3)
        beside = torch.from_numpy(np.stack(facts).astype(np.float32))
        heads = [
            build_head(settings, inputs=inputs, features=0, slots=bag.there.shape[1]) for _ in seen
        ]
        for number, head in enumerate(heads):
            start_weights(head, fold.seed + number)
        logits = _together(
            heads,
            apart,
            beside,
            bag.there,
            torch.from_numpy(np.maximum(people.labels, 0).astype(np.float32)),
            torch.from_numpy(np.stack(weights)),
            torch.from_numpy(np.stack(watched)),
            seed=fold.seed,
        )
        held = logits[fold.inner, everybody[fold.train]]
        return Inside(held, logits[:, fold.test])

    title = told_beside(title, clinical)
    return Contender(f"head_{kind}", title, "head", fit, most_repeats=STACKED_REPEATS)


def _together(
    heads: list[Head],
    codes: Tensor,
    clinical: Tensor,
    there: Tensor,
    outcomes: Tensor,
    weights: Tensor,
    watched: Tensor,
    *,
    seed: int,
) -> np.ndarray:
    """Fit heads side by side; each one's logits of everybody at its best step, (head, patient)."""
    parameters, buffers = stack_module_state(heads)
    base = heads[0]
    none = codes[0, :, :, :0]

    def score(own: dict[str, Tensor], kept: dict[str, Tensor], x: Tensor, facts: Tensor) -> Tensor:
        found = functional_call(base, (own, kept), (Bag(x, none, there, facts),)).score
        return torch.as_tensor(found)

    def all_scores(x: Tensor) -> Tensor:
        return vmap(score, randomness="different")(parameters, buffers, x, clinical)

    def misses(logits: Tensor, weigh: Tensor) -> Tensor:
        many = outcomes.expand_as(logits)
        return F.binary_cross_entropy_with_logits(logits, many, weight=weigh, reduction="none").sum(
            1
        ) / weigh.sum(1)

    optimiser = torch.optim.AdamW(list(parameters.values()), lr=RATE, weight_decay=1e-2)
    best = torch.full((len(heads),), torch.inf)
    kept = torch.zeros(len(heads), len(outcomes))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for step in range(STEPS):
            base.train()
            loss = misses(all_scores(codes + NOISE * torch.randn_like(codes)), weights).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            if step % WATCH_EVERY == WATCH_EVERY - 1:
                base.eval()
                with torch.no_grad():
                    logits = all_scores(codes)
                    miss = misses(logits, watched)
                better = miss < best
                best = torch.where(better, miss, best)
                kept = torch.where(better[:, None], logits, kept)
    return kept.numpy().astype(np.float64)


def _on_scale(means: Tensor, stds: Tensor, named: Scaler, many: int) -> tuple[Tensor, Tensor]:
    """Codes with their named dimensions, so many, on a fold's scale instead of the run's."""
    sd = means.new_tensor(named.sd[:many])
    seen, spread = means.clone(), stds.clone()
    seen[..., :many] = (seen[..., :many] - means.new_tensor(named.mean[:many])) / sd
    spread[..., :many] = spread[..., :many] / sd
    return seen, spread


def _weights(labels: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Both outcomes weigh the same among some patients; everybody else weighs nothing."""
    found = np.zeros(len(labels), np.float32)
    negative, positive = balanced(torch.from_numpy(labels[who].astype(np.float32)))
    found[who] = np.where(labels[who] > 0, positive, negative)
    return found


def _rescaled(values: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    names = tuple(map(str, range(values.shape[1])))
    return np.asarray(Scaler.fit(values[fitted], names).filled(values))
