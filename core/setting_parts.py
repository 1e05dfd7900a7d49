"""The parts of the settings, one for each room; units stand in the names.

`core.settings` puts them together. Functions receive the part they need (`settings.vae`), never
the whole.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Attribute = Literal[
    "short_axis_mm",
    "long_axis_mm",
    "elongation",
    "compactness",
    "convexity",
    "irregularity",
    "area_mm2",
    "contrast",
    "heterogeneity",
]
"""What is measured of every lesion from its mask and picture, and can have a dimension."""


class Part(BaseModel):
    """A group of settings; unknown names are refused and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class CohortSettings(Part):
    """Who is in the study, and how the study calls things."""

    path: str = Field("cohorts/phantom-168-1", min_length=1)
    """BIDS folder, table (CSV, TSV) or npz of patches. A missing `cohorts/phantom-N-S` is drawn."""
    lesion: str = ""
    """What one lesion is called; empty takes the cohort's own word, else "lymph node"."""
    outcome: str = ""
    """What a positive patient has; empty takes the cohort's own word, else "N+"."""
    modality: str = ""
    """What made the pictures; empty takes the cohort's own word, else "T2w MRI"."""
    exclude: tuple[str, ...] = ()
    """Patients (pseudonyms) to leave out, whatever their files say."""


class PatchSettings(Part):
    """How a lesion becomes patches (the paper's section 3 gives the defaults)."""

    size_px: int = Field(32, ge=16, le=128, multiple_of=8)
    """Side of a patch, in pixels."""
    spacing_mm: tuple[float, float, float] = (0.573, 0.573, 3.3)
    """Voxel size that volumes are brought to; 0 keeps the volume's own along that axis."""
    tolerance: float = Field(0.05, gt=0, lt=1)
    """Resample only where an axis is off by more than this share."""
    slices_per_node: int = Field(3, ge=1)
    """At most this many slices a lesion, largest first."""
    least_area_share: float = Field(0.5, ge=0, le=1)
    """Further slices need at least this share of the largest slice's area."""
    patches_per_patient: int = Field(25, ge=1)
    """At most this many patches a patient, largest first."""
    least_pixels: int = Field(3, ge=1)
    """A lesion on fewer pixels in its largest slice is excluded."""
    standardise: bool = True
    """Histogram standardisation with landmarks learned on training patients (Nyul 2000)."""


class SplitSettings(Part):
    """Patients are split first, stratified by label, then everything else is fitted on train."""

    train: float = Field(0.6, gt=0, lt=1)
    """Share of patients the weights are fitted on."""
    validation: float = Field(0.2, gt=0, lt=1)
    """Share of patients every choice is made on; the rest is test."""

    @model_validator(mode="after")
    def _leaves_a_test_part(self) -> Self:
        if self.train + self.validation >= 1:
            raise ValueError("train + validation must leave a part for test")
        return self


class VaeSettings(Part):
    """The network that draws patches from codes."""

    architecture: Literal["compact", "paper"] = "compact"
    """compact: strided convolutions and nearest upsampling; paper: PAPER.md section 4's layers."""
    latent: int = Field(64, ge=2, le=1024)
    """Length of a code."""
    width: int = Field(24, ge=4, le=128)
    """Channels of the first resolution."""
    attributes: tuple[Attribute, ...] = (
        "short_axis_mm",
        "elongation",
        "contrast",
        "heterogeneity",
        "irregularity",
    )
    """Measured attributes that the first dimensions carry, one each, z-scored; may be empty."""

    outline: bool = True
    """The encoder draws the lesion's outline, taught by the masks, and reads the attributes off
    what it drew; needs attributes and the compact architecture."""

    @model_validator(mode="after")
    def _has_room_for_the_attributes(self) -> Self:
        if len(set(self.attributes)) < len(self.attributes):
            raise ValueError("each attribute once")
        if self.latent < len(self.attributes):
            raise ValueError(f"at least {len(self.attributes)}, one for each of vae.attributes")
        return self


class ObjectiveSettings(Part):
    """What training minimises; each weight multiplies a mean over the batch."""

    l1: float = Field(1800.0, ge=0)
    """Weight of the mean absolute error (paper: 0.4 * 4500)."""
    ssim: float = Field(2764.8, ge=0)
    """Weight of 1 - SSIM (paper: 0.6 * 3 * 1536)."""
    ssim_window_px: Literal[3, 5, 7, 9, 11] = 5
    """Side of the SSIM window."""
    kl: float = Field(0.39, ge=0)
    """Weight of the KL divergence in nats (paper: 0.39 * w(epoch))."""
    kl_schedule: Literal["constant", "paper", "warmup"] = "warmup"
    """paper: w = 1.25 - exp(-5 epoch / 200); warmup: rises linearly over the first fifth."""
    attribute: float = Field(150.0, ge=0)
    """Weight of the squared error of the regularised dimensions."""
    outline: float = Field(800.0, ge=0)
    """Weight of the outline's error (cross-entropy and Dice), where the encoder draws one."""
    equivariance: float = Field(0.5, ge=0)
    """Weight of "a step of the size dimension is a radial warp" (SCIENCE.md section 2), relative
    to the other parts; 0 leaves it out, and so does a cohort without masks."""
    stillness: float = Field(0.03, ge=0)
    """How much the unnamed dimensions staying put counts beside the named ones moving, within
    equivariance: there are ten times as many, and at 1 they outweigh the picture."""
    node_weight: float = Field(3.0, ge=1)
    """How much more a pixel of the lesion and its rim counts in L1."""


