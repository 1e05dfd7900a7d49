"""Films, strips and tables of a trajectory, to be saved and passed on.

Whatever leaves the program says what it is: SIMULATED stands in the pixels of every picture and
in the header of every file, beside a scale bar in mm and the patient's sides.
"""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from core.arrays import Patch
from core.growth.trajectory import Trajectory
from core.latent.attributes import CM_FROM_MM, say_length

NOTICE = "SIMULATED. Research and teaching only, not for diagnosis."
MARK = "SIMULATED"
SIDE_PX = 352  # of the picture in a frame; a multiple of 16, as video coders want it
CAPTION_PX = 64
LEAST_LETTERS = 10  # points; smaller than this nobody reads
BARS_MM = (1, 2, 5, 10, 20, 50, 100)
Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
LIGHT, DIM, GROUND = (255, 255, 255), (170, 178, 190), (16, 20, 28)


def gif(trajectory: Trajectory, *, frames_per_second: float = 6.0, back: bool = True) -> bytes:
    """A film as GIF: every step once, and back again unless `back` is false."""
    pictures = [Image.fromarray(frame) for frame in frames(trajectory, back=back)]
    file = io.BytesIO()
    pictures[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=round(1000 / frames_per_second),
        loop=0,
        comment=NOTICE.encode(),
    )
    return file.getvalue()


def mp4(trajectory: Trajectory, *, frames_per_second: float = 8.0, back: bool = True) -> bytes:
    """A film as MP4 (H.264), every step once, and back again unless `back` is false."""
    import imageio.v3 as imageio

    film: bytes = imageio.imwrite(
        "<bytes>",
        np.stack(frames(trajectory, back=back)),
        extension=".mp4",
        plugin="FFMPEG",
        fps=frames_per_second,
        output_params=["-metadata", f"comment={NOTICE}"],
    )
    return film


def strip(trajectory: Trajectory) -> bytes:
    """All steps side by side, as PNG."""
    return png(np.concatenate(frames(trajectory, back=False), axis=1))


def png(picture: Pixels) -> bytes:
    """A picture that is marked in its pixels already, with the notice in its header too."""
    header = PngImagePlugin.PngInfo()
    header.add_text("Comment", NOTICE)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="PNG", pnginfo=header)
    return file.getvalue()


def csv(trajectory: Trajectory) -> str:
    """What was asked and measured at every step, with a header that says what this is."""
    head = f"# {NOTICE}\n# {trajectory.title}\n# step in: {trajectory.unit or 'plain numbers'}\n"
    return head + trajectory.table().to_csv(index=False, lineterminator="\n", float_format="%.6g")


def frames(trajectory: Trajectory, *, back: bool) -> list[Pixels]:
    """The film's frames, each (416, 352, 3)."""
    shown = [_frame(trajectory, step) for step in range(len(trajectory))]
    return shown + shown[-2:0:-1] if back else shown


def marked(patch: Patch, spacing_mm: tuple[float, float] | None, mark: str) -> Pixels:
    """One picture enlarged to (352, 352, 3), with its mark, the patient's sides and a scale bar.

    Args:
        patch: (height, width) in [0, 1].
        spacing_mm: Size of a pixel, (down, across); None where neither it nor the sides are known.
        mark: Written in its upper right corner; "" writes none.
    """
    sheet = _enlarged(patch)
    draw = ImageDraw.Draw(sheet)
    _text(draw, (SIDE_PX - 8, 8), mark, size=17, anchor="rt")
    edge, middle = SIDE_PX - 5, SIDE_PX // 2
    sides = (
        ("A", (middle, 5), "mt"),
        ("P", (middle, edge), "mb"),
        ("R", (5, middle), "lm"),
        ("L", (edge, middle), "rm"),
    )
    for letter, place, anchor in sides if spacing_mm is not None else ():
        _text(draw, place, letter, size=15, anchor=anchor)
    if spacing_mm is not None:
        _scale_bar(draw, patch.shape[1], spacing_mm[1])
    return np.asarray(sheet)


def captioned(picture: Pixels, first: str, second: str) -> Pixels:
    """A picture of `marked` with two lines under it, (416, 352, 3)."""
    sheet = Image.new("RGB", (SIDE_PX, SIDE_PX + CAPTION_PX), GROUND)
    sheet.paste(Image.fromarray(picture), (0, 0))
    draw, middle = ImageDraw.Draw(sheet), SIDE_PX // 2
    _text(draw, (middle, SIDE_PX + 20), first, size=_fitting(first, 19), anchor="mm")
    _text(draw, (middle, SIDE_PX + 46), second, size=_fitting(second, 15), anchor="mm", colour=DIM)
    return np.asarray(sheet)


def _frame(trajectory: Trajectory, step: int) -> Pixels:
    picture = marked(trajectory.pictures[step], trajectory.spacing_mm, MARK)
    return captioned(picture, *_captions(trajectory, step))


def _fitting(text: str, size: int) -> int:
    """The largest size up to the one wanted in which a line fits the picture's width."""
    while size > LEAST_LETTERS and _font(size).getlength(text) > SIDE_PX - 12:
        size -= 1
    return size


def _captions(trajectory: Trajectory, step: int) -> tuple[str, str]:
    """Asked and measured in one unit for the whole film; below, score or what is wrong."""
    sizes = np.concatenate([trajectory.asked_mm, trajectory.measured_mm])
    reference = float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0
    measured = say_length(float(trajectory.measured_mm[step]), reference)
    measured = measured if measured == "not measured" else f"measured {measured}"
    measured = "" if trajectory.spacing_mm is None else f", {measured}"
    if np.isfinite(trajectory.asked_mm[step]):
        first = f"asked {say_length(float(trajectory.asked_mm[step]), reference)}{measured}"
    elif trajectory.unit == "share":
        first = f"{trajectory.steps[step]:.0%} of the way{measured}"
    else:
        first = f"{trajectory.steps[step]:+.1f} {trajectory.unit}".rstrip() + measured
    if trajectory.refused[step]:
        return first, "not to be trusted: see the table"
    score = trajectory.score[step]
    return first, f"model score {score:.2f}" if np.isfinite(score) else ""


def _scale_bar(draw: ImageDraw.ImageDraw, width: int, spacing_mm: float) -> None:
    """The longest round length within a third of the picture, bottom left."""
    px_a_mm = SIDE_PX / width / spacing_mm
    fitting = [mm for mm in BARS_MM if mm * px_a_mm <= SIDE_PX / 3]
    length_mm = fitting[-1] if fitting else BARS_MM[0]
    x, y, long = 14, SIDE_PX - 14, round(length_mm * px_a_mm)
    for colour, thick in ((0, 6), (LIGHT, 3)):
        draw.line([(x, y), (x + long, y)], fill=colour, width=thick)
    text = f"{length_mm // 10} cm" if length_mm >= CM_FROM_MM else f"{length_mm} mm"
    _text(draw, (x, y - 7), text, size=15, anchor="lb")


def _enlarged(patch: Patch) -> Image.Image:
    grey = Image.fromarray((np.clip(patch, 0, 1) * 255).round().astype(np.uint8))
    return grey.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC).convert("RGB")


def _text(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    *,
    size: int,
    anchor: str,
    colour: tuple[int, int, int] = LIGHT,
) -> None:
    draw.text(
        place,
        text,
        fill=colour,
        font=_font(size),
        anchor=anchor,
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
