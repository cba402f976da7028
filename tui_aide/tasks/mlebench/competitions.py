"""Facts of MLE-bench's competitions: what each is scored by, and the tables of those whose rows can be hidden."""

from __future__ import annotations

import msgspec

from tui_aide.tree.node import Direction


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """How the ordinary tables of a competition are read.

    Attributes:
        metric: our name of its metric.
        target: the column to predict, or several.
        id: the column that identifies rows.
        train, test, sample: the files' names; no sample where its columns are not just id and predictions.
        withheld: files and folders that would mislead where rows are hidden, as they go by ids that change then.
    """

    metric: str
    target: tuple[str, ...]
    id: str
    train: str = "train.csv"
    test: str = "test.csv"
    sample: str | None = "sample_submission.csv"
    withheld: tuple[str, ...] = ()


class Competition(msgspec.Struct, frozen=True, kw_only=True):
    """One competition.

    Attributes:
        metric: the metric's name; a name of ours where `tables` are known, MLE-bench's own else.
        direction: whether less or more is better.
        tables: None where its data are no two tables that go together: images, sounds, archives.
    """

    metric: str
    direction: Direction
    tables: Tables | None = None


_TOXIC = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
_CONDUCTORS = ("formation_energy_ev_natom", "bandgap_energy_ev")

TABLES: dict[str, Tables] = {
    "detecting-insults-in-social-commentary": Tables(metric="roc_auc", target=("Insult",), id="Comment", sample=None),
    "jigsaw-toxic-comment-classification-challenge": Tables(metric="roc_auc_columns", target=_TOXIC, id="id"),
    "leaf-classification": Tables(metric="log_loss", target=("species",), id="id"),
    "new-york-city-taxi-fare-prediction": Tables(metric="rmse", target=("fare_amount",), id="key", train="labels.csv"),
    "nomad2018-predict-transparent-conductors": Tables(
        metric="rmsle", target=_CONDUCTORS, id="id", withheld=("train", "test")
    ),
    "spaceship-titanic": Tables(metric="accuracy", target=("Transported",), id="PassengerId"),
    "spooky-author-identification": Tables(metric="log_loss", target=("author",), id="id"),
    "tabular-playground-series-dec-2021": Tables(metric="accuracy", target=("Cover_Type",), id="Id"),
    "tabular-playground-series-may-2022": Tables(metric="roc_auc", target=("target",), id="id"),
}
"""By id; of MLE-bench's low-complexity split and its development set."""

_MAX = {
    "mean_average_precision": "3d-object-detection-for-autonomous-vehicles siim-covid19-detection "
    "vinbigdata-chest-xray-abnormalities-detection",
    "kendall_tau": "AI4Code",
    "roc_auc": "aerial-cactus-identification detecting-insults-in-social-commentary histopathologic-cancer-detection "
    "invasive-species-monitoring mlsp-2013-birds random-acts-of-pizza ranzcr-clip-catheter-line-classification "
    "rsna-miccai-brain-tumor-radiogenomic-classification seti-breakthrough-listen siim-isic-melanoma-classification "
    "tabular-playground-series-may-2022 the-icml-2013-whale-challenge-right-whale-redux playground-series-s3e18",
    "roc_auc_columns": "jigsaw-toxic-comment-classification-challenge plant-pathology-2020-fgvc7",
    "weighted_roc_auc": "alaska2-image-steganalysis",
    "unintended_bias_auc": "jigsaw-unintended-bias-in-toxicity-classification",
    "quadratic_kappa": "aptos2019-blindness-detection learning-agency-lab-automated-essay-scoring-2",
    "accuracy": "cassava-leaf-disease-classification cdiscount-image-classification-challenge iwildcam-2020-fgvc7 "
    "ml2021spring-hw2 movie-review-sentiment-analysis-kernels-only paddy-disease-classification spaceship-titanic "
    "tabular-playground-series-dec-2021 tensorflow-speech-recognition-challenge "
    "text-normalization-challenge-english-language text-normalization-challenge-russian-language",
    "jaccard": "chaii-hindi-and-tamil-question-answering tweet-sentiment-extraction",
    "f1_micro": "facebook-recruiting-iii-keyword-extraction imet-2020-fgvc7 plant-pathology-2021-fgvc8 "
    "plant-seedlings-classification tensorflow2-question-answering",
    "f1_macro": "herbarium-2020-fgvc7 herbarium-2021-fgvc8 herbarium-2022-fgvc9 iwildcam-2019-fgvc6",
    "f1": "kuzushiji-recognition",
    "f05": "vesuvius-challenge-ink-detection",
    "probabilistic_f1": "rsna-breast-cancer-detection",
    "label_ranking_average_precision": "freesound-audio-tagging-2019",
    "spearman_columns": "google-quest-challenge",
    "pearson": "us-patent-phrase-to-phrase-matching",
    "dice": "google-research-identify-contrails-reduce-global-warming hubmap-kidney-segmentation",
    "dice_hausdorff": "uw-madison-gi-tract-image-segmentation",
    "map_at_12": "h-and-m-personalized-fashion-recommendations",
    "map_at_5": "hotel-id-2021-fgvc8 whale-categorization-playground",
    "mcc": "nfl-player-contact-detection",
    "laplace_log_likelihood": "osic-pulmonary-fibrosis-progression",
    "mean_precision_over_iou": "tgs-salt-identification-challenge",
}
_MIN = {
    "levenshtein": "billion-word-imputation bms-molecular-translation multi-modal-gesture-recognition",
    "log_mae": "champs-scalar-coupling",
    "rmse": "denoising-dirty-documents new-york-city-taxi-fare-prediction petfinder-pawpularity-score",
    "mcrmse": "stanford-covid-vaccine",
    "rmsle": "nomad2018-predict-transparent-conductors",
    "log_loss": "dog-breed-identification dogs-vs-cats-redux-kernels-edition leaf-classification lmsys-chatbot-arena "
    "spooky-author-identification statoil-iceberg-classifier-challenge",
    "weighted_log_loss": "rsna-2022-cervical-spine-fracture-detection",
    "kl_divergence": "hms-harmful-brain-activity-classification",
    "mean_angular_error": "icecube-neutrinos-in-deep-ice",
    "top1_error": "inaturalist-2019-fgvc6",
    "mae": "predict-volcanic-eruptions-ingv-oe ventilator-pressure-prediction",
    "haversine_distance": "smartphone-decimeter-2022",
}


def _competitions() -> dict[str, Competition]:
    found: dict[str, Competition] = {}
    kinds: tuple[tuple[Direction, dict[str, str]], ...] = (("max", _MAX), ("min", _MIN))
    for direction, metrics in kinds:
        for metric, ids in metrics.items():
            for id_ in ids.split():
                found[id_] = Competition(metric=metric, direction=direction, tables=TABLES.get(id_))
    return dict(sorted(found.items()))


COMPETITIONS: dict[str, Competition] = _competitions()
"""MLE-bench's 75 competitions and the seven it keeps for development, by id."""
