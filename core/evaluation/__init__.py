"""How good is it, honestly? Takes outcomes, probabilities, pictures and codes; gives Figures.

Everything is per patient, never from test patients where something is chosen (`chosen_on` says
from whom) and from test patients only where it is reported. No torch: pictures and codes come in
as numpy arrays.

A training calls this room in five places:

    rule = conformal.fit_conformal(labels, probabilities)  # outcomes that the head had not seen
    threshold = classification.threshold_for_sensitivity(labels, probabilities)  # the same
    answers = rule.answers(probabilities)                              # predictions.csv, `set`
    found = measure.measure_run(measure.Measured(...), stamp=figures.Stamp.now(...))
    figures.write_metrics(draft_folder, found)                         # metrics.json

`python train.py evaluate` reads top to bottom in `evaluate` (codes of the run's own autoencoder),
`inside` (everything trained anew in every fold), `fresh` (synthetic patients never seen) and
`external` (the same of another scanner):

- `folds`, `people`, `contender`, `nested`: who is judged by whom; no fit sees a test label
- `contenders`: the rows of the table of models; `core.training.heads_inside` has the networks
- `crossed`, `compare`, `bands`, `silence`, `net_benefit`, `calibration_curve`: what they came to
- `telling`: from kept answers to a verdict; `verdict`, `report`, `crossed_figures`: all of it as
  JSON, as text, as figures
- `parts`: how a long command goes on after a kill

A later command writes its own `metrics.json` under `RUN/added/<command>/` with the weights'
SHA-256 and calls `figures.rebuild_metrics(run_folder)`.

- `figures`: Figure, Stamp, write_metrics, read_metrics, rebuild_metrics
- `goals`: what each figure means and what we want it to reach
- `intervals`: Interval, Wilson's interval, bootstrap of patients
- `reconstruction`: SSIM, PSNR, MAE per image
- `classification`: AUC, DeLong, threshold, Confusion; `roc`: the curve with its band
- `calibration`: Brier, bins, slope, PPV and NPV at a chosen prevalence
- `conformal`: sets that say "no answer"
- `latent_space`: active units, ridge probe; `map_quality`: trustworthiness, continuity
- `disentangle`, `dci`: whether single dimensions mean single attributes
- `cluster_quality`: eta², its p, Jaccard, the gap's answer; `cluster_figures`: `train.py clusters`
- `measure`: everything that training measures, in one call
"""
