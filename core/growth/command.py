"""`python train.py growth`: hold every way of growing against the re-rendered truth."""

from pathlib import Path

from core.command_line import NOTICE, of_a_run, say
from core.errors import RunUnusable, SettingsError
from core.run import named_run


def growth(arguments: list[str]) -> int:
    """Hold every way to make a lesion larger against the truth, and add the figures to the run."""
    parser = of_a_run("growth", growth.__doc__)
    parser.add_argument("--most", type=int, help="lesions of either split that take part [all]")
    parser.add_argument(
        "--trainings",
        nargs="+",
        metavar="RUN",
        help="instead ask these other trainings on the same pictures about every test patient's "
        "walk, and keep what they say for Growth",
    )
    options = parser.parse_args(arguments)
    if options.most is not None and options.most < 2:
        raise SettingsError("--most", str(options.most), "2 or more")
    if options.trainings:
        if options.most is not None:
            raise SettingsError("--most", str(options.most), "no --trainings beside it")
        return _ask_trainings(options.run, options.trainings, Path(options.out), options.device)
    from core.evaluation.figures import Stamp
    from core.growth.flips import flips, score_near
    from core.growth.likeness import Reader
    from core.growth.patient_turned import patient_turns
    from core.growth.table import compare_ways, in_words, write_comparison
    from core.latent.space import LatentSpace
    from core.model import Model
    from core.training.record import commit
    from core.training.telling_apart import told_apart

    run = named_run(options.run, Path(options.out))
    model = Model.open(run, device=options.device)
    score_of = score_near(run, model.node_score)
    found = compare_ways(
        run,
        decode=model.decode,
        reader=Reader(model.encode, score_of, LatentSpace.open(run).typicality),
        tell=told_apart,
        most=options.most,
        say=say,
    )
    asked = "" if options.most is None else f" --most {options.most}"
    command = f"python train.py growth --run {run.name}{asked}"
    stamp = Stamp.now(command, seeds=(run.manifest.seed,), commit=commit())
    turned = flips(
        run,
        "test",
        decode=model.decode,
        encode=model.encode,
        score_of=score_of,
        most=options.most,
        turns=patient_turns(run, model),
    )
    write_comparison(run, found, turned, stamp=stamp)
    print(in_words(found))
    print(f"Calls turned by a smallest plausible change: {turned['found'].mean():.2f}.")
    print(f"Added to {run.folder / 'added' / 'growth'}. {NOTICE}")
    return 0


def _ask_trainings(name: str, others: list[str], out: Path, device: str) -> int:
    """Ask other trainings about a run's usual walks, and add what they say to the run."""
    from core.evaluation.figures import Stamp
    from core.growth.agreement import ask_all, write_told
    from core.growth.flips import score_near
    from core.growth.trainings import others_of
    from core.model import Model
    from core.training.record import commit

    run = named_run(name, out)
    asked = [named_run(each, out) for each in others]
    fit = others_of(run, asked, most=len(asked))
    for each in asked:
        if each not in fit:
            wanted = f"another training on the pictures of {run.name!r} that scores single lesions"
            raise RunUnusable(each.name, f"the cohort {each.manifest.cohort!r}", wanted)
    model = Model.open(run, device=device)
    told = ask_all(
        run,
        model,
        [(each, Model.open(each, device=device)) for each in fit],
        score_of=score_near(run, model.node_score),
        say=say,
    )
    command = f"python train.py growth --run {run.name} --trainings {' '.join(others)}"
    seeds = tuple(each.manifest.seed for each in (run, *fit))
    figures = write_told(run, told, stamp=Stamp.now(command, seeds=seeds, commit=commit()))
    for figure in figures:
        print(f"{figure.definition}: {figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})")
    if told.passed_over:
        print(f"{told.passed_over} lesions of test patients could not be walked.")
    print(f"Added to {run.folder / 'added' / 'growth_trainings'}. {NOTICE}")
    return 0
