import streamlit as st

from core.evaluation.report import what_changed
from dashboard import (
    adding,
    anew,
    calling,
    controls,
    crossing,
    judging,
    meaning,
    parts,
    state,
    unseen,
)
from dashboard.figures import judgement, tiles
from dashboard.panels import abroad, calls, crossed
from dashboard.panels import anew as panels_anew
from dashboard.panels import how_good as panels
from dashboard.panels.chart import chart

run = state.run()
verdict, crossed_answers = crossing.verdict_of(run), crossing.judged_of(run)
found = crossed_answers or judging.judged(*state.key())
if found is None:
    parts.header("How good", "This run kept no test patients back, so nobody can say.")
    crossed.missing(run)
    st.stop()

parts.header(
    "How good",
    crossing.sentence(verdict, run.words) if verdict else judging.sentence(found, run.words),
    also=unseen.served_words(run),
    below=crossing.measured_on(verdict) if verdict else judging.measured_on(found, run.words),
)
named = meaning.table(run)
asked = adding.asks(adding.added_of(run), verdict)
parts.contents(
    asked,
    "Against simpler models" if verdict else "",
    crossed.LEFT_OPEN if verdict and what_changed(verdict) else "",
    panels_anew.WHICH if verdict and verdict.heads else "",
    panels_anew.ANEW if anew.inside_of(run) else "",
    "When everybody must be called",
    "What giving no answer buys" if verdict else "",
    "Where false calls come from",
    "Same size, other verdict",
    "Patients never seen" if run.manifest.synthetic else "",
    "Another scanner" if run.manifest.synthetic else "",
    "How alike its pictures are",
    "What single dimensions mean" if len(named) else "",
    "How training went",
    "Two runs side by side",
)
parts.badges(warn=judging.doubts(found, run) if not verdict else judging.few(found, run.words))
chart(
    judgement.patient_dots(found.verdicts, run.words),
    key="dots",
    alt="Every patient judged as a dot: right, wrong or no answer",
)
if verdict:
    crossed.dots_line(run, verdict, found)
    st.html(tiles.measured_html(judging.measured(run, judging.CROSSED)))
    crossed.kinder(run)
    parts.section(asked, "Same patients, same folds.")
    left, right = parts.split(1, 1, key="good_1")
    with left:
        crossed.areas(run, verdict)
    with right:
        crossed.bands(run)
    parts.section(
        "Against simpler models", "Each was fitted and tuned inside the same training folds."
    )
    crossed.table(run, verdict)
    crossed.rules(verdict)
    crossed.open_questions(verdict)
    panels_anew.heads(run, verdict)
    panels_anew.section(run)
else:
    st.html(tiles.measured_html(judging.measured(run, judging.CALLS)))
    crossed.missing(run)
    panels_anew.section(run)
    parts.section(asked, "The model beside simpler scores.")
    left, right = parts.split(1, 1, key="good_1")
    with left:
        panels.adds(run)
    with right:
        panels.size_bands(run, found)

parts.section(
    "When everybody must be called",
    judging.THRESHOLD_INSIDE if verdict else judging.threshold_words(found, run),
)
left, right = parts.split(1, 1, key="good_2")
with left:
    st.caption("How many are flagged, of those with and without, as the threshold moves")
    if verdict:
        crossed.roc(run, found)
    else:
        panels.roc(run, found)
with right:
    st.caption("Of those told so much, how many had it")
    if verdict:
        crossed.calibration(verdict, found)
    else:
        panels.calibration(found)
left, right = parts.split(1, 1, key="good_3")
with left:
    st.caption("Calls at the chosen threshold")
    chart(
        judgement.confusion(found.counts, run.words),
        key="confusion",
        alt="Right and wrong calls at the threshold",
    )
    panels.prevalence(found, run.words, served=unseen.served_of(run))
with right:
    if verdict:
        crossed.benefit(verdict)

if verdict:
    parts.section(
        "What giving no answer buys", "All patients, mean over repeats; in brackets 95 % intervals."
    )
    crossed.silence(run, verdict)
    crossed.silent_list(run, found)
parts.section(
    "Where false calls come from",
    "When everybody must be called. Each picture leads to the reasons for that patient's score.",
)
calls.false_calls(run)
parts.section(
    "Same size, other verdict",
    calling.held_out_words(run),
)
calls.same_size(run)
if run.manifest.synthetic:
    parts.section(
        "Patients never seen",
        "Drawn from the same synthetic rules with another seed: the truth of each is known.",
    )
    crossed.fresh(run)
    parts.section(
        "Another scanner",
        "How much of this survives where nobody trained? A simulated scanner, so this too says "
        "nothing about a real one.",
    )
    abroad.another_scanner(run)

parts.section("How alike its pictures are", "Test patches against what the model draws of them.")
st.html(tiles.measured_html(judging.measured(run, judging.LIKENESS), digits=3))
st.html(
    tiles.pairs_html(
        [(judging.titled(one), one.original, one.picture) for one in judging.drawn(*state.key())],
        spacing_mm=judging.pixel_mm(run),
    )
)

if len(named):
    parts.section(
        "What single dimensions mean",
        "A code with meaning has one dimension for each attribute, and no other that says the "
        "same. Test patients.",
    )
    st.dataframe(named, hide_index=True, width="stretch")

parts.section("How training went", "A code must say something: KL and active units above zero.")
panels.training(run)
st.html(tiles.measured_html(judging.measured(run, judging.RATE), digits=1))

parts.section(
    "Two runs side by side",
    "Each was judged apart: where their intervals overlap, do not call a winner.",
)
panels.side_by_side(run, controls.pick_other_run(key="how_good_other"))
panels.every_figure(run)
crossed.limits(run)
panels.checklists(run)
parts.end(
    "Model score",
    "Held out",
    "AUC",
    "Threshold",
    "No answer",
    "Calibration",
    "Cross-validation",
    "Net benefit",
    "PPV and NPV",
    "SSIM, PSNR, MAE",
    "KL and active units",
    code="""
from core.evaluation.roc import roc_curve
from core.evaluation.verdict import read_verdict

verdict = read_verdict(run)  # None until: python train.py evaluate --run NAME
for row in verdict.standings if verdict else ():
    print(row.title, row.auc, row.against)
test = run.predictions[run.predictions["split"] == "test"]
print(roc_curve(test["label"].to_numpy(), test["probability"].to_numpy()).auc)
""",
)
