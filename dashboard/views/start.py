import streamlit as st

from dashboard import controls, opening, parts, state, words
from dashboard.components.film_slider import film_slider
from dashboard.figures import score_card

run = state.run()
left, right = parts.split(5, 6, key="start", middle=True)

with right:
    parts.hero(
        "Lymphoscape",
        f"See what a network sees in {words.article(run.words.lesion)}.",
        f"From the pictures of {words.counted(opening.trained_on(run), 'patient')} it learned to "
        f"tell those {words.having(1, run.words)} from those without. Walk through what it "
        f"learned, let {words.article(run.words.lesion)} grow, ask it why.",
    )
    parts.badges(*opening.kinds(run))
    parts.score_line(score_card.line(run), score_card.caution(run))
    controls.doors_to("how_good")

parts.section("Where would you like to begin?")
for place, (title, sentence, pages) in zip(st.columns(3), opening.DOORS, strict=True):
    with place, st.container(border=True, height="stretch"):
        parts.door(title, sentence.format(lesion=run.words.lesion, lesions=run.words.lesions))
        controls.doors_to(*pages, by_name=True)

foot = st.container()

# last, so that a cold start shows the words while the network is loaded and the film drawn
with left:
    film_slider(
        opening.reel(*state.key(), state.row()),
        key="start_film",
        mode="loop",
    )
with foot:
    parts.end("Patch", "Code", "Held out", "Short axis", code=opening.python(state.row()))
