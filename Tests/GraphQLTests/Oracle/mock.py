"""The service of MockSchema.swift again, on graphql-core."""

import json

import graphql
from graphql import execute, parse, validate


class Boom(Exception):
    pass


def person(number):
    return {"type": "Person", "n": number}


def cat(number):
    return {"type": "Cat", "n": number}


def dog(number):
    return {"type": "Dog", "n": number}


def boom(*_):
    raise Boom()


def pets(source, info, first=None, color=None):
    # Null counts as 2: the argument has a default, but null may be given.
    count = 2 if first is None else max(0, min(first, 5))
    return [cat(source["n"] + i) if i % 2 == 0 else dog(source["n"] + i) for i in range(count)]


def echo(source, info, **arguments):
    return json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


PERSON = {
    "id": lambda s, i: str(s["n"]), "name": lambda s, i: f"Person {s['n']}", "age": lambda s, i: s["n"] * 7 if s["n"] % 2 else None,
    "pets": pets, "bestFriend": lambda s, i: person(s["n"] + 1) if s["n"] % 3 else None,
    "scores": lambda s, i: [s["n"] + 0.5, s["n"] * 2.0], "matrix": lambda s, i: [[s["n"], None], [], None],
    "parent": lambda s, i: person(s["n"] - 1) if s["n"] > 0 else None, "failing": lambda s, i: boom() if s["n"] % 2 else "fine",
    "rigid": lambda s, i: boom() if s["n"] % 2 else "fine",
    "rigidList": lambda s, i: boom() if s["n"] % 2 else ["a"],
}
COLORS = ["RED", "GREEN", "BLUE"]
CAT = {
    "name": lambda s, i: f"Cat {s['n']}", "sound": lambda s, i: "meow", "lives": lambda s, i: s["n"] % 10,
    "color": lambda s, i: COLORS[s["n"] % 3], "owner": lambda s, i: person(s["n"]) if s["n"] % 2 else None,
    "friends": lambda s, i: [cat(s["n"] + 1), cat(s["n"] + 2)],
}
DOG = {
    "name": lambda s, i: f"Dog {s['n']}", "sound": lambda s, i: "bow", "barks": lambda s, i: s["n"] % 2 == 0,
    "owner": lambda s, i: person(s["n"]), "pack": lambda s, i: [dog(s["n"] + 1), None],
}
QUERY = {
    "person": lambda s, i, id: person(int(id)) if id.isdigit() else None,
    "people": lambda s, i, first=3: [person(n) for n in range(max(0, min(first, 5)))],
    "pet": lambda s, i, choice: dog(1) if "byName" in choice else cat(2),
    "named": lambda s, i: [cat(1), dog(2), cat(3)], "echo": echo, "old": lambda s, i: "old",
}
MUTATION = {"setName": lambda s, i, id, name: person(len(name)), "fail": boom}


def executable(schema):
    for name, resolvers in (("Person", PERSON), ("Cat", CAT), ("Dog", DOG), ("Query", QUERY), ("Mutation", MUTATION)):
        for field, resolve in resolvers.items():
            schema.type_map[name].fields[field].resolve = resolve
    for name in ("Named", "Pet"):
        schema.type_map[name].resolve_type = lambda value, info, type_: value["type"]
    return schema


def variables(source, document):
    """Values for the variables, of the right types and of wrong ones."""
    rng = source.rng
    values = {}
    for definition in document.definitions:
        for variable in getattr(definition, "variable_definitions", None) or ():
            if rng.random() < 0.15:
                continue
            type_ = graphql.type_from_ast(source.schema, variable.type)
            values[variable.variable.name.value] = value(source, type_, 0)
    return values


def value(source, type_, depth):
    rng = source.rng
    if rng.random() < 0.03:
        return rng.choice([None, 1, 1.5, "text", True, [], {}, [None], {"nope": 1}])
    if isinstance(type_, graphql.GraphQLNonNull):
        return value(source, type_.of_type, depth) if rng.random() < 0.97 else None
    if rng.random() < 0.1:
        return None
    if isinstance(type_, graphql.GraphQLList):
        return [value(source, type_.of_type, depth + 1) for _ in range(rng.randint(0, 2))]
    if isinstance(type_, graphql.GraphQLEnumType):
        return rng.choice(list(type_.values))
    if isinstance(type_, graphql.GraphQLInputObjectType):
        names = list(type_.fields)
        if type_.is_one_of:
            names = [rng.choice(names)]
        return {n: value(source, type_.fields[n].type, depth + 1) for n in names if depth < 2 or isinstance(type_.fields[n].type, graphql.GraphQLNonNull)}
    return {"Int": rng.choice([0, 1, 2, 3, 4.0]), "Float": rng.choice([1, 0.5]), "String": "text é", "Boolean": rng.random() < 0.5,
            "ID": rng.choice(["1", 2, "x"])}.get(type_.name, rng.choice([1, "any", [1, {"a": None}]]))


def runs(schema, source, count):
    found = []
    while len(found) < count:
        text = source.text()
        try:
            document = parse(text, allow_empty_selection_sets=False)
        except graphql.GraphQLError:
            continue
        # In a OneOf object graphql-core takes variables that the specification refuses.
        if "choice: {" in text and "$" in text.split("choice: {")[1].split("}")[0]:
            continue
        if validate(schema, document) or any(getattr(d, "operation", None) == graphql.OperationType.SUBSCRIPTION for d in document.definitions):
            continue
        values = variables(source, document)
        result = execute(schema, document, variable_values=values)
        errors = [{"path": e.path, "locations": [{"line": l.line, "column": l.column} for l in e.locations or []]} for e in result.errors or []]
        # Nothing was executed when variables are wrong: no path then.
        refused = result.data is None and any(e["path"] is None for e in errors)
        found.append({"text": text, "variables": values, "refused": refused, "data": result.data, "errors": errors})
    return found
