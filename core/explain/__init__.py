"""Why did it say so? Takes a trained network and patches; gives Explanations.

- `explanation`: Explanation, one map with what must be said beside it (no torch)
- `grad_cam`: Grad-CAM and HiResCAM of a node's logit, without hooks
- `faithfulness`: whether a map can be trusted: pointing game, mass, deletion and insertion,
  beside a centre blob, an edge detector and chance (no torch)
- `export`: a map as NIfTI on the voxels it came from (no torch)

A map shows what the model used, not where disease is.
"""
