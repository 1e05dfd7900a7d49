"""What helps the latent space, settled on validation patients.

    python -m tests.benchmarks.ablation --run assets/demo --out assets/docs/ablation.csv

Each row trains an autoencoder anew on the training patches of a finished run, with the `demo`
preset's width and the same number of epochs, and one thing left out or put in. It is judged on
the run's validation patients alone: R² of each measured attribute by a ridge probe on the codes
(fitted on training patients), the same read off the dimension that carries the attribute,
interpretability, SSIM, PSNR, nats, active units, and seconds of training. Rows that the file has
already are not trained again; the table is printed as Markdown at the end. A row whose settings a
finished run was trained with, on the same patients, is read off that run instead:

    python -m tests.benchmarks.ablation --run assets/demo --out assets/docs/ablation.csv \\
        --epochs 40 --only paper --trained runs/paper-40
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from core.evaluation import reconstruction
from core.evaluation.disentangle import disentangled
from core.evaluation.latent_space import active_units, probe_r2
from core.model import Model
from core.networks.vae import build_vae
from core.run import Run
from core.settings import Settings
from core.training.device import computing, seed_for
from core.training.fit import fit_vae
from core.training.material import material
from core.training.scaler import Scaler, columns
from core.training.snapshots import Snapshots

CPU = torch.device("cpu")
ROW = ["patient_id", "node", "slice_k", "split"]
SHOWN = ("short_axis_mm", "elongation", "contrast", "heterogeneity", "irregularity")
STIFF = {"turn": False, "zoom": 0.0, "stretch": 0.0}
ROWS = {
    "all of it (the default)": {},
    "without the outline": {"vae": {"outline": False}},
    "without equivariance": {"objective": {"equivariance": 0.0}},
    "without turning, zooming, stretching": {"augment": STIFF},
    "without named dimensions": {"vae": {"attributes": (), "outline": False}},
    "attributes weighed 400 instead of 100": {"objective": {"attribute": 400.0}},
    "lesion weighed like its surroundings": {"objective": {"node_weight": 1.0}},
    "128 dimensions": {"vae": {"latent": 128}},
    "32 dimensions": {"vae": {"latent": 32}},
    "equivariance weighed 0.1 instead of 0.5": {"objective": {"equivariance": 0.1}},
    "unnamed dimensions held still like the named": {"objective": {"stillness": 1.0}},
    "divergence weighed 0.39 instead of 0.1": {"objective": {"kl": 0.39}},
    "the paper's network and loss": None,
}


def main():
    options = _options().parse_args()
    run = Run.open(options.run)
    done = pd.read_csv(options.out) if options.out.is_file() else pd.DataFrame({"what": []})
    for what, changes in ROWS.items():
        if what in set(done["what"]) or (options.only and options.only not in what):
            continue
        settings = asked(changes, epochs=options.epochs, threads=options.threads)
        found = (
            read_off(run, options.trained, settings) if options.trained else judged(run, settings)
        )
        row = {"what": what, "epochs": options.epochs, **found}
        print(row, flush=True)
        known = pd.read_csv(options.out) if options.out.is_file() else done
        done = pd.concat([known, pd.DataFrame([row])], ignore_index=True)
        done.to_csv(options.out, index=False, float_format="%.4g")
    print(markdown(done))


def asked(changes, *, epochs, threads):
    """The settings of one row."""
    settings = Settings.preset("paper" if changes is None else "demo")
    training = {"epochs": epochs, "threads": threads}
    if changes is None:
        training["copies"] = 1  # every row sees the same number of patches
        training["batch"] = 32
    plain = settings.model_dump()
    for part, fields in {**(changes or {}), "training": training}.items():
        plain[part] |= fields
    return Settings.model_validate(plain)


def judged(run, settings):
    """Train on the run's training patches; what its validation patients say."""
    rows, named = run.rows, settings.vae.attributes
    train = (rows["split"] == "train").to_numpy()
    scaler = Scaler.fit(columns(rows[train], named), named)
    data = material(
        run.patches,
        run.masks,
        attributes=scaler.apply(columns(rows, named)),
        scaler=scaler,
        splits=rows["split"].to_numpy().astype(str),
        device=CPU,
    )
    torch.manual_seed(seed_for(settings.seed, "weights"))
    vae = build_vae(settings.vae, size_px=settings.patch.size_px)
    started = time.perf_counter()
    with computing(CPU, threads=settings.training.threads), tempfile.TemporaryDirectory() as place:
        fitted = fit_vae(
            vae,
            data,
            settings,
            checkpoint=Path(place) / "checkpoint",
            snapshots=Snapshots(Path(place) / "s", data.pictures, (0, 1), (2, 3), (1, 2)),
            progress=lambda what, done, total: None,
            report=print,
        )
    seconds = time.perf_counter() - started
    last = fitted.history[-1]
    row = known_of(run, vae, named)
    return row | {"kl": last.validation.kl, "active": last.active_units, "seconds": seconds}


