"""Lymphoscape's core: from NIfTI to a finished Run, and every question asked of one.

NIfTI -> Cohort -> PatchTable -> fit -> Run -> Model / LatentSpace -> Direction -> Trajectory
/ Explanation. Nothing here knows Streamlit or Plotly. Research and teaching only, not for
diagnosis.
"""
