"""Answers that fit a JSON schema, a choice or just JSON, as a grammar would force them."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from tests.vllm_double.errors import bad_request

_WORDS = ("the", "script", "ran", "to", "its", "end", "and", "wrote", "a", "table", "that", "looks", "sound")
_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


class Grammar(msgspec.Struct, frozen=True):
    """What the answer must be: JSON of a schema ({} is any object), or one of some texts."""

    schema: dict[str, Any] | None = None
    choices: tuple[str, ...] = ()


def grammar(body: dict[str, Any]) -> Grammar | None:
    """Return the grammar that a request asks for.

    Raises:
        Refusal: the schema has a type that there is not.
    """
    asked = body.get("structured_outputs") or {}
    form = body.get("response_format") or {}
    if asked.get("choice"):
        return Grammar(choices=tuple(asked["choice"]))
    schema = asked.get("json")
    if form.get("type") == "json_schema":
        if not form.get("json_schema"):
            raise bad_request(
                "When response_format type is 'json_schema', the 'json_schema' field must be provided."
                " (parameter=response_format)",
                "response_format",
            )
        schema = form["json_schema"].get("schema")
    elif form.get("type") == "json_object" or asked.get("json_object"):
        schema = {}
    if schema is None:
        return None
    schema = msgspec.json.decode(schema) if isinstance(schema, str) else schema
    _check(schema)
    return Grammar(schema=schema)


def _check(schema: Any) -> None:
    if isinstance(schema, dict):
        kind = schema.get("type")
        if isinstance(kind, str) and kind not in _TYPES:
            told = f'[00:00:00] <path>:4944: Unsupported type "{kind}"'
            raise bad_request(f"Failed to transform json schema into a grammar: {told}", late=True)
        for value in schema.values():
            _check(value)
    elif isinstance(schema, list):
        for value in schema:
            _check(value)


def constrained(wanted: Grammar, answer: str, seed: int, trap: bool, limit: int) -> str:
    """Return the answer that the grammar lets through.

    Args:
        wanted: the grammar.
        answer: what the model would say; kept where it is JSON already.
        seed: picks the values else.
        trap: after the first brace come only blanks, `limit` of them.
        limit: most tokens.
    """
    if wanted.choices:
        return wanted.choices[seed % len(wanted.choices)]
    if trap:
        return "{" + "\n " * limit
    try:
        msgspec.json.decode(answer)
        return answer.strip()
    except msgspec.DecodeError:
        schema = wanted.schema or {}
        return msgspec.json.encode(_value(schema or {"type": "object"}, schema, random.Random(seed))).decode()


def _value(schema: dict[str, Any], root: dict[str, Any], rng: random.Random) -> Any:
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return _value(found, root, rng)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _value(rng.choice(schema[key]), root, rng)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    if kind == "object":
        return {name: _value(sub, root, rng) for name, sub in (schema.get("properties") or {}).items()}
    if kind == "array":
        least = schema.get("minItems", 1)
        size = rng.randint(least, max(least, schema.get("maxItems", least + 2)))
        return [_value(schema.get("items") or {"type": "string"}, root, rng) for _ in range(size)]
    return _scalar(kind, schema, rng)


def _scalar(kind: str, schema: dict[str, Any], rng: random.Random) -> Any:
    low, high = schema.get("minimum", 0), schema.get("maximum", 100)
    match kind:
        case "boolean":
            return rng.random() < 0.5
        case "null":
            return None
        case "integer":
            return rng.randint(int(low), int(high))
        case "number":
            return round(rng.uniform(low, high), 3)
    text = " ".join(rng.choice(_WORDS) for _ in range(rng.randint(3, 12)))
    least = schema.get("minLength", 0)
    return (text + " " + "x" * max(0, least - len(text)))[: schema.get("maxLength", 200)].strip().ljust(least, "x")
