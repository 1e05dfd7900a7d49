"""The command line's contract: exit codes, one line an error, nothing written."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*arguments, cwd):
    command = [sys.executable, str(ROOT / "train.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--vae.latnt", "3"], "--vae.latnt"),
        (["--vae.latent", "many"], "vae.latent"),
        (["--vae.latent", "0"], "vae.latent"),
        (["--vae.latent"], "--vae.latent"),
        (["--settings", "nosuch"], "nosuch"),
        (["--settings", "nosuch.toml"], "nosuch.toml"),
        (["--cohort", "nosuch"], "nosuch"),
        (["--device", "abacus"], "abacus"),
        (["nosuch"], "nosuch"),
        (["--split.train", "0.9"], "train + validation"),
        (["phantom"], "--out"),
        (["phantom", "--out", "x", "--patients", "0"], "0 patients"),
        (["phantom", "--out", "x", "--patients", "few"], "few"),
        (["phantom", "--out", "x", "--near-tumour", "40"], "40 mm"),
        (["phantom", "--out", "x", "--near-tumour", "nan"], "nan mm"),
        (["phantom", "--out", "x", "--near-tumour", "--planted"], "beside --planted"),
        (["check", "--cohort", "nosuch.csv"], "nosuch.csv"),
        (["check", "--cohort", ""], "cohort.path"),
        (["--name", "../elsewhere"], "../elsewhere"),
        (["--name", "a/b"], "a/b"),
        (["--name", ".hidden"], ".hidden"),
        (["--name", ""], "--name"),
        (["--vae.latent", "3"], "vae.attributes"),
        (["--vae.attributes", '["colour"]'], "colour"),
        (["--objective.ssim_window_px", "4"], "ssim_window_px"),
        (["--cohort.exclude", "sub-001"], "a list"),
    ],
)
def test_wrong_input_is_one_line_that_names_it_and_exit_code_2(arguments, named, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert named in lines[0]
    assert not list(tmp_path.iterdir()), "nothing may be written"


def test_help_lists_every_setting_and_says_what_it_is_not_for(tmp_path):
    done = run("--help", cwd=tmp_path)
    assert done.returncode == 0
    for words in ("--vae.latent", "--patch.spacing_mm", "Not a medical device"):
        assert words in done.stdout


def test_values_are_read_as_their_type():
    from core.command_line import with_overrides
    from core.settings import Settings

    pairs = ["--patch.spacing_mm", "[3.0, 3.0, 0]", "--seed=7", "--head.kind", "mean"]
    settings = with_overrides(Settings(), pairs)
    assert settings.patch.spacing_mm == (3.0, 3.0, 0.0)
    assert settings.seed == 7
    assert settings.head.kind == "mean"


def test_every_preset_says_in_its_first_line_what_it_is_for():
    from core.settings import PRESETS, Settings, preset_names

    assert {"quick", "demo", "full", "paper", "patches"} <= set(preset_names())
    for name in preset_names():
        Settings.preset(name)
        assert (PRESETS / f"{name}.toml").read_text(encoding="utf-8").startswith("# ")


def test_a_run_does_not_say_where_its_cohort_lies():
    from core.settings import Settings

    for path in ("/home/somebody/secret study/cohort", "..\\secret\\cohort", "secret/cohort"):
        settings = with_path(path)
        assert "secret" not in settings.to_toml()
        assert settings.to_plain()["cohort"]["path"] == "cohort"
    drawn = with_path("cohorts/phantom-40-7")
    assert Settings.model_validate(drawn.to_plain()) == drawn


def test_the_command_of_a_run_asks_for_the_same_settings_again():
    import shlex

    from core.command_line import with_overrides
    from core.settings import Settings

    asked = ["--vae.latent", "32", "--patch.spacing_mm", "[3.0, 3.0, 0.0]", "--seed", "7"]
    settings = with_overrides(Settings.preset("quick"), [*asked, "--cohort.lesion", "a tumour"])
    words = shlex.split(settings.as_command("quick"))
    assert words[:4] == ["python", "train.py", "--settings", "quick"]
    assert with_overrides(Settings.preset("quick"), words[4:]) == settings
    assert Settings.preset("quick").as_command("quick") == "python train.py --settings quick"
    # a settings file says the rest itself
    assert settings.as_command("mine.toml").startswith("python train.py --settings mine.toml ")


def with_path(path):
    from core.settings import Settings

    settings = Settings()
    cohort = settings.cohort.model_copy(update={"path": path})
    return settings.model_copy(update={"cohort": cohort})
