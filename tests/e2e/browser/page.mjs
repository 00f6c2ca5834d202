// What a browser sees of `warta web`. browser.py starts the line and this:
//
//     node page.mjs CASE BASE-URL CHROMIUM
//
// Lines "ask WORD JSON" on standard output are for it to do; it answers with a line of JSON.
// Anything else that is printed is for people; the exit status says whether the case holds.

import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , name, base, executablePath] = process.argv;
// Packages lie in the build tree, from where this is run.
const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { chromium } = require("playwright-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const WIDTHS = [1280, 390];
const VIEWS = ["live", "article", "entities", "entity", "search", "charts", "line"];

async function ask(word, value = null) {
  console.log(`ask ${word} ${JSON.stringify(value)}`);
  return JSON.parse((await answers.next()).value);
}

function check(right, what) {
  if (!right) throw new Error(what);
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

// A page that ends the case when a script fails, the policy is broken, or something is loaded
// from elsewhere. quiet: what the console may say.
async function show(page, path) {
  await page.evaluate(() => document.querySelector("main").replaceChildren()); // what was there is no answer
  await page.evaluate((hash) => { location.hash = hash; dispatchEvent(new HashChangeEvent("hashchange")); }, `#/${path}`);
  await page.waitForSelector("main :is(h1, .error)", { state: "attached" });
}

async function open(path, { width = 1280, scheme = "light", quiet = /^$/ } = {}) {
  const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.wrong = [];
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !quiet.test(m.text())) page.wrong.push(m.text()); });
  page.on("pageerror", (e) => page.wrong.push(e.message));
  page.on("dialog", (d) => { page.wrong.push(`a dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => { if (!r.url().startsWith(base)) page.wrong.push(`asks ${r.url()}`); });
  await page.goto(`${base}/#/${path}`);
  await page.waitForSelector("main :is(h1, .error)", { state: "attached" });
  return page;
}

async function close(page) {
  const { wrong } = page;
  await page.context().close();
  check(wrong.length === 0, wrong.join("; "));
}

const path = async (view) => view === "entity" ? `entity/${encodeURIComponent(await ask("entity"))}`
  : view === "article" ? `article/${await ask("article")}` : view === "search" ? `search/${encodeURIComponent(await ask("word"))}` : view;

// Its stories, numbers or rows: what shows that the view is there.
const BODY = { live: ".story .fact", article: ".text mark", entity: ".timeline .story", entities: ".names li a", search: ".story mark", charts: ".panel svg .bar, .panel svg rect", line: "tbody tr" };

const cases = {
  async every_view_at_both_widths_and_in_the_dark() {
    for (const [width, scheme] of [[1280, "light"], [390, "light"], [1280, "dark"], [390, "dark"]]) {
      const page = await open("live", { width, scheme });
      await page.evaluate(axe);
      for (const view of VIEWS) {
        await show(page, await path(view));
        await page.waitForSelector(BODY[view]);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        check(over <= 0, `${view} at ${width} is ${over} pixels too wide`);
        if (scheme === "dark") {
          const light = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).slice(0, 3).every((c) => Number(c) > 100));
          check(!light, `${view} is light in the dark`);
        }
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        const serious = violations.filter((v) => ["serious", "critical"].includes(v.impact));
        check(serious.length === 0, `${view} ${width} ${scheme}: ${serious.map((v) => `${v.id} ${v.nodes[0].html}`).join("; ")}`);
        if (process.env.WARTA_SHOTS) await page.screenshot({ path: `${process.env.WARTA_SHOTS}/${view.replace(/\W.*/, "")}-${width}-${scheme}.png` });
      }
      await close(page);
    }
  },

  async facts_come_by_themselves_and_filters_hold() {
    for (const width of WIDTHS) {
      const page = await open("live", { width });
      await page.waitForSelector(".state.on");
      const given = await ask("feed", { title: `Kabar ${width}`, text: "Jakarta - Sebanyak 73 orang mengungsi. \"Kami aman,\" kata Kepala Desa Wiratama Sudiro." });
      const story = page.locator(".story", { hasText: `Kabar ${width}` });
      await story.waitFor();
      check((await page.locator(".story").first().textContent()).includes(`Kabar ${width}`), "the newest is not on top");
      check(await story.locator(".fact[data-kind=quantity] .number").first().textContent() === "73", "the number is another");
      check((await story.locator("mark").allTextContents()).some((t) => t.includes("73 orang")), "the evidence is not marked");
      // only quotes
      for (const kind of ["quantity", "event", "role"]) await page.locator(`.chip[data-kind=${kind}]`).click();
      await page.waitForURL(/kind=quote$/);
      await page.locator(".fact[data-kind=quote]").first().waitFor();
      const kinds = await page.locator(".fact").evaluateAll((all) => [...new Set(all.map((f) => f.dataset.kind))]);
      check(kinds.join() === "quote", `beside quotes there are ${kinds}`);
      await page.locator(".chip[data-kind=quantity]").click();
      await page.waitForURL(/kind=quote%2Cquantity$/);
      // words, and what comes later goes through the same filter
      if (width === 390) await page.locator(".fold summary").click();
      await page.locator("[name=text]:not(.top *)").fill("aman");
      await page.locator("[name=text]:not(.top *)").press("Enter");
      await page.waitForURL(/text=aman/);
      await page.waitForSelector(".state.on");
      await page.locator(".story").first().waitFor();
      await ask("feed", { title: `Lain ${width}`, text: "Bandung - Sebanyak 12 sapi mati, kata Bupati Sinta Larasati." });
      await ask("feed", { title: `Sama ${width}`, text: "Bandung - \"Kota aman,\" kata Bupati Sinta Larasati." });
      await page.locator(".story", { hasText: `Sama ${width}` }).waitFor();
      check(await page.locator(".story", { hasText: `Lain ${width}` }).count() === 0, "the filter lets through what it should not");
      // paused, it waits
      await page.getByRole("button", { name: "Pause" }).click();
      await ask("feed", { title: `Nanti ${width}`, text: "Bandung - \"Pasar aman,\" kata Bupati Sinta Larasati." });
      await page.getByRole("button", { name: /newer article/ }).waitFor();
      check(await page.locator(".story", { hasText: `Nanti ${width}` }).count() === 0, "it does not wait");
      await page.getByRole("button", { name: "Resume" }).click();
      await page.locator(".story", { hasText: `Nanti ${width}` }).waitFor();
      check(given.done, "not fed");
      if (width !== WIDTHS[0]) { await close(page); continue; }
      // the same text once more is a copy, and copies can be hidden
      const text = "Bandung - \"Jembatan aman,\" kata Bupati Sinta Larasati saat membuka jembatan baru di tengah kota itu bersama warga yang datang sejak pagi.";
      for (const title of ["Asal", "Salinan"]) await ask("feed", { title, text });
      await page.locator(".story", { hasText: "Salinan" }).waitFor();
      await page.locator("[name=copies]").selectOption("no");
      await page.waitForURL(/copies=no$/);
      await page.locator(".story", { hasText: "Asal" }).waitFor();
      check(await page.locator(".story", { hasText: "Salinan" }).count() === 0, "a copy is not hidden");
      check(await page.locator("[name=copies]").inputValue() === "no", "the filter does not tell what it does");
      await close(page);
    }
  },

  async it_goes_on_when_the_server_is_back() {
    const page = await open("live", { quiet: /ERR_|Failed to load resource/ });
    await page.waitForSelector(".state.on");
    const before = await page.locator(".story").count();
    await ask("stop");
    await page.waitForSelector(".state.off");
    await ask("put", { title: "Kabar saat mati", text: "Jakarta - Sebanyak 74 orang mengungsi, kata Bupati Sinta Larasati." });
    await ask("start");
    await page.locator(".story", { hasText: "Kabar saat mati" }).waitFor({ timeout: 30000 });
    await page.waitForSelector(".state.on");
    check(await page.locator(".story").count() === before + 1, "stories are lost or twice");
    await ask("feed", { title: "Kabar sesudahnya", text: "Jakarta - Sebanyak 75 orang mengungsi, kata Bupati Sinta Larasati." });
    await page.locator(".story", { hasText: "Kabar sesudahnya" }).waitFor();
    check(await page.locator(".story", { hasText: "Kabar saat mati" }).count() === 1, "it is there twice");
    await close(page);
  },

  // For tests/bench/readers.py: so many pages, until it says that it is over.
  async many_pages_of_the_live_view() {
    const pages = [];
    for (let n = await ask("pages"); n > 0; n--) {
      const page = await open("live");
      await page.waitForSelector(".state.on");
      await page.evaluate(() => {
        globalThis.losses = 0;
        const state = document.getElementById("state");
        new MutationObserver(() => { globalThis.losses += state.classList.contains("off"); }).observe(state, { attributes: true });
      });
      pages.push(page);
    }
    await ask("over");
    for (const page of pages) {
      await page.locator(".story").first().waitFor();
      check(await page.evaluate(() => globalThis.losses) === 0, "a page lost its stream");
      check(await page.locator(".story").count() <= 81, "a page grows");
      await close(page);
    }
  },

  async hostile_headlines_are_text_everywhere() {
    const hostile = await ask("hostile"); // [{seq, title, copy}]
    check(hostile.length >= 5 && hostile.some((h) => h.copy), "too few");
    const pages = ["live?kind=quote,quantity,event,role,entity,time", "entities", "charts", "line", "search/mengungsi", ...hostile.map((h) => `article/${h.seq}`),
      ...hostile.flatMap((h) => [`entity/${encodeURIComponent(h.title)}`, `search/${encodeURIComponent(h.title)}`, `live?text=${encodeURIComponent(h.title)}&source=${encodeURIComponent(h.title)}`]),
      "%E0%A4%A", "entity/%", "live?kind=%3Cscript%3E", "__proto__", "constructor/x", `search/${encodeURIComponent("<img src=x onerror=alert(1)>")}`];
    const page = await open("live", { quiet: /status of (400|404)/ });
    for (const at of pages) {
      await show(page, at);
      await page.waitForTimeout(60); // what comes by the stream
      const bad = await page.evaluate(() => [...document.querySelectorAll("main *")].filter((e) => ["SCRIPT", "IMG", "IFRAME", "OBJECT", "STYLE", "BASE", "META"].includes(e.tagName.toUpperCase())
        || [...e.attributes].some((a) => a.name.startsWith("on") || (["href", "src", "xlink:href", "action", "formaction"].includes(a.name) && !/^(#|https?:)/.test(a.value)))).map((e) => e.outerHTML.slice(0, 200)));
      check(bad.length === 0, `${at}: ${bad[0]}`);
      const article = hostile.find((h) => at === `article/${h.seq}`);
      if (article?.copy) check((await page.locator(".copy a bdi").textContent()) === hostile[0].title, `${at}: it is no copy of the first`);
      if (article) check((await page.locator("h1").textContent()) === article.title, `${at}: the headline is ${await page.locator("h1").textContent()}`);
      check(page.wrong.length === 0, `${at}: ${page.wrong.join("; ")}`);
    }
    await close(page);
  },

  async all_of_it_is_reached_by_keyboard() {
    for (const width of WIDTHS) {
      let page = await open("live", { width });
      await page.waitForSelector(".story");
      await page.keyboard.press("Tab");
      check(await page.evaluate(() => document.activeElement.textContent) === "Skip to content", "the first stop is not the skip link");
      const seen = new Set();
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
          return { name: e.getAttribute("aria-label") ?? e.name ?? "", text: e.textContent.trim().slice(0, 40), seen: box.width > 0 && box.height > 0 && style.outlineStyle !== "none" };
        });
        if (at.name !== "" || at.text) check(at.seen, `focus is not to be seen on ${at.text || at.name}`);
        seen.add(at.text || at.name);
      }
      for (const want of ["Live", "Who", "Charts", "Line", "Search articles", "Quotes", "Times", "Pause"]) check(seen.has(want), `${want} is not reached by keyboard at ${width}`);
      await page.locator(".chip[data-kind=entity]").focus();
      await page.keyboard.press("Space");
      await page.waitForURL(/entity/);
      check(await page.evaluate(() => document.activeElement.dataset.kind) === "entity", "focus is lost by a filter");
      await close(page);
      page = await open(await path("article"), { width });
      await page.locator(".side .fact").first().focus();
      await page.keyboard.press("Enter");
      check(await page.locator(".text mark.on").count() > 0, "Enter on a fact does not show where it stands");
      await close(page);
      page = await open("charts", { width });
      for (const role of ["banner", "navigation", "main", "search"]) check(await page.getByRole(role).count() === 1, `there is no one ${role}`);
      await close(page);
    }
  },
};

try {
  check(Object.hasOwn(cases, name), `no case ${name}`);
  await cases[name]();
} catch (error) {
  console.log(`FAILED: ${error.message}`);
  process.exitCode = 1;
}
await browser.close();
process.exit();
