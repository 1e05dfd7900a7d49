"""The name and shape of every array that crosses a room.

Written as jaxtyping annotations where jaxtyping is installed (the tests check them at run
time); plain numpy arrays otherwise, so that serving needs no type checker.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    Patch: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
    Patches: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
    Masks: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
    Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
    Code: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
    Codes: TypeAlias = np.ndarray[Any, np.dtype[np.float32]]
    Values: TypeAlias = np.ndarray[Any, Any]
    Labels: TypeAlias = np.ndarray[Any, Any]
    PatientLabels: TypeAlias = np.ndarray[Any, Any]
    PatientFeatures: TypeAlias = np.ndarray[Any, Any]
    Kept: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
    Features: TypeAlias = np.ndarray[Any, Any]
    Volume: TypeAlias = np.ndarray[Any, Any]
    LabelVolume: TypeAlias = np.ndarray[Any, Any]
    Affine: TypeAlias = np.ndarray[Any, Any]
    Map2D: TypeAlias = np.ndarray[Any, Any]
else:
    try:
        from jaxtyping import Bool, Float, Float32, Int, Integer, Num, Shaped
    except ImportError:
        Patch = Patches = Mask = Masks = Code = Codes = Values = Labels = Features = np.ndarray
        PatientLabels = PatientFeatures = Kept = np.ndarray
        Volume = LabelVolume = Affine = Map2D = np.ndarray
    else:
        Patch = Float32[np.ndarray, "height width"]
        """One patch in [0, 1]; axis 0 anterior to posterior, axis 1 patient's right to left."""
        Patches = Float32[np.ndarray, "row height width"]
        Mask = Bool[np.ndarray, "height width"]
        Masks = Bool[np.ndarray, "row height width"]
        Code = Float[np.ndarray, " latent"]
        Codes = Float[np.ndarray, "row latent"]
        Values = Num[np.ndarray, " row"]
        Labels = Shaped[np.ndarray, " row"]
        PatientLabels = Shaped[np.ndarray, " patient"]
        PatientFeatures = Float[np.ndarray, "patient _"]
        Kept = Bool[np.ndarray, "patient row"]
        """Which rows a patient, or a copy of one with a lesion left out, is judged by."""
        Features = Float[np.ndarray, "row _"]
        Volume = Num[np.ndarray, "i j k"]
        LabelVolume = Integer[np.ndarray, "i j k"]
        Affine = Float[np.ndarray, "4 4"]
        Map2D = Float[np.ndarray, "height width"]
        del Int