class HeadSettings(Part):
    """How codes become a patient's probability (multiple instance learning)."""

    kind: Literal["logistic", "additive", "attention", "mean", "max", "paper"] = "logistic"
    """logistic: linear node logits with an L2 penalty, pooled by a log-sum-exp, plus clinical
    terms, fitted to the end; additive: a small network a node, pooled by a masked log-mean-exp;
    attention: gated attention; paper: PAPER.md section 4's head."""
    hidden: int = Field(16, ge=1)
    """Width of the node MLP."""
    components: int = Field(3, ge=0)
    """Principal components of the unnamed dimensions that the node MLP sees beside the named
    ones; 0 shows it the whole code."""
    outcome: Literal["binary", "ordinal"] = "binary"
    """What the head is taught: N0 against N+; or N0 / N1 / N2 in their order, by proportional
    odds (the logistic head, and a study that tells the N stage). It says N+ either way."""
    distance: bool = False
    """Lesions are weighted by their distance to the tumour's outline (the logistic head)."""
    slices: Literal["each", "mean"] = "each"
    """each: every slice of a lesion speaks; mean: 2.5-D, a lesion speaks once, by the mean code of
    its slices (`patch.slices_per_node`; any head but the paper's)."""
    measured: bool = True
    """The logistic head reads the named attributes off the mask, where there is one; what a change
    of the code changes is added. Otherwise, and without a mask, it reads the code alone."""
    members: int = Field(5, ge=1)
    """Heads of different seeds whose logits are averaged."""
    clinical: tuple[Literal["t_stage", "age", "sex"], ...] = ("t_stage",)
    """Patient's features that enter beside the nodes, where the cohort has them."""
    dropout: float = Field(0.2, ge=0, lt=1)
    """Dropout inside the node MLP."""
    epochs: int = Field(120, ge=1)
    """Passes over the training patients; the best on validation patients is kept."""
    learning_rate: float = Field(2e-3, gt=0)
    """Adam's step."""
    weight_decay: float = Field(1e-2, ge=0)
    """Decoupled L2 penalty."""
    code_noise: float = Field(0.5, ge=0)
    """Noise added to codes while training, in posterior standard deviations."""
    mixup: float = Field(0.2, ge=0, le=1)
    """Share of codes mixed with another of the same patient while training."""
    copies: int = Field(8, ge=1)
    """Augmented copies of every training patch that the head sees (paper: 25)."""

    @model_validator(mode="after")
    def _asks_the_logistic_head(self) -> Self:
        if self.kind != "logistic" and (self.outcome == "ordinal" or self.distance):
            raise ValueError("outcome ordinal and distance need kind logistic")
        if self.kind == "paper" and self.slices == "mean":
            raise ValueError("slices mean needs another kind than paper, which reads every slice")
        return self


class AugmentSettings(Part):
    """How training patches are varied, batched on the device (the paper's section 3)."""

    noise: float = Field(0.02, ge=0)
    """Largest standard deviation of added noise, on the 0..1 scale (paper: 0.05)."""
    flip: bool = True
    """Left-right and up-down mirroring."""
    log_gamma: float = Field(0.2, ge=0)
    """Gamma is exp(uniform(-x, x)) (paper: 0.3)."""
    bias: float = Field(0.15, ge=0)
    """Strength of a smooth multiplicative field (paper: 0.25)."""
    shift_px: float = Field(2.0, ge=0)
    """Standard deviation of the centre's jitter, cut at 8 px (paper: 6)."""
    turn: bool = True
    """Rotation by any angle (paper: none)."""
    zoom: float = Field(0.15, ge=0, le=1)
    """The patch is enlarged by exp(uniform(-x, x)), its attributes with it (paper: 0)."""
    stretch: float = Field(0.3, ge=0, le=1)
    """Stretched by exp(uniform(-x, x)) along an axis of chance, area kept (paper: 0)."""
    bent_share: float = Field(0.75, ge=0, le=1)
    """Share of patches that are turned, zoomed and stretched; the others keep their pixels."""


class TrainingSettings(Part):
    """How long and how the weights come to be."""

    epochs: int = Field(60, ge=1)
    """Most passes over the training patches."""
    minutes: float = Field(0.0, ge=0)
    """Stop the VAE after this many minutes of training, however many epochs; 0: no limit."""
    batch: int = Field(128, ge=2)
    """Patches a step."""
    learning_rate: float = Field(1.5e-3, gt=0)
    """Adam's largest step (one-cycle)."""
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    """Adam's step over time; one-cycle: up over the first tenth, then down to a hundredth."""
    clip: float = Field(1e4, gt=0)
    """Longest gradient; longer ones are shortened."""
    precision: Literal["float32", "bfloat16"] = "bfloat16"
    """Arithmetic of convolutions while training, where the machine computes bfloat16 itself;
    weights and serving stay float32."""
    copies: int = Field(1, ge=1)
    """Augmented copies of a training patch an epoch."""
    threads: int = Field(0, ge=0)
    """Threads torch may use; 0 takes what the machine has."""
    snapshots: int = Field(12, ge=2)
    """Moments of training kept to look back at."""


class MapSettings(Part):
    """The map and its clusters."""

    neighbours: int = Field(15, ge=2)
    """UMAP's neighbourhood."""
    min_dist: float = Field(0.1, ge=0, le=1)
    """UMAP's least distance between points."""
    clusters: int = Field(6, ge=2, le=45)
    """K of the K-Means that `map.parquet` carries."""
