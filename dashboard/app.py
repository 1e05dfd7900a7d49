"""The dashboard: `streamlit run dashboard/app.py [-- --runs DIR]`."""

import os

import streamlit as st

from dashboard.lifespan import lifespan
from dashboard.routes import ROUTES

# One thread for one picture: these networks are too small for two, and while torch's second thread
# waits for work it spins, on the core that the browser and the other visitors need (growth while
# dragging: 13 pictures a second with two, 23 with one). Read when torch is loaded, which is later.
os.environ.setdefault("OMP_NUM_THREADS", "1")

app = st.App("frame.py", lifespan=lifespan, routes=ROUTES)
