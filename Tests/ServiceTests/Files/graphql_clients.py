"""Follows an operation to its end as clients do: `gql` over WebSocket and multipart, `aiohttp` over server-sent events.

Arguments: transport (websocket, multipart, sse), base URL, operation id. Prints the states as a JSON list.
"""

import asyncio
import json
import sys

QUERY = "subscription ($id: ID!) { operationUpdated(id: $id) { state version progress { done total } } }"


async def with_gql(transport, variables):
    from gql import Client, gql

    states = []
    async with Client(transport=transport, fetch_schema_from_transport=False) as session:
        document = gql(QUERY)
        document.variable_values = variables
        async for answer in session.subscribe(document):
            states.append(answer["operationUpdated"]["state"])
    return states


async def with_events(url, variables):
    import aiohttp

    states, event = [], None
    async with aiohttp.ClientSession() as session:
        body = {"query": QUERY, "variables": variables}
        async with session.post(url, json=body, headers={"accept": "text/event-stream"}) as response:
            assert response.content_type == "text/event-stream", response.content_type
            async for line in response.content:
                text = line.decode().rstrip("\n")
                if text.startswith("event: "):
                    event = text[7:]
                elif text.startswith("data: ") and event == "next":
                    states.append(json.loads(text[6:])["data"]["operationUpdated"]["state"])
                elif event == "complete" and text.startswith("data:"):
                    return states + ["complete"]
    return states


async def main():
    kind, base, operation = sys.argv[1:4]
    variables = {"id": operation}
    if kind == "websocket":
        from gql.transport.websockets import WebsocketsTransport

        transport = WebsocketsTransport(
            url=base.replace("http", "ws") + "/graphql", subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL])
        states = await with_gql(transport, variables)
    elif kind == "multipart":
        from gql.transport.aiohttp import AIOHTTPTransport

        states = await with_gql(AIOHTTPTransport(url=base + "/graphql"), variables)
    else:
        states = await with_events(base + "/graphql", variables)
    print(json.dumps(states))


asyncio.run(main())
