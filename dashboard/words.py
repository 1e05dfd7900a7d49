"""Sentences on screen, in the cohort's own words: a sarcoma cohort must not read "lymph node"."""

from collections.abc import Mapping
from datetime import datetime

from core.latent.attributes import say_length
from core.run import Run, Words

NOTICE = "Research and teaching only. Not a medical device, not for diagnosis."

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def article(noun: str) -> str:
    """A noun with a or an: "an N+ patient" is read en-plus, so single letters count too."""
    spoken_vowel = noun[:1].lower() in "aeiou" or (
        len(noun) > 1 and noun[0] in "AEFHILMNORSX" and not noun[1].islower()
    )
    return f"{'an' if spoken_vowel else 'a'} {noun}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number and its noun: "1 patient", "168 patients"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def spelt(count: int) -> str:
    """A small number as a word, a larger one in figures."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def capital(text: str) -> str:
    """The same with a capital letter, for the start of a sentence."""
    return text[:1].upper() + text[1:]


def outcome_of(label: int, words: Words) -> str:
    """What a patient has, in the cohort's words."""
    return words.outcome if label else words.no_outcome


def from_patient(label: int, words: Words) -> str:
    """Where a lesion comes from: patients carry the label, lesions do not."""
    if words.outcome == "N+":
        return f"from {article(outcome_of(label, words))} patient"
    return f"from a patient with {outcome_of(label, words)}"


def having(label: int, words: Words) -> str:
    """A patient's state inside a sentence: "with spread", "without"."""
    what = "spread" if words.outcome == "N+" else words.outcome
    return f"with {what}" if label else "without"


def how_many_had(run: Run) -> str:
    """The first thing to know of a cohort: "38 of 168 had spread"."""
    labels = run.rows.groupby("patient_id")["label"].first()
    what = "spread" if run.words.outcome == "N+" else run.words.outcome
    return f"{int(labels.sum())} of {len(labels)} had {what}"


def score_is(words: Words) -> str:
    """What a patient's number means; never called a risk."""
    return f"model score (probability of {words.outcome} in this run)"


def kind(run: Run) -> str:
    """Whether pictures were drawn or scanned."""
    return "synthetic" if run.manifest.synthetic else "real scans"


def when(run: Run) -> str:
    """The day a run was finished: "23 November 2025"."""
    moment = datetime.fromisoformat(run.manifest.finished)
    return f"{moment.day} {moment:%B %Y}"


def mm(value: float | None) -> str:
    """A length as people say it, or a dash where it is not known."""
    return "–" if value is None or value != value else say_length(float(value))


def told_apart(*scores: float) -> list[str]:
    """Scores with two digits, or with as many more as tell them apart, four at most."""
    for digits in (2, 3, 4):
        said = [f"{score:.{digits}f}" for score in scores]
        if len(set(said)) == len(set(scores)):
            return said
    return [f"{score:.2f}" for score in scores]


def sizes(outline_mm: float | None, ruler_mm: float | None, code_mm: float | None = None) -> str:
    """One lesion's size in every way it was read: "5.1 mm by outline, 5.0 mm by ruler"."""
    ways = ((outline_mm, "outline"), (ruler_mm, "ruler"), (code_mm, "code"))
    known = [(float(size), way) for size, way in ways if size is not None and size == size]
    reference = max((size for size, _ in known), default=0.0)
    return ", ".join(f"{say_length(size, reference)} by {way}" for size, way in known)


