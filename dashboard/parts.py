"""What every page is made of: its heading, the terms panel, "this view in Python", empty states.

One place (`telling`) turns what a user can mend into a box; the frame wraps every page in it and
`fragment` every fragment, which Streamlit runs without the frame.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from html import escape
from pathlib import Path
from typing import ParamSpec, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LymphoscapeError, RunNotFound
from dashboard import state, words

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

TRAIN = "python train.py --open"
HOUSE_CSS = Path(__file__).parent / "components" / "house.css"


@contextmanager
def telling() -> Iterator[None]:
    """Show what a user can mend as one box; anything else is our bug and goes on."""
    try:
        yield
    except RunNotFound as error:
        if state.runs():
            st.error(str(error), icon=":material/error:")
        else:
            empty("There is no finished run yet.", TRAIN)
    except LymphoscapeError as error:
        st.error(str(error), icon=":material/error:")


def fragment(
    function: Callable[Asked, Answer] | None = None,
    *,
    run_every: float | None = None,
) -> Callable[..., Answer | None]:
    """A Streamlit fragment whose mendable errors are told like a page's."""

    def guarded(inner: Callable[Asked, Answer]) -> Callable[Asked, Answer | None]:
        @wraps(inner)
        def asked(*args: Asked.args, **named: Asked.kwargs) -> Answer | None:
            with telling():
                return inner(*args, **named)
            return None

        return st.fragment(asked, run_every=run_every)

    return guarded(function) if function else guarded  # type: ignore[return-value]  # two ways to be called


def header(title: str, sentence: str, *, also: str = "", below: str = "") -> None:
    """A page's first lines: its name, the one thing to know, what else must be, a quieter line."""
    lead = "".join(f'<p class="ls-lead">{escape(said)}</p>' for said in (sentence, also) if said)
    quiet = f'<p class="ls-below">{escape(below)}</p>' if below else ""
    st.html(f'<header class="ls-header"><h1>{escape(title)}</h1>{lead}{quiet}</header>')


def hero(title: str, sentence: str, below: str) -> None:
    """The first page's heading, larger than the others'."""
    st.html(
        f'<header class="ls-header ls-hero"><h1>{escape(title)}</h1>'
        f'<p class="ls-lead">{escape(sentence)}</p><p class="ls-below">{escape(below)}</p></header>'
    )


def score_line(sentence: str, caution: str) -> None:
    """How good the run is, in one line; a caution stands beside it."""
    if sentence:
        mark = f' <span class="ls-badge ls-warn">{escape(caution)}</span>' if caution else ""
        st.html(f'<p class="ls-score">{escape(sentence)}{mark}</p>')


def door(title: str, sentence: str) -> None:
    """A way into the pages: what one does there."""
    st.html(f'<div class="ls-door"><h3>{escape(title)}</h3><p>{escape(sentence)}</p></div>')


def section(title: str, sentence: str = "") -> None:
    """A heading inside a page, with a sentence under it; `contents` and `link` lead to it."""
    quiet = f"<p>{escape(sentence)}</p>" if sentence else ""
    head = f'<h2 id="{anchor(title)}">{escape(title)}</h2>'
    st.html(f'<div class="ls-section">{head}{quiet}</div>')


def anchor(title: str) -> str:
    """A section's place in the page's address: "can-these-maps-be-trusted"."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def link(title: str) -> str:
    """A link to a section of this page, as Markdown."""
    return f"[{title}](#{anchor(title)})"


def contents(*titles: str) -> None:
    """The sections of a long page as links, at its top; "" stands for one that is not there."""
    links = "".join(
        f'<li><a href="#{anchor(title)}">{escape(title)}</a></li>' for title in titles if title
    )
    st.html(
        f'<nav class="ls-contents" aria-label="On this page"><b>On this page</b><ul>{links}</ul>'
        "</nav>"
    )


def split(*shares: int, key: str, middle: bool = False) -> list[DeltaGenerator]:
    """A page's large columns: side by side where there is room, below one another elsewhere."""
    with st.container(key=f"split-{key}"):
        at = "center" if middle else "top"
        return st.columns(shares, gap="large", vertical_alignment=at)


