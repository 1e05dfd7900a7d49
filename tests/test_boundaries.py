"""Who may know whom (HOUSE.md), read from the source tree."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for room in ("core", "dashboard") for p in (ROOT / room).rglob("*.py"))


def imported(path):
    """Every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offenders(paths, *, banned):
    pattern = re.compile(rf"^({banned})(\.|$)")
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imported(path)
        if pattern.match(name)
    ]


def inside(*rooms):
    return [p for p in SOURCES if any(p.is_relative_to(ROOT / room) for room in rooms)]


def test_there_is_something_to_look_at():
    assert len(inside("core")) > 20
    assert len(inside("dashboard")) > 10


def test_torch_lives_in_networks_training_model_and_explain_only():
    allowed = set(inside("core/networks", "core/training", "core/explain"))
    allowed.add(ROOT / "core/model.py")
    assert not offenders([p for p in SOURCES if p not in allowed], banned="torch|captum")


def test_core_knows_neither_streamlit_nor_plotly():
    assert not offenders(inside("core"), banned="streamlit|plotly|dashboard")


def test_cohort_and_networks_do_not_know_each_other():
    assert not offenders(inside("core/cohort"), banned=r"core\.(networks|training|model)")
    assert not offenders(inside("core/networks"), banned=r"core\.(cohort|training|run|model)")


def test_arrays_errors_and_settings_know_nobody_but_themselves():
    paths = [
        ROOT / "core" / name
        for name in ("arrays.py", "errors.py", "settings.py", "setting_parts.py")
    ]
    rooms = r"core\.(cohort|networks|training|model|latent|growth|explain|evaluation|run)"
    assert not offenders(paths, banned=rooms)


def test_figures_draw_without_streamlit():
    assert not offenders(inside("dashboard/figures"), banned="streamlit")


def test_only_state_touches_the_session():
    others = [p for p in inside("dashboard") if p.name != "state.py"]
    assert not [p.name for p in others if "session_state" in p.read_text(encoding="utf-8")]


def test_nothing_is_unpickled():
    unsafe = re.compile(
        r"\bimport pickle|joblib\.(load|dump)|torch\.(load|save)\(|allow_pickle=True|read_pickle"
    )
    found = [p.name for p in [*SOURCES, ROOT / "train.py"] if unsafe.search(p.read_text("utf-8"))]
    assert not found


def test_every_np_load_refuses_pickles():
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        for call in re.findall(r"np\.load\([^)]*\)", text):
            assert "allow_pickle=False" in call, f"{path.name}: {call}"


@pytest.mark.parametrize("module", ["core.latent.space", "core.growth.simulate", "core.run"])
def test_geometry_and_runs_work_without_torch(module):
    block = "import sys; sys.modules['torch'] = None"
    code = f"{block}; import {module}; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_a_verdict_is_read_without_torch():
    # scipy asks an absent torch for its Tensor, so torch is not blocked here but looked for
    code = "import sys, core.evaluation.report; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"


def test_files_stay_readable_in_one_sitting():
    long = {p.name: n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 300}
    assert not long


def test_the_dashboard_computes_each_picture_in_one_thread():
    code = "import dashboard.app, torch; print(torch.get_num_threads())"
    plain = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=plain
    )
    assert done.stdout.strip() == "1", done.stderr
