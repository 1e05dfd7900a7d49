import streamlit as st

from dashboard import controls, judging, parts, state
from dashboard.figures import judgement, tiles
from dashboard.panels import how_good as panels
from dashboard.panels.chart import chart

run = state.run()
found = judging.judged(*state.key())
if found is None:
    parts.header("How good", "This run kept no test patients back, so nobody can say.")
    parts.empty("No test patients.", "python train.py", why="A run splits its patients first.")
    st.stop()

parts.header(
    "How good",
    judging.sentence(found, run.words),
    below=judging.measured_on(found, run.words),
)
parts.badges(warn=judging.doubts(found, run))
chart(
    judgement.patient_dots(found.verdicts, run.words),
    key="dots",
    alt="Every test patient as a dot: right, wrong or no answer",
)
st.html(tiles.measured_html(judging.measured(run, judging.CALLS)))

parts.section("Does the picture add anything?", "The model beside simpler scores, same patients.")
left, right = parts.split(1, 1, key="good_1")
with left:
    panels.adds(run)
with right:
    panels.size_bands(run, found)

parts.section("When everybody must be called", judging.threshold_words(found))
left, right = parts.split(1, 1, key="good_2")
with left:
    st.caption("How many are flagged, of those with and without, as the threshold moves")
    panels.roc(run, found)
with right:
    st.caption("Of those told so much, how many had it")
    chart(
        judgement.calibration(found.bins),
        key="calibration",
        alt="Share with the outcome against the model score, in bins",
    )
left, right = parts.split(1, 1, key="good_3")
with left:
    st.caption("Calls at the chosen threshold")
    chart(
        judgement.confusion(found.counts, run.words),
        key="confusion",
        alt="Right and wrong calls at the threshold",
    )
with right:
    panels.prevalence(found, run.words)

parts.section("How alike its pictures are", "Test patches against what the model draws of them.")
st.html(tiles.measured_html(judging.measured(run, judging.LIKENESS), digits=3))
st.html(
    tiles.pairs_html(
        [(judging.titled(one), one.original, one.picture) for one in judging.drawn(*state.key())],
        spacing_mm=judging.pixel_mm(run),
    )
)

parts.section("How training went", "A code must say something: KL and active units above zero.")
panels.training(run)
st.html(tiles.measured_html(judging.measured(run, judging.RATE), digits=1))

parts.section("Two runs side by side", "Where two intervals overlap, do not call a winner.")
panels.side_by_side(run, controls.pick_other_run(key="how_good_other"))
panels.every_figure(run)
parts.end(
    "Model score",
    "Held out",
    "AUC",
    "Threshold",
    "No answer",
    "Calibration",
    "PPV and NPV",
    "SSIM, PSNR, MAE",
    "KL and active units",
    code="""
from core.evaluation.roc import roc_curve

test = run.predictions[run.predictions["split"] == "test"]
print(run.metrics["auc.test"])
print(roc_curve(test["label"].to_numpy(), test["probability"].to_numpy()).auc)
""",
)