def note(sentence: str) -> None:
    """One plain sentence in the page's text; `**bold**` is kept."""
    st.markdown(sentence)


def card_title(title: str, colour: str) -> None:
    """A card's heading with the dot that its points have on the map."""
    st.html(f'<h3 class="ls-card"><i style="background:{colour}"></i>{escape(title)}</h3>')


def badges(*texts: str, warn: Sequence[str] = ()) -> None:
    """Short facts side by side; `warn` stands first and stands out."""
    spans = [f'<span class="ls-badge ls-warn">{escape(text)}</span>' for text in warn]
    spans += [f'<span class="ls-badge">{escape(text)}</span>' for text in texts if text]
    st.html(f'<div class="ls-badges">{"".join(spans)}</div>')


def seen_badge(chosen: state.Chosen) -> str:
    """ "Seen in training", or where else the patch was held out for."""
    held = {"validation": "held out for choices", "test": "held out for the test"}
    return "seen in training" if chosen.seen_in_training else held.get(chosen.split, chosen.split)


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values in two quiet columns, instead of a table."""
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in pairs)
    st.html(f'<dl class="ls-facts">{rows}</dl>')


def sizes(said: str, *, starts: str = "") -> None:
    """A lesion's size in every way it was read, with the reason why these differ."""
    if said:
        why = words.terms(state.run().words)["Why sizes differ"]
        st.caption(f"{words.capital(state.run().words.lesion)}: {said}. {starts}".strip(), help=why)


def empty(missing: str, command: str = "", *, why: str = "") -> None:
    """What stands in a page's place while something is missing, and the command that makes it."""
    with st.container(border=True):
        st.html(
            f'<div class="ls-empty"><h2>{escape(missing)}</h2><p>{escape(why)}</p>'
            f"{'<p>This command makes it:</p>' if command else ''}</div>"
        )
        if command:
            st.code(command, language="bash")


def terms(*names: str) -> None:
    """A folded panel that says what the words on this page mean, in the cohort's words."""
    known = words.terms(state.run().words)
    with st.expander("What do these words mean?", icon=":material/menu_book:"):
        st.markdown("\n".join(f"- **{name}**. {known[name]}" for name in names))


def in_python(code: str) -> None:
    """The page's view as a few lines to run; `run` is opened in the first."""
    run = state.run()
    names, place = "Run", f'Path("{state.runs_folder().name}/{run.name}")'
    if run.folder == state.SHIPPED:
        names, place = "SHIPPED, Run", "SHIPPED"
    elif state.is_example(run):
        names, place = "EXAMPLES, Run", f'EXAMPLES / "{run.name}"'
    first = "from pathlib import Path\n\n" if "Path(" in place + code else ""
    opened = f"{first}from core.run import {names}\n\nrun = Run.open({place})\n"
    with st.expander("This view in Python", icon=":material/code:"):
        st.code(opened + code.strip() + "\n", language="python")


def end(*names: str, code: str) -> None:
    """A page's last lines: its words explained, and itself in Python."""
    st.space("medium")
    left, right = st.columns(2)
    with left:
        terms(*names)
    with right:
        in_python(code)


def failed(sentence: str, *, key: str, again: Callable[[], None]) -> None:
    """Say what went wrong beside the page, with a button that asks for it once more."""
    st.warning(sentence)
    st.button("Try again", key=key, icon=":material/refresh:", on_click=again)


def picture(html: str) -> None:
    """A picture or a strip of them, drawn by `figures.pictures`."""
    st.html(html)


def style() -> None:
    """The few rules that Streamlit's theme does not know; once a page, from the frame."""
    st.html(HOUSE_CSS)


def for_a_room() -> None:
    """Hide what a room need not see: the side bar, the page's own head, and what was chosen."""
    st.html(
        "<style>[data-testid=stSidebar], [data-testid=stSidebarCollapsedControl], "
        "[data-testid=stExpandSidebarButton], .ls-header .ls-below, .st-key-growth-choosing, "
        ".st-key-growth-facts { display: none; } "
        "[data-testid=stMainBlockContainer] { max-width: none; padding-top: 1rem; } "
        ".ls-header h1 { font-size: 1.6rem; } "
        "[data-testid=stMarkdownContainer] p { font-size: 1.25rem; }</style>"
    )
