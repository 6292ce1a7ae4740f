"""graphql-core as the oracle: reads one JSON object from standard input, writes one to standard output.

{"task": "schema", "sdl": …, "introspection": …}: what graphql-core prints of each
{"task": "validate", "sdl": …, "count": N, "seed": S}: documents, and whether graphql-core accepts each
{"task": "execute", "sdl": …, "count": N, "seed": S}: documents with variables, and graphql-core's answers
{"task": "standardQuery"}: its introspection query
"""

import json
import random
import sys

import graphql
from graphql import build_client_schema, build_schema, get_introspection_query, parse, print_schema, validate
from graphql.language.lexer import Lexer
from graphql.language import Source, TokenKind

import documents
import mock


class NullableOneOfVariables(graphql.Visitor):
    """Section 5.8.5: a variable that is a OneOf object's field must not be nullable. graphql-core 3.3.2 has the rule, but it
    never applies there, because it looks at the type around the object."""

    def __init__(self, info, document):
        super().__init__()
        self.info = info
        self.found = False
        self.nullable = {
            variable.variable.name.value
            for definition in document.definitions
            for variable in getattr(definition, "variable_definitions", None) or ()
            if not isinstance(variable.type, graphql.NonNullTypeNode)
        }
        self.objects = []

    def enter_object_value(self, node, *_):
        self.objects.append(graphql.get_named_type(self.info.get_input_type()))

    def leave_object_value(self, node, *_):
        self.objects.pop()

    def enter_object_field(self, node, *_):
        around = self.objects[-1]
        if getattr(around, "is_one_of", False) and isinstance(node.value, graphql.VariableNode):
            self.found = self.found or node.value.name.value in self.nullable


def accepts(schema, text):
    try:
        document = parse(text, allow_empty_selection_sets=False)
    except (graphql.GraphQLError, RecursionError):
        return False
    # A type system in a request is refused by both, there by a rule, here by the parser.
    if validate(schema, document, allow_empty_selection_sets=False):
        return False
    info = graphql.TypeInfo(schema)
    visitor = NullableOneOfVariables(info, document)
    graphql.visit(document, graphql.TypeInfoVisitor(info, visitor))
    return not visitor.found


def main():
    order = json.load(sys.stdin)
    task = order["task"]
    if task == "standardQuery":
        answer = {"query": get_introspection_query(
            input_value_deprecation=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True,
            one_of=True)}
    elif task == "schema":
        built = build_schema(order["sdl"])
        answer = {"sdl": print_schema(built), "introspection": print_schema(build_client_schema(order["introspection"]))}
    elif task == "validate":
        schema = build_schema(order["sdl"])
        source = documents.Documents(schema, random.Random(order["seed"]))
        texts = [source.text() for _ in range(order["count"])] + documents.HAND_WRITTEN
        texts += documents.from_hypothesis(order["sdl"], order.get("hypothesis", 0), source)
        answer = {"documents": [{"text": text, "accepted": accepts(schema, text)} for text in texts]}
    elif task == "execute":
        schema = mock.executable(build_schema(order["sdl"]))
        source = documents.Documents(schema, random.Random(order["seed"]), mistakes=0)
        answer = {"runs": mock.runs(schema, source, order["count"])}
    json.dump(answer, sys.stdout)


main()
