"""What stands beside a heat map: how many checks it passes, each with its threshold."""

from dataclasses import dataclass
from html import escape

from core.arrays import Mask
from core.explain.explanation import Explanation
from core.explain.faithfulness.checked import ALIKE, CHECKS, STEADY, Checked

NO_BETTER: dict[tuple[str, ...], str] = {
    told: f"Greyed out: {which} as much of what moves the score. Do not read this map."
    for told, which in {
        ("blob",): "a blob in the middle of the picture tells",
        ("chance",): "chance tells",
        ("blob", "chance"): "a blob in the middle of the picture and chance each tell",
    }.items()
}
"""Why a map is greyed out, by which maps that know nothing are worth as much."""
# the check is taken where the lesion lies elsewhere, so the share inside as it was cut differs
ELSEWHERE = "Moved off the middle, no more of its evidence lies on the {lesion} than a blob's."
UNTESTED = "Not tested yet."
OTHER_WEIGHTS = "Not tested: the checks are of the run's own model, and this map is not its map."
MOVED = "Not tested here: this picture was cut again, the checks are of another cut."
PALE = 0.45  # opacity of a picture that is greyed out, on the page and in files

# per check: the threshold and the number behind it
_BEHIND = {
    "on_lesion": "{mass:.0%} against {mass_blob:.0%}",
    "followed": "{worth:.2f} against {worth_blob:.2f} and {worth_chance:.2f}",
    "kept": "{road:.2f}, passes above 0",
    "dissolves": f"likeness {{alike:.2f}}, passes up to {ALIKE:.2f}",
    "steady": f"changes by {{change:.2f}} of itself, passes up to {STEADY:.2f}; the goal is 0.05",
}


@dataclass(frozen=True)
class HeatCard:
    """One lesion with its map, ready to be shown.

    Attributes:
        title: Which lesion: "Lymph node 3, 6.9 mm".
        explanation: Its map.
        mask: The lesion's outline, or None where it is not known.
        score: Its suspicion score in [0, 1].
        threshold: Score from which a lesion is called.
        left_out: Change of the patient's score when it is left out; None where it was not asked.
        spacing_mm: Side of a pixel; None where neither it nor the patient's sides are known.
        window: Lowest and highest grey shown.
        checked: What the map passes; None where it was not tested.
        untestable: Why such a map cannot be tested, as a sentence; "" where it can.
        lesion: What the cohort calls one.
        caution: What is known of the method, whatever this map passes; "" where nothing is.
    """

    title: str
    explanation: Explanation
    mask: Mask | None
    score: float
    threshold: float
    left_out: float | None
    spacing_mm: float | None
    window: tuple[float, float] = (0.0, 1.0)
    checked: Checked | None = None
    untestable: str = ""
    lesion: str = "lesion"
    caution: str = ""

    @property
    def tone(self) -> str:
        """The class of its card: silenced, paler because it cannot be tested, or plain."""
        return " heat-dim" if self.greyed else " heat-pale" if self.untestable else ""

    @property
    def greyed(self) -> bool:
        """Whether it must not be read: a blob or chance tells as much of what moves the score."""
        if self.untestable or self.checked is None:
            return False
        return bool(self.checked.no_better_than)


def badge(card: HeatCard) -> str:
    """How far a map follows the model: so many of five checks, each with its mark."""
    line = line_html(card.checked, reason=card.untestable, lesion=card.lesion)
    said = f'<p class="heat-warning">{escape(card.caution)}</p>' if card.caution else ""
    return f"{said}{line}"


def line_html(checked: Checked | None, *, reason: str = "", lesion: str = "lesion") -> str:
    """The same for a map without a card.

    Args:
        checked: What the map passes; None where it was not tested.
        reason: Why it cannot be tested, as a sentence; then `checked` says nothing of it.
        lesion: What the cohort calls one.
    """
    if reason or checked is None:
        return f'<p class="heat-untested">{escape(reason or UNTESTED)}</p>'
    marks = "".join(
        f'<li class="{"passed" if passed else "failed"}">{"✓" if passed else "✗"} '
        f"{escape(said)}</li>"
        for said, passed in _told(checked, lesion)
    )
    warned = "".join(
        f'<p class="heat-warning">{escape(said)}</p>' for said in warnings(checked, lesion)
    )
    said = escape(checked.in_words.replace("on the lesion", f"on the {lesion}"))
    return (
        f"{warned}<details class='heat-badge'><summary>{said}</summary><ul>{marks}</ul></details>"
    )


def warnings(checked: Checked, lesion: str) -> list[str]:
    """What must be read before the map: why it is greyed out, and that it lies elsewhere.

    A map whose evidence lies elsewhere keeps its colours: a model may rightly use surroundings.

    Args:
        checked: What the map passes.
        lesion: What the cohort calls one.
    """
    silenced = [NO_BETTER[checked.no_better_than]] if checked.no_better_than else []
    elsewhere = [ELSEWHERE.format(lesion=lesion)] if checked.on_lesion is False else []
    return [*silenced, *elsewhere]


def badge_lines(card: HeatCard) -> list[str]:
    """The same in plain lines, for a file that travels without its page."""
    known = [card.caution] if card.caution else []
    if card.untestable:
        return [*known, card.untestable]
    if card.checked is None:
        return [*known, UNTESTED]
    failed = [said for said, passed in _told(card.checked, card.lesion) if not passed]
    warned = warnings(card.checked, card.lesion)
    counted = f"{card.checked.counted}."
    return [*known, *warned, counted, *(f"Failed: {said}." for said in failed)]


def _told(checked: Checked, lesion: str) -> list[tuple[str, bool]]:
    found = []
    for name, passed in checked.taken.items():
        said = CHECKS[name].replace("the lesion", f"the {lesion}")
        behind = _BEHIND[name].format(**vars(checked))
        found.append((f"{said} ({behind})", passed))
    return found


BADGE_CSS = f"""
.heat-dim .ls-picture {{ filter: grayscale(1); opacity: {PALE}; }}
.heat-pale .ls-picture {{ filter: saturate(.55); }}
.heat-card .heat-warning {{ font-size: .92rem; font-weight: 600; }}
.heat-card .heat-untested {{ font-size: .92rem; opacity: .8; font-style: italic; }}
.heat-badge {{ font-size: .92rem; margin: .35rem 0 .1rem; }}
.heat-badge summary {{ cursor: pointer; line-height: 1.35; }}
.heat-badge ul {{ list-style: none; margin: .25rem 0 0; padding: 0; }}
.heat-badge li {{ margin: .1rem 0; line-height: 1.3; }}
.heat-badge .failed {{ font-weight: 600; }}
"""
