from dashboard import inflating, parts, state
from dashboard.panels import inflated as panels

run = state.run()
frozen, anew = (inflating.inflation_of(run, inside=inside) for inside in (False, True))
shown = panels.design(frozen, anew)
found = anew if shown == "anew" else frozen
parts.header(
    "Inflated results",
    "Each switch is a mistake that studies make. Flip one: does the result leave the truth?",
    below=inflating.measured_on(found, inside=shown == "anew") if found else "",
)
if found is None:
    panels.missing(run)
else:
    panels.choose_design(run, frozen, anew)
    panels.switches(found)
    parts.section(
        "Each mistake, and several together",
        "What it adds to the honest protocol's AUC on the same cohorts; grey where chance can "
        "explain it. Intervals are widened, since cohorts share patients.",
    )
    panels.alone(found)
    panels.both_designs(frozen, anew)
    panels.every_protocol(run, found)
parts.end(
    "AUC",
    "Honest protocol",
    "True value",
    "Epoch and configuration",
    "Threshold",
    "Calls for scores",
    "Landmarks and scaling",
    "Pathological T stage",
    "Outcomes dealt out anew",
    "Trained anew",
    code="""
from core.evaluation.faults import Faults
from core.evaluation.inflation import read_inflation

found = read_inflation(run)  # None until: python train.py evaluate --run NAME --inflation 30
if found:
    chosen = Faults(epoch=True, configuration=True)
    print(found.reported(Faults()), found.reported(chosen), found.true())
    print(found.inflated(chosen), found.inflated(chosen, shuffled=True))
inside = read_inflation(run, inside=True)  # ... --inflation-inside 3
""",
)
