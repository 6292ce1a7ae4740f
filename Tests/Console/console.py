"""Uses the console as a person does, in a real browser: sign in, upload, ask, plan to the end, cancel, resume, a failing post,
sign out; and looks at every view wide and narrow, light and dark.

    console.py URL MODELS KEY READER_KEY SCREENSHOTS    # MODELS: modelsim's control address; screenshots are kept in a folder
"""

import asyncio
import importlib.resources
import json
import pathlib
import sys
import urllib.request

from drive import Browser

URL, MODELS, KEY, READER, SHOTS = sys.argv[1:6]
SHOTS = pathlib.Path(SHOTS)
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOCUMENTS = ROOT / "Seeds/tidewell/documents"
AXE = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text()
findings = []


def check(condition, what):
    if not condition:
        findings.append(what)
        print(f"not so: {what}", flush=True)


def set_faults(*actions, skip=4, times=2):
    """After `skip` answers the chat model does each of these `times` calls long (-1: for ever); without any all is well again."""
    rules = [{"match": {"path": "/v1/chat/completions"}, "skip": skip, "times": times, "action": action} for action in actions]
    body = json.dumps({"faults": rules}).encode()
    request = urllib.request.Request(f"{MODELS}/faults", data=body, method="PUT", headers={"content-type": "application/json"})
    urllib.request.urlopen(request).read()


async def shoot(page, name, whole=False):
    await page.screenshot(SHOTS / f"{name}.png", whole=whole)


async def sign_in(page, key):
    await page.wait_for(".sign-in input")
    await page.fill(".sign-in input", key)
    await page.click(".sign-in .button")


async def newcomer(page):
    """From nothing to a brand with documents."""
    await page.open(URL)
    await shoot(page, "sign-in")
    await sign_in(page, "pw_wrong")
    await page.wait("document.querySelector('[aria-invalid]')")
    check(await page.text(".field-error"), "a wrong key is told beside its field")
    await sign_in(page, KEY)
    await page.wait_for(".welcome")
    await shoot(page, "welcome")
    await page.click(".welcome a.button")
    await page.fill("main form input", "Tidewell")
    check(await page.run("document.querySelectorAll('main form input')[1].value") == "tidewell", "an id is suggested")
    await page.click("main form .primary")
    await page.wait("location.hash.endsWith('tidewell/documents')")
    broken = SHOTS / "broken.docx"
    broken.write_bytes(b"not a document")
    files = [DOCUMENTS / name for name in ("about.md", "faq.html", "catalogue.json", "press-sheet.txt")]
    await page.choose_files("upload-file", *files, broken)
    await page.click("upload-submit")
    await page.wait("document.querySelectorAll('.upload-state .badge').length == 4")
    await page.wait_for(".upload-state .bad-text")
    check(await page.count(".upload-state .bad-text") == 1, "the broken file is refused beside its name, and only that")
    await page.wait("[...document.querySelectorAll('.rows .badge-good')].length == 4", 60)
    await shoot(page, "documents")
    await page.drop_files(".drop-zone", DOCUMENTS / "voice-guide.md")
    check("voice-guide.md" in await page.text(".upload-list"), "a file that was dropped is listed")
    await page.click("upload-submit")
    await page.wait("[...document.querySelectorAll('.rows .badge-good')].length == 5", 60)


async def painted(page):
    """What the browser had loaded when it first showed something, and when that was."""
    await page.open(URL)
    await page.wait("performance.getEntriesByName('first-contentful-paint').length")
    return await page.run("""(() => {
        const [document] = performance.getEntriesByType('navigation');
        const before = performance.getEntriesByName('first-contentful-paint')[0].startTime;
        const resources = performance.getEntriesByType('resource').filter(r => r.responseEnd <= before).map(r => r.name);
        return {bytes: document.encodedBodySize, paint: before, resources};
    })()""")


async def first_paint(browser):
    """One small document, from this service alone, is all that a browser needs to show something."""
    page = await browser.page()
    facts = await painted(page)
    check(0 < facts["bytes"] < 40_000, f"the document is small: {facts['bytes']} bytes")
    check(not [name for name in facts["resources"] if "/v1/" not in name], f"nothing else is loaded first: {facts['resources']}")
    # The best of three: other tests run at the same time. Slow processors are common here, hence no second, as Lighthouse has it.
    paint = min([facts["paint"], (await painted(page))["paint"], (await painted(page))["paint"]])
    print(f"first paint after {paint:.0f} ms, from {facts['bytes']} bytes", flush=True)
    check(paint < 1_800, f"something is seen early: {paint:.0f} ms")
    has = await page.run("""({
        title: Boolean(document.title), language: document.documentElement.lang, description: document.querySelector('meta[name=description]')?.content,
        viewport: document.querySelector('meta[name=viewport]')?.content, heading: document.querySelectorAll('h1').length,
    })""")
    check(all(has.values()) and has["heading"] == 1, f"title, language, description, viewport and one heading: {has}")
    await page.close()


async def ask(page):
    await page.run("location.hash = '#/'")
    await page.click("brand")
    await page.click("tab-ask")
    await page.fill("ask-input", "How long is the guarantee?")
    await page.click("ask-submit")
    await page.wait_for(".passage")
    await page.wait("document.querySelector('.reader .chunk-marked')")
    check(await page.count(".passage") >= 3, "passages are shown with their document")
    await shoot(page, "ask")


