"""Random executable documents: grown along a schema, with mistakes now and then, and with mutated tokens."""

import graphql
from graphql import (
    GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType,
    GraphQLScalarType, GraphQLUnionType, get_named_type, is_abstract_type, is_composite_type, is_input_type,
)

TOKENS = [
    "{", "}", "(", ")", "[", "]", ":", "!", "$", "=", "@", "...", "on", "fragment", "query", "mutation", "subscription", "null",
    "true", "1", "-0", "01", "1.5", "1e3", "1.", '"x"', '""', '"""b"""', '"\\u0041"', '"\\uD83D\\uDE00"', '"\\uD83D"', '"\\q"', "name",
    "__typename", "Person", "Cat", "$v", "@skip(if: true)", "@include(if: $v)", "@deprecated", "#c\n", ",", "|", "&", "é", "\ufeff",
]

HAND_WRITTEN = [
    "", " ", "{ }", "{ __typename }", "query { __typename } query { __typename }", "query A { __typename } query A { __typename }",
    '"""about""" query A { __typename }', '"about" { __typename }', 'query A("the id" $id: ID!) { person(id: $id) { name } }',
    "fragment on on Person { name } { people { name } }", "fragment F on Person { name } { people { ...F } }",
    "fragment F on Person { ...F } { people { ...F } }", "fragment A on Person { ...B } fragment B on Person { ...A } { people { ...A } }",
    "subscription { ticks people { name } }", "subscription { __typename }", "subscription { ticks @skip(if: true) }",
    "subscription { ...S } fragment S on Subscription { ticks }", "subscription { a: ticks b: ticks }",
    "subscription ($v: Boolean!) { ... @include(if: $v) { ticks } }", "type A { a: Int }", "extend type Person { a: Int }",
    "{ people { name name } }", "{ people { name name: id } }", "{ people { a: pets(first: 1) { __typename } a: pets(first: 2) { __typename } } }",
    "{ named { ... on Cat { x: lives } ... on Dog { x: barks } } }", "{ named { ... on Cat { x: name } ... on Dog { x: name } } }",
    "{ named { ... on Cat { x: name } ... on Dog { x: sound } } }", "{ named { name ... on Cat { name: sound } } }",
    "{ named { ... on Cat { owner { name } } ... on Dog { owner { name: id } } } }",
    "{ named { ... on Cat { owner { name } } ... on Dog { owner { age } } } }",
    '{ pet(choice: {}) { __typename } }', '{ pet(choice: {byId: "1"}) { __typename } }', '{ pet(choice: {byId: null}) { __typename } }',
    '{ pet(choice: {byId: "1", byName: "x"}) { __typename } }', "query ($v: ID) { pet(choice: {byId: $v}) { __typename } }",
    "query ($v: ID!) { pet(choice: {byId: $v}) { __typename } }", "query ($v: ID! = null) { pet(choice: {byId: $v}) { __typename } }",
    "query ($v: Int = 3) { people(first: $v) { name } }", "query ($v: Int) { people(first: $v) { name } }",
    "query ($v: [Int]) { echo(list: $v) }", "query ($v: [Int!]) { echo(list: $v) }", "query ($v: Int!) { echo(list: [$v, 2]) }",
    "query ($v: Int!) { echo(list: $v) }", "{ echo(list: 1) }", "{ echo(list: [1, null]) }", "{ echo(filter: {text: \"a\", text: \"b\"}) }",
    "{ echo(filter: {}) }", '{ echo(filter: {text: "a", any: {a: [1, {b: $v}]}}) }', 'query ($v: Person) { echo(text: $v) }',
    '{ echo(text: 1) }', '{ echo(text: "a" text: "b") }', "{ person(id: 1) { id } }", "{ person(id: 1.5) { id } }", "{ person { id } }",
    "{ echo(color: RED) }", '{ echo(color: "RED") }', "{ echo(color: PINK) }", "{ echo(list: 2147483648) }", "{ echo(number: 1) }",
    "{ people }", "{ people { name { x } } }", "{ people { ...on Cat { name } } }", "{ people { ...on Named { name } } }",
    "{ named { ...on Pet { __typename } } }", "{ named { ... on Person { name } } }", "{ __schema { types { name } } }", '{ __type(name: "Cat") { name } }',
    "{ people { __schema { types { name } } } }", "{ people { name @skip(if: true) @skip(if: true) } }", "{ people { name @nope } }",
    "query @skip(if: true) { __typename }", "query ($v: Int @deprecated) { echo(list: [$v]) }", "query ($v: Nope) { echo(any: $v) }",
    "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    "{ __schema { types { fields { type { fields { name } } } } } }",
    "query ($a: Boolean!) { people { name @include(if: $a) } }", "query ($a: Boolean) { people { name @include(if: $a) } }",
    "query ($a: Boolean = true) { people { name @include(if: $a) } }", "query ($a: Boolean = null) { people { name @include(if: $a) } }",
    "query ($a: String) { echo(text: $a) }", "query ($a: Any) { echo(any: [$a, {b: $a}]) }", "{ a: __typename a: __typename }",
    "query A { ...F } query B($v: Int) { ...F } fragment F on Query { echo(list: [$v]) }", "fragment F on Nope { a } { ...F }",
    "fragment F on String { a } { ...F }", "mutation { fail fail }", "mutation { setName(id: 1, name: \"x\") { name } }",
]