def read_off(run, folder, settings):
    """The same of a network that a finished run holds; its seconds are not known to be alone.

    Raises:
        SystemExit: It was trained otherwise, or on other patients.
    """
    held = Run.open(folder)
    other = [
        f"{part}.{field}"
        for part in ("patch", "split", "vae", "objective", "augment", "training")
        for field, value in settings.model_dump()[part].items()
        if held.settings.model_dump()[part][field] != value and field not in ("threads", "minutes")
    ]
    if other or not held.rows[ROW].equals(run.rows[ROW]):
        raise SystemExit(f"{folder.name} differs in {', '.join(other) or 'its patients'}.")
    history = pd.read_csv(held.folder / "history.csv")
    last = history[history["phase"] == "vae"].iloc[-1] if "phase" in history else history.iloc[-1]
    row = known_of(run, Model.open(held).network.vae, settings.vae.attributes)
    return row | {"kl": last["validation_kl"], "active": last["active_units"], "seconds": np.nan}


def known_of(run, vae, named):
    """What validation patients say of a trained autoencoder."""
    rows, pictures = run.rows, torch.from_numpy(run.patches)[:, None]
    train, watched = ((rows["split"] == split).to_numpy() for split in ("train", "validation"))
    with torch.inference_mode():
        codes = torch.cat([vae.encode(part).mean for part in pictures.split(256)]).numpy()
        seen = torch.from_numpy(codes[watched])
        drawn = torch.cat([vae.decode(part) for part in seen.split(256)])[:, 0].numpy()
    found = {}
    for name in SHOWN:
        values = columns(rows, (name,))[:, 0].astype(np.float64)
        found[f"probe_{name}"] = probe_r2(codes, values, train=train, test=watched)
    values = columns(rows, SHOWN)
    scaled = Scaler.fit(values[train], SHOWN).apply(values)
    for place, name in enumerate(named):
        if name in SHOWN:
            truth = scaled[watched, SHOWN.index(name)]
            error = np.nanmean((truth - codes[watched, place]) ** 2)
            found[f"own_{name}"] = 1 - error / np.nanvar(truth)
    who = rows["patient_id"].astype(str).to_numpy(dtype=str)[watched]
    known = np.isfinite(scaled[watched]).all(axis=1)
    found["interpretability"] = np.nan
    if active_units(codes[watched]):
        meaning = disentangled(codes[watched][known], scaled[watched][known], who[known])
        found["interpretability"] = meaning.score.value
    found["ssim"] = float(reconstruction.ssim(run.patches[watched], drawn).mean())
    found["psnr"] = float(reconstruction.psnr(run.patches[watched], drawn).mean())
    found["mae"] = float(reconstruction.mae(run.patches[watched], drawn).mean())
    return found


def markdown(table):
    """The table as it stands in the documentation."""
    names = [column for column in table.columns if column not in ("what", "epochs")]
    lines = ["| what | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for _, row in table.iterrows():
        cells = ("" if pd.isna(row[name]) else f"{row[name]:.3g}" for name in names)
        lines.append(f"| {row['what']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _options():
    options = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.ablation", description=__doc__.split("\n")[0]
    )
    options.add_argument("--run", type=Path, required=True, help="a finished run's folder")
    options.add_argument("--out", type=Path, required=True, help="CSV that rows are added to")
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--trained", type=Path, help="a finished run that one row is read off")
    options.add_argument("--only", help="only rows whose name has this in it")
    return options


if __name__ == "__main__":
    main()
