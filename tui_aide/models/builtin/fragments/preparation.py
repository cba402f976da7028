"""The part of a script that prepares inputs for a kind of model: imputation, scaling, encodings, text."""

from __future__ import annotations

from tui_aide.models.builtin.facts import Facts
from tui_aide.models.builtin.fragments.layout import Imports, indented
from tui_aide.models.builtin.fragments.reading import Columns
from tui_aide.models.builtin.recipe import Recipe

_WORDS = "TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2))"
_CHARACTERS = (
    'TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3, max_features=60_000)'
)


def scaled_inputs(name: str, recipe: Recipe, facts: Facts, columns: Columns, imports: Imports, dense: bool) -> str:
    """Return the function that prepares inputs for models that compare distances or add effects.

    Args:
        name: of the function.
        recipe: the choices.
        facts: what is known of the data.
        columns: the columns in use.
        imports: collects what the function needs.
        dense: whether a model in the script cannot take sparse inputs.
    """
    dense = dense or recipe.select < 100  # mutual information takes sparse columns for discrete ones
    steps = []
    if recipe.clip:
        imports.names("sklearn.preprocessing", "FunctionTransformer")
    if recipe.impute:
        imports.names("sklearn.impute", "SimpleImputer")
        flag = ", add_indicator=True" if recipe.indicators else ""
        steps.append(f'SimpleImputer(strategy="median"{flag})')
    if recipe.clip:
        imports.names("sklearn.preprocessing", "RobustScaler")
        imports.module("numpy", "np")
        steps += ["RobustScaler()", 'FunctionTransformer(np.clip, kw_args={"a_min": -5, "a_max": 5})']
    if recipe.interactions:
        imports.names("sklearn.preprocessing", "PolynomialFeatures", "StandardScaler")
        steps += ["StandardScaler()", "PolynomialFeatures(2, include_bias=False)"]
    if recipe.scale == "standard":
        imports.names("sklearn.preprocessing", "StandardScaler")
        steps.append("StandardScaler()")
    elif recipe.scale == "quantile":
        imports.names("sklearn.preprocessing", "QuantileTransformer")
        count = min(200, max(20, facts.rows // 3))
        steps.append(f'QuantileTransformer(n_quantiles={count}, output_distribution="normal", random_state=SEED)')
    parts = []
    if columns.categorical:
        parts.append(f"({_scaled_categories(recipe, imports)}, CATEGORICAL)")
    parts += _text_parts(recipe, columns, imports, dense)
    numbers = _pipeline(steps, imports) if steps else '"passthrough"'
    kept = ", text in a few dense dimensions" if dense and columns.text else ""
    doc = f'    """Prepare inputs for models that compare distances or add up effects{kept}."""\n'
    if not parts:
        return f"def {name}():\n{doc}    return {indented(_selected(numbers, recipe, facts, imports))}"
    imports.names("sklearn.compose", "make_column_transformer")
    lines = [*parts, *([f"remainder={numbers}"] if columns.numbers else []), *(["sparse_threshold=0"] if dense else [])]
    inner = "".join(f"    {indented(line)},\n" for line in lines)
    built = f"make_column_transformer(\n{inner})"
    return f"def {name}():\n{doc}    return {indented(_selected(built, recipe, facts, imports))}"


def tree_inputs(recipe: Recipe, facts: Facts, columns: Columns, imports: Imports, impute: bool) -> str:
    """Return the function that prepares inputs for trees, which need neither scaling nor one column a category."""
    parts = []
    if columns.categorical:
        if recipe.categories == "target":
            imports.names("sklearn.preprocessing", "TargetEncoder")
            parts.append("(TargetEncoder(), CATEGORICAL)")
        elif recipe.categories == "onehot":
            imports.names("sklearn.preprocessing", "OneHotEncoder")
            parts.append(f"({_onehot(recipe, 'sparse_output=False')}, CATEGORICAL)")
        else:
            imports.names("sklearn.preprocessing", "OrdinalEncoder")
            known = 'handle_unknown="use_encoded_value", unknown_value=-1' if recipe.tolerate_unknown else ""
            parts.append(f"(OrdinalEncoder({known}), CATEGORICAL)")
    parts += _text_parts(recipe, columns, imports, dense=recipe.latent > 0)
    numbers = '"passthrough"'
    if impute and recipe.impute:
        imports.names("sklearn.impute", "SimpleImputer")
        numbers = 'SimpleImputer(strategy="median")'
    doc = '    """Prepare inputs for trees: they need no scaling and take categories as numbers."""\n'
    if not parts:
        return f"def tree_inputs():\n{doc}    return {numbers}"
    imports.names("sklearn.compose", "make_column_transformer")
    lines = [*parts, *([f"remainder={numbers}"] if columns.numbers else [])]
    inner = "".join(f"    {indented(line)},\n" for line in lines)
    return f"def tree_inputs():\n{doc}    return {indented(f'make_column_transformer({chr(10)}{inner})')}"


def needs_tree_inputs(recipe: Recipe, facts: Facts, columns: Columns, impute: bool) -> bool:
    """Whether trees need any preparation on these data."""
    return bool(columns.categorical or columns.text) or (impute and recipe.impute)


def _onehot(recipe: Recipe, extra: str = "") -> str:
    options = ['handle_unknown="infrequent_if_exist", min_frequency=3'] if recipe.tolerate_unknown else []
    options += [extra] if extra else []
    return f"OneHotEncoder({', '.join(options)})"


def _scaled_categories(recipe: Recipe, imports: Imports) -> str:
    if recipe.categories == "target":
        imports.names("sklearn.preprocessing", "StandardScaler", "TargetEncoder")
        imports.names("sklearn.pipeline", "make_pipeline")
        return "make_pipeline(TargetEncoder(), StandardScaler())"
    imports.names("sklearn.preprocessing", "OneHotEncoder")
    return _onehot(recipe)


def _text_parts(recipe: Recipe, columns: Columns, imports: Imports, dense: bool) -> list[str]:
    """Return one part a text column and kind of term, reduced to a few dimensions for dense models."""
    parts = []
    if columns.text:
        imports.names("sklearn.feature_extraction.text", "TfidfVectorizer")
    kinds = {"words": [_WORDS], "characters": [_CHARACTERS], "both": [_WORDS, _CHARACTERS]}[recipe.text]
    for index in range(len(columns.text)):
        for vectorizer in kinds:
            built = vectorizer
            if dense:
                imports.names("sklearn.decomposition", "TruncatedSVD")
                imports.names("sklearn.pipeline", "make_pipeline")
                built = f"make_pipeline(\n    {vectorizer},\n    TruncatedSVD({recipe.latent}, random_state=SEED),\n)"
            parts.append(f"({built}, TEXT[{index}])")
    return parts


def _pipeline(steps: list[str], imports: Imports) -> str:
    if len(steps) == 1:
        return steps[0]
    imports.names("sklearn.pipeline", "make_pipeline")
    line = f"make_pipeline({', '.join(steps)})"
    if len(line) <= 76:
        return line
    return "make_pipeline(\n" + "".join(f"    {s},\n" for s in steps) + ")"


def _selected(built: str, recipe: Recipe, facts: Facts, imports: Imports) -> str:
    """Return the inputs, wrapped into a selection by mutual information where the recipe asks for one."""
    if recipe.select >= 100:
        return built
    measure = "mutual_info_regression" if facts.regression or recipe.ordered else "mutual_info_classif"
    imports.names("sklearn.feature_selection", "SelectPercentile", measure)
    imports.names("sklearn.pipeline", "make_pipeline")
    return f"make_pipeline(\n    {indented(built)},\n    SelectPercentile({measure}, percentile={recipe.select}),\n)"
