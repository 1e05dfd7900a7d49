"""The dashboard: `streamlit run dashboard/app.py [-- --runs DIR]`."""

import streamlit as st

from dashboard.lifespan import lifespan
from dashboard.routes import ROUTES

app = st.App("frame.py", lifespan=lifespan, routes=ROUTES)
