"""Why did it say so? Takes a trained network and patches; gives Explanations.

- `question`: which score to explain: the node's logit, the patient's, a direction, a cluster
- `explanation`: Explanation, one map with what must be said beside it (no torch)
- `grad_cam`: Grad-CAM and HiResCAM of a score, without hooks
- `pixels`: integrated gradients, SmoothGrad and occlusion, through captum
- `maps`: patches in, Explanations out, whichever method
- `faithfulness`: whether a map can be trusted, beside a centre blob, an edge detector, chance
- `formula`: the paper's formula term by term
- `export`: a map as NIfTI on the voxels it came from (no torch)

A map shows what the model used, not where disease is.
"""
