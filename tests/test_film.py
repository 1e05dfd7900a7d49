import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageSequence

from core.growth import film
from core.growth.measure import measure_all
from core.growth.trajectory import Trajectory

STEPS = np.array([-1.0, 0.0, 1.0, 2.0])


@pytest.fixture(scope="module")
def walked():
    return disc_walk()


def disc_walk():
    """A disc that grows by 1 mm a step; its last step is refused."""
    y, x = np.meshgrid(np.arange(32.0) - 16, np.arange(32.0) - 16, indexing="ij")
    away = np.hypot(y, x)[None] * 0.5 - (6 + STEPS)[:, None, None] / 2
    pictures = (0.8 - 0.5 / (1 + np.exp(np.clip(away / 0.12, -50, 50)))).astype(np.float32)
    unknown = np.full(4, np.nan)
    return Trajectory(
        title="Larger, 1 mm a step.",
        unit="mm",
        steps=STEPS,
        codes=np.zeros((4, 3), np.float32),
        pictures=pictures,
        asked_mm=6 + STEPS,
        score=np.linspace(0.2, 0.8, 4),
        typicality=unknown,
        measurements=measure_all(pictures, spacing_mm=(0.5, 0.5)),
        enlarged=np.ones(4),
        refused=("", "", "", "Refused: too far."),
        spacing_mm=(0.5, 0.5),
    )


def frames_of(content):
    return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(opened(content))]


def opened(content):
    return Image.open(io.BytesIO(content))


def test_the_gif_opens_with_every_step_there_and_back(walked):
    assert len(frames_of(film.gif(walked))) == 6
    assert len(frames_of(film.gif(walked, back=False))) == 4


def test_simulated_stands_in_the_pixels_of_every_frame(walked, monkeypatch):
    marked = film.frames(walked, back=False)
    monkeypatch.setattr(film, "MARK", "")
    for frame, bare in zip(marked, film.frames(walked, back=False), strict=True):
        differs = np.argwhere((frame != bare).any(-1))
        assert len(differs) > 300
        (top, left), (bottom, right) = differs.min(0), differs.max(0)
        assert bottom < 40
        assert right - left > 70
        assert top >= 0


def test_the_frame_of_a_gif_shows_the_mark_too(walked):
    first = frames_of(film.gif(walked))[0]
    expected = film.frames(walked, back=False)[0]
    assert np.abs(first.astype(int) - expected.astype(int)).mean() < 6


def test_the_scale_bar_is_as_long_as_it_says(walked):
    frame = film.frames(walked, back=False)[0]
    white = (frame[film.SIDE_PX - 14] == 255).all(-1)[:150]
    # 5 mm of a 16 mm wide picture
    assert white.sum() == pytest.approx(film.SIDE_PX * 5 / 16, abs=3)


def test_lesions_of_centimetres_are_captioned_in_centimetres(walked):
    large = replace(walked, asked_mm=walked.asked_mm * 6)
    assert film._captions(large, 0)[0].startswith("asked 3.0 cm")
    assert film._captions(walked, 0)[0].startswith("asked 5.0 mm, measured 5.0 mm")


def test_without_a_pixel_size_nothing_is_said_in_millimetres(walked):
    bare = replace(
        walked,
        spacing_mm=None,
        asked_mm=walked.asked_mm * np.nan,
        measurements=(None,) * 4,
        unit="sd",
    )
    assert film._captions(bare, 0)[0] == "-1.0 sd"
    frame = film.frames(bare, back=False)[0]
    assert (frame[film.SIDE_PX - 14, :150] != 255).any(-1).all()


def test_a_step_that_is_not_to_be_trusted_says_so_on_its_frame(walked):
    assert "not to be trusted" in film._captions(walked, 3)[1]
    assert film._captions(walked, 0)[1] == "model score 0.20"


def test_the_strip_holds_all_steps_and_its_header_says_simulated(walked):
    picture = opened(film.strip(walked))
    assert picture.size == (4 * film.SIDE_PX, film.SIDE_PX + film.CAPTION_PX)
    assert picture.text["Comment"].startswith("SIMULATED")
    assert opened(film.gif(walked)).info["comment"].startswith(b"SIMULATED")


def test_the_table_reads_back_and_its_header_says_what_it_is(walked):
    text = film.csv(walked)
    assert text.startswith("# SIMULATED. Research and teaching only, not for diagnosis.")
    table = pd.read_csv(io.StringIO(text), comment="#")
    assert table["asked_mm"].tolist() == pytest.approx(walked.asked_mm.tolist())
    assert table["measured_mm"].tolist() == pytest.approx(walked.measured_mm.tolist(), rel=1e-4)


def test_the_video_plays_all_frames(walked):
    import imageio.v3 as imageio

    played = imageio.imread(film.mp4(walked), extension=".mp4", plugin="FFMPEG")
    assert played.shape == (6, film.SIDE_PX + film.CAPTION_PX, film.SIDE_PX, 3)
