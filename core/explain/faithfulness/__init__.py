"""Can a map be trusted? Takes maps, patches and the model's score; gives what each map is worth.

- `place`: does it lie on the lesion: pointing game, rank, area under the curve
- `removal`: does the score follow when what it marks is taken away
- `baselines`: a centre blob, an edge detector and chance, beside which every figure stands
"""

from core.explain.faithfulness.baselines import centre_blob, chance, edges
from core.explain.faithfulness.place import area_under_roc, points_inside, rank_accuracy
from core.explain.faithfulness.removal import Removal, Score, removal

__all__ = [
    "Removal",
    "Score",
    "area_under_roc",
    "centre_blob",
    "chance",
    "edges",
    "points_inside",
    "rank_accuracy",
    "removal",
]