class Documents:
    def __init__(self, schema, rng, mistakes=0.03):
        self.schema = schema
        self.rng = rng
        self.mistakes = mistakes
        self.composites = [t for t in schema.type_map.values() if is_composite_type(t) and not t.name.startswith("__")]
        self.inputs = [t for t in schema.type_map.values() if is_input_type(t) and not t.name.startswith("__")]

    def slip(self):
        return self.rng.random() < self.mistakes

    def text(self):
        """A document; a third of them have a mutated token as well."""
        text = self.grown()
        if self.mistakes and self.rng.random() < 0.35:
            text = self.mutated(text)
        return text

    # Growing

    def grown(self):
        rng = self.rng
        self.fragments = {}
        self.variables = {}
        self.budget = rng.randint(3, 25)
        kind = rng.choices(["query", "mutation", "subscription"], [8, 1, 1])[0]
        root = {"query": self.schema.query_type, "mutation": self.schema.mutation_type, "subscription": self.schema.subscription_type}[kind]
        self.names = [f"F{i}" for i in range(rng.randint(0, 3))]
        for name in self.names:
            self.fragments[name] = rng.choice(self.composites + [root])
        body = self.selections(root, 0, single=kind == "subscription" and not self.slip())
        bodies, done = [], set()
        # Fragments that were spread, and now and then one that was not.
        while True:
            open_names = [n for n in self.names if n not in done and (n in self.used or self.slip())] if hasattr(self, "used") else []
            if not open_names:
                break
            name = open_names[0]
            done.add(name)
            condition = self.fragments[name]
            bodies.append(f"fragment {name} on {condition.name} {self.selections(condition, 1, forbidden=done)}")
        self.used = set()
        head = kind
        if rng.random() < 0.5 or self.variables:
            head += " Q"
        declared = []
        for name, (type_, default) in self.variables.items():
            if self.slip():
                continue
            declared.append(f"${name}: {type_}" + (f" = {default}" if default is not None else ""))
        if self.slip():
            declared.append(f"$unused: {rng.choice(self.inputs)}")
        if declared:
            head += "(" + ", ".join(declared) + ")"
        if head == "query":
            head = rng.choice(["query", ""])
        parts = [f"{head} {body}"] + bodies
        rng.shuffle(parts)
        return "\n".join(parts)

    def selections(self, type_, depth, single=False, forbidden=()):
        rng = self.rng
        if not hasattr(self, "used"):
            self.used = set()
        parts = []
        for _ in range(1 if single else rng.choice([1, 1, 2, 2, 3, 4])):
            self.budget -= 1
            parts.append(self.selection(type_, depth, single, forbidden))
        return "{ " + " ".join(parts) + " }"

    def selection(self, type_, depth, single, forbidden):
        rng = self.rng
        roll = rng.random()
        if roll < 0.12 and not single:
            condition = type_
            if is_abstract_type(type_) or self.slip():
                condition = rng.choice(self.composites) if self.slip() else rng.choice(self.overlapping(type_))
            prefix = "..." if rng.random() < 0.2 and condition is type_ else f"... on {condition.name}"
            return f"{prefix} {self.directives()}{self.selections(condition, depth + 1, forbidden=forbidden)}"
        if roll < 0.24 and not single:
            names = [n for n, c in self.fragments.items() if n not in forbidden and (self.overlaps(type_, c) or self.slip())]
            if names:
                name = rng.choice(names)
                self.used.add(name)
                return f"...{name} {self.directives()}"
        if self.slip():
            return rng.choice(["nope", "name", "__schema { types { name } }", "id", "pets"])
        if isinstance(type_, GraphQLUnionType):
            return "__typename"
        fields = dict(type_.fields)
        if rng.random() < 0.08 and not single:
            return self.alias() + "__typename"
        usable = [f for f in fields if not (depth > 4 or self.budget < 0) or not is_composite_type(get_named_type(fields[f].type))]
        name = rng.choice(usable or list(fields))
        field = fields[name]
        text = self.alias() + name + self.arguments(field.args) + " " + ("" if single else self.directives())
        inner = get_named_type(field.type)
        if is_composite_type(inner) != self.slip():
            if is_composite_type(inner):
                if depth > 6:
                    text += "{ __typename }"
                else:
                    text += self.selections(inner, depth + 1, forbidden=forbidden)
            else:
                text += "{ x }"
        return text

    def overlapping(self, type_):
        return [t for t in self.composites if self.overlaps(type_, t)] or [type_]

    def possible(self, type_):
        return set(t.name for t in self.schema.get_possible_types(type_)) if is_abstract_type(type_) else {type_.name}

    def overlaps(self, a, b):
        return bool(self.possible(a) & self.possible(b))

    def alias(self):
        return f"{self.rng.choice('abc')}: " if self.rng.random() < 0.15 else ""

    def directives(self):
        roll = self.rng.random()
        if roll < 0.9:
            return ""
        if self.slip():
            return self.rng.choice(["@nope ", "@skip ", "@deprecated ", "@include(if: 1) ", "@skip(if: true, unless: true) "])
        condition = self.variable(GraphQLNonNull(self.schema.type_map["Boolean"])) if roll < 0.95 else self.rng.choice(["true", "false"])
        return f"@{self.rng.choice(['skip', 'include'])}(if: {condition}) "

    def arguments(self, args):
        rng = self.rng
        parts = []
        for name, argument in args.items():
            required = isinstance(argument.type, GraphQLNonNull) and argument.default_value is graphql.Undefined
            if required != self.slip() or rng.random() < 0.4:
                parts.append(f"{name}: {self.value(argument.type, 0)}")
        if self.slip():
            parts.append("nope: 1")
        if self.slip() and parts:
            parts.append(parts[0])
        return "(" + ", ".join(parts) + ")" if parts else ""

    def variable(self, type_):
        rng = self.rng
        if self.slip():
            type_ = rng.choice(self.inputs)
        name = f"v{len(self.variables)}" if rng.random() < 0.9 or not self.variables else rng.choice(list(self.variables))
        if name not in self.variables:
            default = None
            declared = type_
            if isinstance(type_, GraphQLNonNull) and rng.random() < 0.3:
                default = self.value(type_.of_type, 2, constant=True)
                if rng.random() < 0.5:
                    declared = type_.of_type
            elif not isinstance(type_, GraphQLNonNull) and rng.random() < 0.3:
                declared = GraphQLNonNull(type_)
            if default == "null" and not self.slip():
                default, declared = None, type_
            self.variables[name] = (str(declared), default)
        return f"${name}"

    def value(self, type_, depth, constant=False):
        rng = self.rng
        if not constant and rng.random() < 0.2:
            return self.variable(type_)
        if self.slip():
            return rng.choice(["1", "1.5", '"text"', "true", "null", "RED", "{a: 1}", "[1]", "[]", "{}"])
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, depth, True) if constant else self.nonnull(type_.of_type, depth)
        if rng.random() < 0.08:
            return "null"
        return self.nonnull(type_, depth, constant)

    def nonnull(self, type_, depth, constant=False):
        rng = self.rng
        if isinstance(type_, GraphQLList):
            if rng.random() < 0.15:
                return self.nonnull(get_named_type(type_), depth + 1, constant)
            return "[" + ", ".join(self.value(type_.of_type, depth + 1, constant) for _ in range(rng.randint(0, 3))) + "]"
        if isinstance(type_, GraphQLNonNull):
            return self.nonnull(type_.of_type, depth, constant)
        if isinstance(type_, GraphQLEnumType):
            return rng.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return self.object(type_, depth, constant)
        return {
            "Int": lambda: str(rng.choice([0, 1, 2, 3, -7, 2147483647])), "Float": lambda: rng.choice(["1", "0.5", "-2.25e1", "3"]),
            "String": lambda: rng.choice(['"text"', '""', '"\\u00e9\\n"', '"""\n  block\n    more\n"""']),
            "Boolean": lambda: rng.choice(["true", "false"]), "ID": lambda: rng.choice(['"1"', "2", '"x"']),
        }.get(type_.name, lambda: rng.choice(["1", '"any"', "[1, {a: true}]", "{x: null}", "1.5", "SOME"]))()

    def object(self, type_, depth, constant):
        rng = self.rng
        names = list(type_.fields)
        if type_.is_one_of and not self.slip():
            name = rng.choice(names)
            return "{" + f"{name}: {self.nonnull(type_.fields[name].type, depth + 1, constant)}" + "}"
        parts = []
        for name in names:
            field = type_.fields[name]
            required = isinstance(field.type, GraphQLNonNull) and field.default_value is graphql.Undefined
            if required != self.slip() or (rng.random() < 0.3 and depth < 3):
                parts.append(f"{name}: {self.value(field.type, depth + 1, constant)}")
        if self.slip():
            parts.append("nope: 1")
        rng.shuffle(parts)
        return "{" + ", ".join(parts) + "}"

    # Mutating

    def mutated(self, text):
        rng = self.rng
        tokens = text.split(" ")
        for _ in range(rng.randint(1, 2)):
            place = rng.randrange(len(tokens))
            action = rng.randrange(5)
            if action == 0:
                del tokens[place]
            elif action == 1:
                tokens.insert(place, rng.choice(TOKENS))
            elif action == 2:
                tokens[place] = rng.choice(TOKENS)
            elif action == 3:
                other = rng.randrange(len(tokens))
                tokens[place], tokens[other] = tokens[other], tokens[place]
            elif tokens[place]:
                cut = rng.randrange(len(tokens[place]))
                tokens[place] = tokens[place][:cut] + tokens[place][cut + 1:]
            if not tokens:
                return ""
        return " ".join(tokens)


def from_hypothesis(sdl, count, source):
    """Documents of hypothesis-graphql, which knows nothing of this generator's habits; half of them mutated."""
    if not count:
        return []
    import warnings

    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis_graphql import from_schema

    found = []
    from hypothesis import strategies

    @seed(source.rng.randrange(1 << 30))
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(from_schema(sdl, custom_scalars={"Any": strategies.just(graphql.StringValueNode(value="any"))}))
    def collect(text):
        found.append(text if len(found) % 2 else source.mutated(text.replace("\n", " ")))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return found