def terms(words: Words) -> Mapping[str, str]:
    """What the words on these pages mean, by term."""
    lesion, lesions = words.lesion, words.lesions
    return {
        "Patch": f"A small square picture cut out around {article(lesion)}; all the model sees.",
        "Short axis": f"The {lesion}'s smaller diameter in its slice, by the outline drawn on the "
        "scan unless another way is named.",
        "Why sizes differ": f"One {lesion} can be read in three ways. By outline: from the outline "
        "drawn on the scan; this is its size on every page. By ruler: from the grey values of a "
        "patch, along the line half-way between inside and outside (half-maximum contour), the "
        "same on scans and on simulated pictures, which have no outline. By code: what the "
        "model's own code says. The three differ by a few tenths of a millimetre where borders "
        "are blurred or vessels touch.",
        "Code": "The list of numbers that the network turns a patch into, and draws it from again.",
        "Latent space": "All codes together: patches the model finds alike lie close.",
        "Reconstruction": "The patch as the network draws it from its code alone.",
        "Map": "The latent space flattened to two or three dimensions. Near means alike to the "
        "model; big gaps and directions mean little.",
        "UMAP": "A flattening that keeps neighbours together and does not keep distances.",
        "PCA": "A flattening along the directions in which codes vary most; it keeps distances "
        "as far as a plane can.",
        "Cluster": "A group of codes that lie close. A method finds as many as it is asked for; "
        "whether there are any is another question.",
        "Supported": "Groups that hold together better than clouds without groups do, and that "
        "come back, all and each, when patients are drawn again.",
        "Silhouette": "How much closer codes lie to their own cluster than to the next, -1 to 1.",
        "Held out": "Patients kept away from training; only they show how good the model is.",
        "Seen in training": "The weights were fitted on this patient: the model may simply "
        "remember it.",
        "Model score": f"The probability of {words.outcome} that this run's model gives to a "
        "patient. Not a risk for a person.",
        "Suspicion score": f"What the model says of one {lesion}, learned from patients' labels: "
        f"nobody labelled single {lesions}.",
        "Window and level": "Which grey values are shown: level is the middle, window the width.",
        "R, L, A, P": "The patient's right and left, anterior and posterior. As radiologists "
        "look: the patient's left is on your right.",
        "Direction": f"A way to move in the latent space along which one thing about {lesions} "
        "changes, learned from training patients. It is a correlation, not biology.",
        "Asked and delivered": "Asked is the size requested of the model, counted from what the "
        "ruler reads on the original; delivered is what the same ruler reads on the picture "
        "that came out.",
        "Doubling time": "How long a volume takes to double. You set it; the days that follow "
        "from it are arithmetic on your number. The model knows nothing of time.",
        "Difference": "The simulated picture minus the original: orange got brighter, purple "
        "darker.",
        "Truth twin": "On synthetic cohorts the recipe that drew a picture can draw it again with "
        "the same surroundings and a larger size; the simulation is held against it. It is as "
        "synthetic as all of the cohort.",
        "Straight and spherical": "Two ways between two codes: a straight line, or along an arc "
        "that keeps the distance from the centre, where training codes lie.",
        "What training saw": "The region that holds 99 of 100 training codes. Outside it the model "
        "draws what it never saw.",
        "R²": "How much of what was measured the model's code tells on validation patients: 1 is "
        "all, 0 nothing.",
        "Dimension": "One number of a code. Active ones vary between patches; silent ones say "
        "nothing.",
        "Prior": "Codes drawn by pure chance; decoded, they show what the model thinks is usual.",
        "Heat map": f"Where the model looked for its score of one {lesion}; not where disease is.",
        "Grad-CAM and HiResCAM": "Two ways to make a heat map from gradients. Grad-CAM averages "
        "them first and can point at what was not used; HiResCAM does not average.",
        "Integrated gradients, SmoothGrad, occlusion": "Maps on the pixels: what the patch has "
        "that the same patch without detail (blurred) does not. The first two follow gradients "
        "on the way between them or over noisy copies; the last blurs a small window at a time "
        "and watches the score.",
        "Checks of a map": "Five tests of one map: moved off the middle, does its evidence lie "
        f"on the {lesion} more than a blob's; does what it marks move the score more than what a "
        "blob or chance marks; does hiding what it marks least cost less than hiding what it "
        "marks most; does it become another map with random weights; does a little noise leave "
        "it alone.",
        "Layer": "Where in the network the map is taken: 8 × 8 cells are coarse, 16 × 16 finer "
        "and noisier.",
        "Raw maximum": "The strongest cell of the map before colouring; a small one means that "
        "there is little to see.",
        "Base rate": "What the model would say of an average patient before looking.",
        "Left out": f"What the patient's score would be if one {lesion} were not shown to the "
        "model, exactly; the bars show how much lower: what it adds.",
        "AUC": f"How often a patient with {words.outcome} scores above one without; 0.5 is "
        "guessing, 1 never wrong.",
        "Threshold": "The score from which the model flags, chosen on patients whose outcome the "
        "head that was asked had not seen.",
        "No answer": "Both outcomes, or neither, fit what was seen of such scores, so the model "
        "stays silent (conformal sets, 90 of 100 covered).",
        "Calibration": "Whether a score means what it says: of those told 30 %, do 30 of 100 "
        "have it?",
        "Cross-validation": "Every patient is judged by models that never saw that patient's "
        "outcome: patients are dealt into folds, and all is fitted and chosen on the others.",
        "Honest protocol": "Everything is fitted and chosen on patients other than those "
        "the result is reported on.",
        "True value": "What the honest protocol's models are worth on patients outside their "
        "cohort; a real study cannot know it, a synthetic one can.",
        "Epoch and configuration": "How long a network was trained, and how it was set up. Of many "
        "tries one is reported; whoever looks at the test patients first reports a lucky one.",
        "Trained anew": "Landmarks and autoencoder are fitted in every fold too, as in a study "
        "that has no other data; kept as they are, they come from other patients.",
        "Calls for scores": "An AUC of yes and no instead of scores is the mean of sensitivity and "
        "specificity at one threshold, and no AUC of the model.",
        "Landmarks and scaling": "What brings grey values and numbers to one scale; it is learned "
        "from patients, so it must not be learned from those who are tested.",
        "Pathological T stage": "How deep the tumour reaches, as the pathologist finds it. It is "
        "known only after surgery, and then so are the nodes.",
        "Outcomes dealt out anew": "Labels shuffled among patients: nothing can be learned, and an "
        "honest AUC must be 0.5.",
        "Net benefit": "Right flags a patient, less needless ones weighed by the score from "
        "which one would act. Worth acting on where it lies above everybody and nobody.",
        "PPV and NPV": "How often a flag is right, and how often a patient without a flag is "
        "free of it. Both depend on how common the outcome is.",
        "SSIM, PSNR, MAE": "Three measures of how alike two pictures are: structure (1 is alike), "
        "error in decibels (higher is better), mean difference of grey (0 is alike).",
        "KL and active units": "How much a code says of a patch, in nats, and how many of its "
        "numbers are in use. Near zero the model has collapsed.",
    }
