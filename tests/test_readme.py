"""What the README promises, run as it stands there."""

import re
from pathlib import Path

import pandas as pd

from tests.benchmarks.real_evaluation import spelt

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_lines_of_python_run_as_written(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "grown.gif").read_bytes().startswith(b"GIF89a")
    assert "lies in the outline" in capsys.readouterr().out


def test_every_picture_and_page_that_the_readme_names_is_there():
    named = re.findall(r"\]\(((?:assets|CONTRIBUTING)[^)]*)\)", README)
    assert len(named) >= 9
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_commands_in_the_shipped_run_name_runs_and_no_folder_of_a_machine():
    from core.run import SHIPPED

    texts = {path: path.read_text("utf-8") for path in SHIPPED.rglob("*.json")}
    assert any("--run demo" in text for text in texts.values())
    assert not [path.name for path, text in texts.items() if re.search(r"--[\w.]+ [/~]", text)]


def test_the_document_of_real_images_says_what_its_table_says():
    docs = ROOT / "assets" / "docs"
    text = (docs / "real_evaluation.md").read_text(encoding="utf-8")
    lines = pd.read_csv(docs / "real_evaluation.csv", keep_default_na=False)
    assert set(lines["data"]) == {"sts", "breastmnist"}
    for line in lines.itertuples():
        assert line.low <= line.value <= line.high
        said = spelt(line, sign="+" if line.minus else "")
        assert f"| {line.minus or line.row} | {said} |" in text
    assert "assets/docs/real_evaluation.md" in README
    rivals = lines["minus"].str.contains("volume|forest")
    ours = lines["row"].isin(["This run's model", "VAE and node head"])
    assert len(lines[rivals & ours]) == 3
    assert (lines.loc[rivals & ours, "low"] <= 0).all(), "the README says that none is beaten"


def test_the_headline_is_what_the_shipped_run_measured():
    from core.run import SHIPPED, Run

    figures, said = Run.open(SHIPPED).metrics, " ".join(README.split())
    found, size, best = (
        figures[name] for name in ("auc.fresh", "auc.fresh_short_axis", "auc.fresh_best")
    )
    assert f"AUC {found['value']:.2f}, {found['low']:.2f} to {found['high']:.2f}" in said
    assert f"without {100 * found['value']:.0f} times in 100" in said
    assert f"size alone does {100 * size['value']:.0f} times" in said
    assert f"the best possible answer {100 * best['value']:.0f}" in said
    assert f"On {found['n']:,} synthetic patients" in said