async def order_plan(page, posts, policy=None):
    await page.click("tab-plan")
    await page.fill("plan-posts", str(posts))
    if policy:
        chosen = json.dumps(policy)
        await page.run(f"[...document.querySelectorAll('select')].find(s => [...s.options].some(o => o.value == {chosen})).value = {chosen}")
    await page.click("plan-submit")
    await page.wait_for(".stages")


async def plan(page):
    """A week, followed live."""
    await page.click("tab-plan")
    await page.wait_for("plan-posts")
    await page.fill("plan-posts", "12")
    await page.run("[...document.querySelectorAll('.button')].find(b => b.textContent.includes('Estimate')).click()")
    await page.wait("document.querySelector('.estimate') && /[0-9]/.test(document.querySelector('.estimate').innerText)")
    set_faults(*({"type": "delay", "ms": 700 * number} for number in (1, 2, 3)))
    await page.click("plan-submit")
    await page.wait_for(".stages")
    seen = set()
    for _ in range(1200):
        seen.add(await page.count("post"))
        if 12 in seen:
            break
        await asyncio.sleep(0.02)
    set_faults()
    await shoot(page, "board", whole=True)
    check(12 in seen, "all posts are written")
    check(len(seen) > 3, f"posts fill in as they are written, not all at once: {sorted(seen)}")
    await page.click("citation")
    await page.wait("document.querySelector('#panel .chunk-marked')")
    await shoot(page, "citation")
    await page.press("Escape")
    check(await page.run("document.getElementById('panel').hidden"), "Escape closes the panel")
    address = await page.run("location.hash")
    await page.run(f"location.hash = {json.dumps(address)} + '/calendar'")
    await page.wait_for("main table, main .calendar, main [class*=week]")
    await shoot(page, "calendar")
    return address


async def failing(page):
    """Two posts fail for good, the others are finished; resuming writes the two."""
    set_faults({"type": "status", "status": 400})
    await order_plan(page, 8, "settle")
    await page.wait("document.querySelector('.alert') && document.querySelectorAll('[data-testid=post]').length", 60)
    check(await page.count(".slot-failed") == 2, "failed posts are named")
    await shoot(page, "partial", whole=True)
    set_faults()
    await page.click("[data-action=resume]")
    await page.wait_for("post", 8, 60)
    check(await page.count(".slot-failed") == 0, "after the resumption none is missing")


async def cancelling(page):
    """What is written stays, what the model still owes is given up, and after a resumption nothing is missing."""
    set_faults({"type": "hang"}, skip=12, times=-1)
    await order_plan(page, 30)
    await page.wait_for("post", 2, 60)
    await page.click("[data-action=cancel]")
    await page.wait_for("[data-action=resume]", 1, 30)
    check(2 <= await page.count("post") < 30, "a cancelled plan stops, and keeps its posts")
    await shoot(page, "cancelled")
    set_faults()
    await page.click("[data-action=resume]")
    await page.run("location.reload()")
    await page.wait_for("post", 30, 120)


async def look(browser, address):
    """Every view, wide and narrow, light and dark: no overflow, no complaint, nothing that axe finds."""
    views = ["#/", "#/brands/new", "#/brands/tidewell/documents", "#/brands/tidewell/ask?q=guarantee", "#/brands/tidewell/plan"]
    views += [address, address + "/calendar", "#/brands/tidewell/profile", "#/usage"]
    for width, height in ((1280, 900), (390, 844)):
        for is_dark in (False, True):
            page = await browser.page(width, height, is_dark)
            await page.open(URL)
            await sign_in(page, KEY)
            await page.wait_for("brand")
            for view in views:
                await page.run(f"location.hash = {json.dumps(view)}")
                await page.wait("document.querySelector('main h1, main h2') && !document.querySelector('main [aria-busy=true]')")
                await asyncio.sleep(0.3)
                name = f"{view} at {width}{' in the dark' if is_dark else ''}"
                check(await page.overflow() <= 0, f"{name} fits its window")
                for violation in await page.accessibility(AXE):
                    check(False, f"{name}: {violation}")
                file = view.removeprefix("#/").split("?")[0].replace("/", "-")[-40:] or "brands"
                await shoot(page, f"{file}-{width}{'-dark' if is_dark else ''}")
            check(not page.complaints, f"the browser complains: {page.complaints}")
            await page.close()


async def leaving(page):
    await page.run("document.querySelector('#top button.small').click()")
    await page.wait_for(".sign-in")
    check(await page.run("sessionStorage.length") == 0, "signing out forgets the key")
    await sign_in(page, READER)
    await page.wait("!document.querySelector('.sign-in')")
    await page.run("location.hash = '#/'")
    await page.click("brand")
    await page.click("tab-plan")
    await page.click("plan-submit")
    await page.wait_for(".form-problem")
    check("generate" in await page.text(".form-problem"), "a key that may not is told which scope it lacks")


async def use(page):
    await newcomer(page)
    await ask(page)
    address = await plan(page)
    await failing(page)
    await cancelling(page)
    return address


async def main():
    SHOTS.mkdir(parents=True, exist_ok=True)
    async with Browser() as browser:
        await first_paint(browser)
        page = await browser.page()
        try:
            address = await use(page)
        except Exception:
            await shoot(page, "failed")
            print(f"the browser complains: {page.complaints}", flush=True)
            raise
        # The first question, without a key, and the refusals are told by the browser too.
        expected = ("401", "422", "400", "403")
        check(not [text for text in page.complaints if not any(code in text for code in expected)], f"complaints: {page.complaints}")
        await look(browser, address)
        await leaving(page)
    print(f"{len(list(SHOTS.glob('*.png')))} screenshots in {SHOTS}")
    sys.exit(1 if findings else 0)


asyncio.run(main())
