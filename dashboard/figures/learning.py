"""How training went: what was minimised, how much a code says, how many dimensions say it."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.evaluation.reconstruction import WINDOW_PX
from dashboard.figures import theme

PANELS = (
    ("loss", "loss in all"),
    ("l1", "mean absolute error"),
    ("ssim", "SSIM, 1 is alike"),
    ("attribute", "attributes, error"),
)
KINDS = (("train", theme.NEUTRAL, "training"), ("validation", theme.NEGATIVE, "validation"))


def loss_curves(history: pd.DataFrame) -> go.Figure:
    """The picture network's loss and its parts over epochs, each on a scale of its own."""
    drawing = history[history["phase"] == "vae"]
    panels = [one for one in PANELS if _positive(drawing, f"train_{one[0]}")]
    lines = -(-len(panels) // 2) or 1
    figure = make_subplots(
        rows=lines,
        cols=2,
        subplot_titles=[name for _, name in panels],
        vertical_spacing=0.2,
        horizontal_spacing=0.13,
    )
    for place, (part, _) in enumerate(panels):
        for split, colour, name in KINDS:
            figure.add_scatter(
                x=drawing["epoch"],
                y=drawing[f"{split}_{part}"],
                mode="lines",
                name=name,
                legendgroup=split,
                showlegend=place == 0,
                line={"color": colour, "width": 2.5},
                hovertemplate="epoch %{x}: %{y:.4g}<extra>" + name + "</extra>",
                row=place // 2 + 1,
                col=place % 2 + 1,
            )
    theme.layout(figure, height=110 + 210 * lines)
    figure.update_layout(legend={"y": 1.08}, margin={"t": 60})
    figure.update_xaxes(title_text="epoch", row=lines)
    return figure


def ssim_words(history: pd.DataFrame, *, window_px: int) -> str:
    """Why the curve of SSIM ends elsewhere than the figure does; "" where it was not watched."""
    ends = history.loc[history["phase"] == "vae", "validation_ssim11"].dropna()
    if not len(ends) or window_px == WINDOW_PX:
        return ""
    return (
        "SSIM is drawn as training takes it (1 - SSIM is in the loss), over windows of "
        f"{window_px} pixels; the figures above have {WINDOW_PX}, by which validation patches end "
        f"at {ends.iloc[-1]:.2f}."
    )


def rate_curves(history: pd.DataFrame, *, latent: int) -> go.Figure:
    """KL and active units over epochs: a code that says nothing has collapsed."""
    drawing = history[history["phase"] == "vae"]
    figure = make_subplots(
        rows=1,
        cols=2,
        subplot_titles=["KL, nats a patch", f"active units of {latent}"],
        horizontal_spacing=0.13,
    )
    for column, (name, colour) in enumerate(
        (("validation_kl", theme.NEGATIVE), ("active_units", theme.ACCENT)), start=1
    ):
        figure.add_scatter(
            x=drawing["epoch"],
            y=drawing[name],
            mode="lines",
            line={"color": colour, "width": 3},
            hovertemplate="epoch %{x}: %{y:.3g}<extra></extra>",
            row=1,
            col=column,
        )
    theme.layout(figure, height=260, x="epoch", legend="none")
    figure.update_layout(margin={"t": 36})
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_yaxes(range=[0, latent * 1.05], row=1, col=2)
    return figure


def head_curves(history: pd.DataFrame) -> go.Figure:
    """The head's loss and the AUC of validation patients.

    A head with epochs has its loss on training patients; the logistic one has it on training
    patients that were held out in turn, on which its penalty is chosen.
    """
    head = history[history["phase"] == "head"]
    figure = make_subplots(
        rows=1,
        cols=2,
        subplot_titles=["loss of the head", "AUC, validation patients"],
        horizontal_spacing=0.13,
    )
    for split, colour, name in KINDS:
        figure.add_scatter(
            x=head["epoch"],
            y=head[f"{split}_loss"],
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5},
            row=1,
            col=1,
        )
    figure.add_scatter(
        x=head["epoch"],
        y=head["validation_auc"],
        mode="lines",
        line={"color": theme.NEGATIVE, "width": 2.5},
        row=1,
        col=2,
    )
    # a logistic head has no epochs: its steps are penalties, and the rate column holds them
    steps = bool((head["learning_rate"] >= 1).any())
    along = "penalty tried, strongest first" if steps else "epoch"
    theme.layout(figure, height=260, x=along, legend="none")
    figure.update_layout(margin={"t": 36})
    figure.update_yaxes(range=[0, 1.02], row=1, col=2)
    return figure


def _positive(history: pd.DataFrame, name: str) -> bool:
    return name in history and bool((history[name] > 0).any())
