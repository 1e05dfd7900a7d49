"""The dashboard: `streamlit run dashboard/app.py [-- --runs DIR]`."""

import os

# One thread for one picture: these networks are too small for two, and while a second thread of
# torch or OpenBLAS waits for work it spins, on the core that the browser and the other visitors
# need (growth while dragging: 13 pictures a second with two, 23 with one). Both read it when they
# are loaded, so it stands before all that loads them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import streamlit as st

from dashboard.lifespan import lifespan
from dashboard.routes import ROUTES

app = st.App("frame.py", lifespan=lifespan, routes=ROUTES)