def test_the_table_of_networks_that_grow_is_read_from_their_runs():
    found = pd.read_csv(ROOT / "assets" / "docs" / "growth_networks.csv")
    table = found.pivot_table(index=["network", "way"], columns="figure", values="mean")
    ways = {"named dimension": "dimension", "difference of means": "difference"}
    networks = {
        "equivariant to warps of the node (ours)": "equivariant",
        "named dimensions, not equivariant": "regularised",
        "the paper's": "paper",
        "none: the plain warp": "paper",
    }
    lines = README.split("| network | walked |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(lines) == 6
    for line in lines:
        network, walked, *told = (one.strip() for one in line.strip("| ").split("|"))
        way = f"{ways[walked]}, keeps surroundings" if walked in ways else "warp, surroundings kept"
        own = table.loc[(networks[network], way)]
        assert told == [
            f"{100 * own['refused']:.0f} %", f"{own['closed_mae']:.2f}", f"{own['dice']:.2f}",
            f"{own['psnr']:.1f}",
        ]  # fmt: skip
    chosen = found[found["chosen_in"] > 0].drop_duplicates("network")
    assert chosen["way"].str.contains("blended with the warp").all()
    assert len(chosen) == 3


def test_the_table_of_ways_to_grow_over_five_trainings_is_the_csvs():
    from tests.benchmarks.growth import markdown

    found = pd.read_csv(ROOT / "assets" / "docs" / "growth_seeds.csv")
    assert found["runs"].max() == 5
    table = markdown(found)
    assert table in README, f"the README's table must read:\n{table}"


def test_the_table_of_heat_maps_is_what_the_shipped_run_measured():
    from core.run import SHIPPED, Run
    from dashboard.figures import heat_asked, heat_trust

    run = Run.open(SHIPPED)
    lesion = run.words.lesion
    first = heat_trust.summary(run.metrics, lesion=lesion)
    table = heat_asked.markdown(heat_asked.lines(run.metrics, lesion=lesion))
    assert first.replace("On this run", "On the shipped run") in " ".join(README.split())
    assert table in README, f"the README's table must read:\n{table}"


def test_the_table_of_planted_causes_is_the_shipped_lesson():
    from core.explain.lesson import kept_lesson
    from dashboard.figures import heat_planted

    lesson = kept_lesson()
    assert lesson is not None
    table = heat_planted.markdown(lesson)
    assert table in README, f"the README's table must read:\n{table}"


def test_the_table_of_speeds_holds_what_the_shipped_run_measured_and_nothing_else():
    from core.run import SHIPPED, Run
    from dashboard.figures import swiftness

    lines = swiftness.lines(Run.open(SHIPPED).metrics)
    assert [line for line in lines if line not in README] == []
    asked = tuple(asked for asked, _ in swiftness.ASKED.values())
    said = [line for line in README.splitlines() if line[2:].startswith(asked)]
    assert sorted(said) == sorted(lines)


def test_the_table_of_growth_is_what_the_shipped_run_measured_beside_the_truths_own_reading():
    from core.run import SHIPPED, Run
    from dashboard.figures import growth_trust

    run, said = Run.open(SHIPPED), " ".join(README.split())
    table = growth_trust.markdown(run)
    assert len(table.splitlines()) == 2 + len(growth_trust.ASKED)
    assert table in README, f"the README's table must read:\n{table}"
    assert f"the chosen way is {growth_trust.paired(run)}:" in said
    assert growth_trust.trainings(run) in said
    assert f"its rim is {growth_trust.rim(run):.2f} times as steep" in said
    assert f"on {run.metrics['growth.slope']['n']} nodes of test patients" in said
    tried = pd.read_csv(SHIPPED / "added" / "growth" / "table.csv")
    assert f"{int(tried['left_out'].iloc[0])} more, whose scans the ruler misreads" in said
    # what the words between say of the figures
    ideal = dict(line.strip("| ").split(" | ")[::3] for line in table.splitlines()[2:5])
    for name, of in (("growth.mae_2mm", "+2 mm"), ("growth.mae_4mm", "+4 mm")):
        goal = float(run.metrics[name]["reach"].split()[0])
        assert float(ideal[f"mm off at {of}, uncorrected"]) > goal
    greys = run.metrics["growth.psnr_minus_kept_warp"]
    assert greys["low"] < 0 < greys["high"]
    assert run.metrics["growth.slope"]["high"] < 1


def test_the_thirty_peoples_line_says_how_many_codes_had_no_answer():
    from core.run import SHIPPED, Run
    from tests.benchmarks.drag import CLIENTS, RATE_HZ

    answered = Run.open(SHIPPED).metrics["speed.clients30_p95_ms"]["n"]
    assert f"{answered:,} of {CLIENTS * round(8 * RATE_HZ):,} codes" in " ".join(README.split())


def test_what_the_distance_to_the_tumour_brings_is_what_its_trainings_gave():
    import pandas as pd

    from tests.benchmarks.tumour_distance import gained

    table = pd.read_csv(ROOT / "assets" / "docs" / "tumour_distance.csv")
    said = " ".join(README.split())
    for nearer_mm, signs in ((4, "in {} of {}"), (12, "")):
        cell = table[(table["nearer_mm"] == nearer_mm) & (table["patients"] == 168)]
        gain, wrong = gained(cell)
        assert gain in said
        assert signs.format(wrong, len(cell)) in said
        assert signs or not wrong


def test_what_five_trainings_gave_is_in_their_table():
    import pandas as pd

    from tests.benchmarks.seeds import over_trainings

    table, said = pd.read_csv(ROOT / "assets" / "docs" / "seeds.csv"), " ".join(README.split())
    assert len(table) == 5
    for name in ("score", "sap", "scc", "modularity"):
        both = [over_trainings(table[f"interp.{name}{of}"]) for of in ("", "_true")]
        cells = [f"{mean:.3f} ({low:.3f} to {high:.3f})" for mean, low, high in both]
        assert f"(`interp.{name}`) | {cells[0]} | {cells[1]} |" in said
    for name in ("recon.ssim", "recon.ssim_of_ceiling", "auc.test"):
        mean, low, high = over_trainings(table[name])
        assert f"{mean:.3f} ({low:.3f} to {high:.3f})" in said
    assert f"from {table['auc.test'].min():.3f} to {table['auc.test'].max():.3f}" in said


def test_what_helps_the_latent_space_and_what_loses_is_in_its_table():
    rows = pd.read_csv(ROOT / "assets" / "docs" / "ablation.csv").set_index("what")
    said = " ".join(README.split())
    plain, stiff = rows.loc["all of it (the default)"], "without turning, zooming, stretching"
    unnamed = rows.loc["without named dimensions"]
    outline = rows.loc["without the outline", "probe_elongation"]
    still = rows.loc["unnamed dimensions held still like the named", "ssim"]
    assert f"elongation {outline:.2f} instead of {plain['probe_elongation']:.2f}" in said
    assert f"blur (SSIM {still:.3f} instead of {plain['ssim']:.3f})" in said
    texture, shape, alike = rows.loc[stiff, ["probe_heterogeneity", "probe_elongation", "ssim"]]
    assert f"(R² {texture:.2f} instead of {plain['probe_heterogeneity']:.2f})" in said
    assert f"draws better (SSIM {alike:.3f}), but less of elongation ({shape:.2f})" in said
    assert f"draws best (SSIM {unnamed['ssim']:.3f})" in said
    assert f"{unnamed['interpretability']:.2f} instead of {plain['interpretability']:.2f}" in said
    paper = rows.loc["the paper's network and loss"]
    alike_too = f"SSIM {paper['ssim']:.3f}, PSNR {paper['psnr']:.1f} instead of {plain['psnr']:.1f}"
    assert f"draw about as well ({alike_too})" in said
    assert abs(paper["ssim"] - plain["ssim"]) < 0.01
    size = f"(R² {paper['probe_short_axis_mm']:.2f} instead of {plain['probe_short_axis_mm']:.2f})"
    assert f"know less of size {size}" in said
    assert f"nothing of elongation ({paper['probe_elongation']:.2f})" in said
    # "best" and "more" are true of the table as it stands
    assert rows["ssim"].idxmax() == "without named dimensions"
    assert texture > plain["probe_heterogeneity"]
    assert alike > plain["ssim"] > still
    assert shape < plain["probe_elongation"]


def test_the_document_of_what_the_model_knows_is_what_its_run_and_tables_say():
    from core.run import SHIPPED, Run
    from tests.benchmarks.knowing_limits import written

    shipped = (ROOT / "assets" / "docs" / "knowing_limits.md").read_text(encoding="utf-8")
    again = "write it anew: see its head"
    assert shipped == written(Run.open(SHIPPED)), again
    assert "assets/docs/knowing_limits.md" in README


def test_a_goal_counts_as_reached_exactly_where_its_figure_reaches_it():
    from core.run import SHIPPED, Run
    from tests.benchmarks.knowing_limits import goals

    rows = pd.read_csv(ROOT / "assets" / "docs" / "ablation.csv")
    figures = {key: dict(figure) for key, figure in Run.open(SHIPPED).metrics.items()}

    def line(key, **changed):
        told = {**figures, key: {**figures[key], **changed}}
        return next(each for each in goals(told, rows, latent=64) if each.startswith(f"| `{key}`"))

    assert "**reached**" in line("calib.ece", value=0.05)
    assert "not reached" in line("calib.ece", value=0.051)
    assert "**reached**" in line("gain.over_size", low=0.001)
    assert "not reached" in line("gain.over_size", low=-0.001)
    assert "not reached" in line("latent.active_units", value=31)
    ceiling = figures["r2.texture_ceiling"]["value"]
    assert "**reached**" in line("r2.texture", value=0.86 * ceiling)
    assert "not reached" in line("r2.texture", value=0.84 * ceiling)
    assert "cannot be said" in line("r2.elongation", value=0.99)


def test_of_how_many_nodes_the_places_of_maps_are_is_said():
    from core.run import SHIPPED, Run

    n = Run.open(SHIPPED).metrics["explain.mass"]["n"]
    assert f"on the {n} lymph nodes that the test patients have" in " ".join(README.split())


def test_how_far_choosing_on_the_test_fold_inflates_is_what_either_design_measured():
    from core.evaluation.inflation import read_inflation
    from core.run import SHIPPED, Run

    run, text = Run.open(SHIPPED), " ".join(README.split())
    for inside, suffix in ((False, ""), (True, "_inside")):
        found = run.metrics[f"optimism.auc{suffix}"]
        value, low, high = (f"{found[part]:.2f}" for part in ("value", "low", "high"))
        cohorts = read_inflation(run, inside=inside).cohorts
        assert re.search(rf"{value} \({low} to {high}\).*?on {cohorts}\b", text)


def test_the_ablations_page_is_that_of_its_rows_and_of_the_shipped_runs_readers():
    from core.run import SHIPPED, Run
    from tests.benchmarks import ablation_table

    docs = ROOT / "assets" / "docs"
    wanted = ablation_table.document(Run.open(SHIPPED), pd.read_csv(docs / "ablation.csv"))
    assert (docs / "ablation.md").read_text(encoding="utf-8") == wanted


def test_what_the_picture_adds_is_said_at_once():
    from core.run import SHIPPED, Run

    found = Run.open(SHIPPED).metrics["gain.over_measures"]
    value, low, high = (f"{found[part]:+.3f}" for part in ("value", "low", "high"))
    assert f"the model minus it {value}, {low} to {high}" in " ".join(README.split())
    assert found["low"] < 0 < found["high"], "the README says that neither is better"


def test_the_table_of_heads_is_the_shipped_runs():
    from core.run import SHIPPED, Run
    from tests.benchmarks import heads

    run, text = Run.open(SHIPPED), heads.DOCUMENT.read_text(encoding="utf-8")
    assert heads.markdown(run) in text
    assert heads.beaten(run) == [], "the text says that none is left behind beyond chance"
