"""Drives headless Chromium over its DevTools protocol: a real EventSource, and the explorer page as a person uses it.

Arguments: base URL, operation id, file for a screenshot. Prints what was seen as JSON.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile

import aiohttp


class Page:
    def __init__(self, socket):
        self.socket, self.last, self.complaints = socket, 0, []

    async def call(self, method, **parameters):
        self.last += 1
        await self.socket.send_json({"id": self.last, "method": method, "params": parameters})
        while True:
            message = json.loads((await self.socket.receive()).data)
            if message.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(message["params"]["exceptionDetails"]["text"])
            if message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
                self.complaints.append(message["params"]["entry"]["text"])
            if message.get("id") == self.last:
                return message["result"]

    async def value(self, script):
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, script):
        for _ in range(300):
            if await self.value(script):
                return True
            await asyncio.sleep(0.05)
        return False


SUBSCRIPTION = 'subscription { operationUpdated(id: "%s") { state } }'
EVENTS = """new Promise((resolve, reject) => {
  const seen = [];
  const source = new EventSource("/graphql?query=" + encodeURIComponent(%s));
  source.addEventListener("next", event => seen.push(JSON.parse(event.data).data.operationUpdated.state));
  source.addEventListener("complete", () => { source.close(); resolve(seen.concat("complete")); });
  source.onerror = () => { source.close(); reject(new Error("the stream broke")); };
})"""


async def main():
    base, operation, picture = sys.argv[1:4]
    query = SUBSCRIPTION % operation
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}",
             "--window-size=1200,800", "about:blank"], stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": profile})
        try:
            port = None
            for line in browser.stderr:
                if "DevTools listening on" in line:
                    port = line.split("127.0.0.1:")[1].split("/")[0]
                    break
            async with aiohttp.ClientSession() as session:
                targets = await (await session.get(f"http://127.0.0.1:{port}/json")).json()
                target = next(t for t in targets if t["type"] == "page")
                async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    page = Page(socket)
                    for domain in ("Page", "Runtime", "Log"):
                        await page.call(domain + ".enable")
                    await page.call("Page.navigate", url=base + "/graphql")
                    schema = await page.until("document.querySelectorAll('#schema details').length > 10")
                    states = await page.value(EVENTS % json.dumps(query))
                    await page.value(f"document.getElementById('query').value = {json.dumps(query)}; document.getElementById('run').click()")
                    complete = await page.until("document.getElementById('answer').textContent.includes('(complete)')")
                    answer = await page.value("document.getElementById('answer').textContent")
                    shot = await page.call("Page.captureScreenshot")
                    with open(picture, "wb") as file:
                        file.write(base64.b64decode(shot["data"]))
                    print(json.dumps({"schema": schema, "states": states, "complete": complete, "answer": answer, "complaints": page.complaints}))
        finally:
            browser.kill()


asyncio.run(main())
