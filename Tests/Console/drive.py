"""Drives a headless Chromium through its DevTools protocol: enough to use a page as a person does, and to look at it.

    async with Browser() as browser:
        page = await browser.page(width=1280, height=900)
        await page.open("http://127.0.0.1:8080/")
        await page.click("brand")
        await page.screenshot("brand.png")
"""

import asyncio
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import websockets


class Browser:
    """A Chromium of its own, with a profile that goes when it does."""

    def __init__(self, executable="/usr/bin/chromium"):
        self.executable = executable

    async def __aenter__(self):
        self.profile = tempfile.mkdtemp(prefix="console-")
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        arguments += [f"--user-data-dir={self.profile}", "--remote-debugging-port=0", "about:blank"]
        self.process = subprocess.Popen(
            [self.executable, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What it leaves there when it is killed goes with the profile.
            env=os.environ | {"TMPDIR": self.profile},
        )
        address = await self._address()
        self.socket = await websockets.connect(address, max_size=None)
        self.answers, self.pages, self.number = {}, {}, 0
        self.reading = asyncio.create_task(self._read())
        return self

    async def _address(self):
        file = pathlib.Path(self.profile, "DevToolsActivePort")
        for _ in range(300):
            if file.exists() and len(lines := file.read_text().split()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            await asyncio.sleep(0.1)
        raise TimeoutError("the browser does not start")

    async def __aexit__(self, *_):
        self.reading.cancel()
        await self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    async def _read(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            elif page := self.pages.get(message.get("sessionId")):
                page.heard(message["method"], message["params"])

    async def send(self, method, session=None, **parameters):
        self.number += 1
        answer = self.answers[self.number] = asyncio.get_running_loop().create_future()
        message = {"id": self.number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        await self.socket.send(json.dumps(message))
        result = await asyncio.wait_for(answer, 60)
        if "error" in result:
            raise RuntimeError(f"{method}: {result['error']['message']}")
        return result["result"]

    async def page(self, width=1280, height=900, dark=False):
        target = await self.send("Target.createTarget", url="about:blank")
        session = await self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = self.pages[session["sessionId"]] = Page(self, session["sessionId"], target["targetId"])
        for domain in ("Page", "Runtime", "Log", "DOM"):
            await page.send(f"{domain}.enable")
        await page.resize(width, height)
        await page.scheme(dark)
        return page


class Page:
    """One tab. What its console complains of is kept in `complaints`."""

    def __init__(self, browser, session, target):
        self.browser, self.session, self.target, self.complaints = browser, session, target, []

    def heard(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in parameters["args"]))
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")

    async def send(self, method, **parameters):
        return await self.browser.send(method, self.session, **parameters)

    async def close(self):
        await self.browser.send("Target.closeTarget", targetId=self.target)

    async def resize(self, width, height):
        await self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    async def scheme(self, dark, still=False):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        features.append({"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"})
        await self.send("Emulation.setEmulatedMedia", features=features)

    async def open(self, url):
        await self.send("Page.navigate", url=url)
        await self.wait("document.readyState === 'complete'")

    async def run(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        result = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "the expression failed"))
        return result["result"].get("value")

    async def wait(self, condition, seconds=30):
        """Until a JavaScript condition holds."""
        for _ in range(int(seconds * 20)):
            try:
                if await self.run(f"Boolean({condition})"):
                    return
            except RuntimeError:
                pass
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{condition} does not come true; the page has: {await self.text()}")

    async def wait_for(self, name, least=1, seconds=30):
        return await self.wait(f"{self.all(name)}.length >= {least}", seconds)

    @staticmethod
    def selector(name):
        """A test id, or any CSS selector that is not a plain word."""
        return f'[data-testid="{name}"]' if name.replace("-", "").isalnum() and name not in ("body", "main") else name

    @classmethod
    def all(cls, name):
        return f"document.querySelectorAll({json.dumps(cls.selector(name))})"

    async def count(self, name):
        return await self.run(f"{self.all(name)}.length")

    async def text(self, name="body"):
        return await self.run(f"document.querySelector({json.dumps(name if name == 'body' else self.selector(name))})?.innerText")

    async def click(self, name, index=0):
        await self.wait_for(name, index + 1)
        await self.run(f"{self.all(name)}[{index}].click()")

    async def fill(self, name, value, index=0):
        await self.wait_for(name, index + 1)
        await self.run(f"(() => {{ const c = {self.all(name)}[{index}]; c.value = {json.dumps(value)}; "
                       "c.dispatchEvent(new Event('input', {bubbles: true})); c.dispatchEvent(new Event('change', {bubbles: true})); })()")

    async def choose_files(self, name, *files):
        await self.wait_for(name)
        root = await self.send("DOM.getDocument")
        node = await self.send("DOM.querySelector", nodeId=root["root"]["nodeId"], selector=self.selector(name))
        await self.send("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(file) for file in files])

    async def drop_files(self, name, *files):
        """Files that are dragged from elsewhere and let go over an element."""
        await self.wait_for(name)
        place = await self.run(f"(() => {{ const e = {self.all(name)}[0]; e.scrollIntoView(); const r = e.getBoundingClientRect(); "
                               "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            await self.send("Input.dispatchDragEvent", type=kind, x=place[0], y=place[1], data=data)

    async def press(self, key, shift=False):
        """One key, as the keyboard sends it."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": codes.get(key, 0), "modifiers": 8 if shift else 0}
        text = {"text": "\r"} if key == "Enter" else {}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **event, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    async def focused(self):
        return await self.run("(() => { const e = document.activeElement; return e.tagName + ' ' + "
                              "(e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || e.value || '').trim().slice(0, 60); })()")

    async def screenshot(self, path, whole=False):
        clip = {}
        if whole:
            size = (await self.send("Page.getLayoutMetrics"))["cssContentSize"]
            clip = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}}
        image = await self.send("Page.captureScreenshot", format="png", **clip)
        pathlib.Path(path).write_bytes(base64.b64decode(image["data"]))

    async def overflow(self):
        """How many pixels the page is wider than its window."""
        return await self.run("document.documentElement.scrollWidth - innerWidth")

    async def accessibility(self, axe):
        """What axe-core (the text of axe.min.js) finds, one line each."""
        await self.run(f"{axe}; undefined")
        found = await self.run("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
                               ".then(r => r.violations.map(v => v.impact + ' ' + v.id + ': ' + v.nodes.slice(0, 4).map(n => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')))")
        return found
