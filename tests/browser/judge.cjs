// The HTML report in a browser: NODE_PATH=… node judge.cjs CHROMIUM ORDINARY HOSTILE LARGE FOLDER SERIES EDITION
// How long it opens and filters:  NODE_PATH=… node judge.cjs CHROMIUM --measure REPORT…
//
// Each argument after the browser is a report: an ordinary one, one of hostile names, one of 3,000 streams; then come the page of a series and a customer edition. axe-core looks
// for what people with other senses and hands cannot use; every request is counted; what is filtered, linked to and printed
// is compared with what the page holds. Ends with one line; exit code 1 if anything failed.
"use strict";

const fs = require("fs");
const path = require("path");
const { execFileSync } = require("child_process");
const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const LIMIT_BYTES = 6e6;
let passed = 0;
let failed = 0;

function holds(fact, truth, detail) {
  if (truth) { passed += 1; return; }
  failed += 1;
  console.log(`FAILED: ${fact}: ${JSON.stringify(detail)}`);
}

/** A page with a report on it, and everything that it did. */
async function open(browser, file, options) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  // Whoever runs this ends it where it takes too long; a slow machine is no mistake of the page.
  page.setDefaultTimeout(0);
  page.setDefaultNavigationTimeout(0);
  const did = { requests: [], errors: [], dialogs: 0 };
  page.on("request", (r) => did.requests.push(r.url()));
  page.on("pageerror", (e) => did.errors.push(e.message));
  page.on("console", (m) => { if (m.type() === "error") { did.errors.push(m.text()); } });
  page.on("dialog", (d) => { did.dialogs += 1; d.dismiss(); });
  await page.goto(`file://${file}`);
  return { page, did, close: () => context.close() };
}

/** Waits for something; the policy of the page does not let its own world do that. Minutes, for slow machines: what comes true takes none of them. */
async function until(page, fact, argument) {
  for (let turn = 0; turn < 4800; turn += 1) {
    if (await page.evaluate(fact, argument)) { return true; }
    await page.waitForTimeout(25);
  }
  console.log(`never came true: ${fact}`);
  return false;
}

/** Whether an element is to be seen, or comes to be. */
const comesUp = (page, id) => until(page, (name) => document.getElementById(name).checkVisibility(), id);

/**
 * Leaves one of each: of what repeats, only what has a path of tags and classes that nothing before it had. What such an
 * element looks like depends on nothing else, and a page of ten thousand cells of the same kind is slow to judge.
 */
function thinned() {
  const seen = new Set();
  const walk = (element, above) => {
    const trail = `${above}${element.tagName}.${element.getAttribute("class") || ""} `;
    let fresh = !seen.has(trail);
    seen.add(trail);
    for (const child of [...element.children]) {
      if (walk(child, trail)) { fresh = true; } else if (child.matches("tr, li, article, details, .seen, tbody, p, g, dl > div, .k *, .ev *")) { child.remove(); }
    }
    return fresh;
  };
  walk(document.body, "");
  return seen.size;
}

/** axe-core on a page: all of it once, where it is not too much, and every kind of element in every look. */
async function accessible(browser, file, name, least = 200, all = true) {
  const looks = [["light", 1440, all], ["dark", 1440, false], ["light", 390, false]];
  for (const [colorScheme, width, whole] of looks) {
    const { page, close } = await open(browser, file, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    holds(`nothing hangs out of the page: ${name}, ${width} wide`, wide <= 1, wide);
    const kinds = whole ? 0 : await page.evaluate(thinned);
    // axe asks what lies where, element by element: the page is laid out once and not for each question.
    await page.addStyleTag({ content: "* { content-visibility: visible !important; }" });
    await page.evaluate(AXE);
    const told = [];
    let passes = [];
    const ask = async (options) => {
      const found = await page.evaluate((o) => axe.run(document, { resultTypes: ["violations", "incomplete"], ...o }), options);
      told.push(...found.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)]));
      // White on white is no violation to axe: it takes such a text for one that is hidden on purpose.
      const same = (n) => n.any.some((c) => c.data && c.data.messageKey === "equalRatio");
      for (const open of found.incomplete.filter((i) => i.id === "color-contrast")) {
        told.push(...open.nodes.filter(same).slice(0, 3).map((n) => ["colour of its ground", n.html.slice(0, 120)]));
      }
      passes = found.passes.map((p) => p.id);
    };
    // Contrast is most of the work, of a text to its ground and of a link to its text.
    if (whole) {
      await ask({ rules: { "color-contrast": { enabled: false }, "link-in-text-block": { enabled: false } } });
      holds(`axe looked at all: ${name}`, passes.length > 20, passes);
    }
    const left = kinds || await page.evaluate(thinned);
    await ask({});
    holds(`axe finds nothing: ${name}, ${colorScheme}, ${width} wide`, told.length === 0, told);
    holds(`axe looked at every kind: ${name}`, passes.includes("color-contrast") && passes.length > 20 && left > least, [left, passes]);
    await close();
  }
}

async function quiet(browser, file, name, scripts = 1) {
  const { page, did, close } = await open(browser, file);
  await page.waitForTimeout(300);
  holds(`no request leaves the page: ${name}`, did.requests.length === 1, did.requests);
  holds(`nothing complains: ${name}`, did.errors.length === 0, did.errors);
  holds(`no dialog: ${name}`, did.dialogs === 0, did.dialogs);
  const acts = await page.evaluate(() => ({
    scripts: document.scripts.length,
    handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name))).length,
    out: [...document.querySelectorAll("[href], [src]")].filter((e) => !/^#/.test(e.getAttribute("href") || "#")).length,
    title: document.title,
  }));
  holds(`its own script at most, no handlers, no way out: ${name}`, acts.scripts === scripts && acts.handlers === 0 && acts.out === 0, acts);
  holds(`nothing of others ran: ${name}`, /Keywitness (evidence report|series of \d+ packs)$|· customer edition$/.test(acts.title), acts.title);
  await close();
}

/** The page without script: everything is there, and what would not work is not shown. */
async function plain(browser, file) {
  const { page, close } = await open(browser, file, { javaScriptEnabled: false });
  holds("without script there is no search field", !(await page.locator("#search").isVisible()), "visible");
  holds("without script the streams are there", await page.locator("#streams tbody tr").first().isVisible(), "hidden");
  // By its key: for a click, the tool waits until nothing moves, and what comes into sight here is laid out only then.
  if ((await page.locator("#streams details.page").count()) > 1) {
    await page.locator("#streams details.page summary").last().focus();
    await page.keyboard.press("Enter");
    const last = await page.locator("#streams tbody tr[id]").last().getAttribute("id");
    holds("without script a page of the table opens", await comesUp(page, last), "hidden");
  }
  await close();
}

async function usable(browser, file) {
  const { page, close } = await open(browser, file);
  await page.keyboard.press("Tab");
  holds("the first thing that Tab reaches leads past the head", await page.evaluate(() => document.activeElement.className) === "skip");
  await page.keyboard.press("/");
  holds("a slash leads to the search", await page.evaluate(() => document.activeElement.id) === "search");
  const name = await page.locator("#streams tbody tr th").first().evaluate((th) => th.firstChild.textContent.trim());
  await page.keyboard.type(name);
  await until(page, () => document.getElementById("hits").textContent !== "");
  const shown = page.locator("#streams tr[data-s]:not(.off)");
  const expected = await page.evaluate((n) => [...document.querySelectorAll("#streams tr[data-s]")].filter((r) => r.textContent.includes(n)).length, name);
  holds("the search shows the rows with the word and no other", (await shown.count()) === expected && expected > 0, [await shown.count(), expected]);
  await page.keyboard.press("Escape");
  await until(page, () => document.getElementById("hits").textContent === "");
  holds("Escape shows all again", (await page.locator(".off").count()) === 0, await page.locator(".off").count());
  await page.selectOption("#s-streams", "fail");
  const failing = await page.evaluate(() => document.querySelectorAll("#streams tr[data-s]:not(.off)").length);
  const strips = await page.evaluate(() => [...document.querySelectorAll("#streams tr[data-s]")].filter((r) => r.querySelector(".k .fail")).length);
  holds("the filter by status shows those that fail", failing === strips && failing > 0, [failing, strips]);
  await page.fill("#f-streams", "no stream has this name");
  await until(page, () => document.querySelector("#streams tr[data-s]:not(.off)") === null);
  const target = await page.evaluate(() => [...document.querySelectorAll("#streams tr[data-s]")].filter((r) => r.matches(".off")).pop().id);
  await page.evaluate((id) => { location.hash = id; }, target);
  holds("a link shows what a filter hides", await comesUp(page, target), target);
  const record = await page.evaluate(() => [...document.querySelectorAll("#evidence li[id]")].pop().id);
  await page.evaluate((id) => { location.hash = id; }, record);
  holds("a link opens a record in a closed page", await comesUp(page, record), record);
  await close();
}

/** On paper nothing is left out, whatever is filtered or closed. */
async function printed(browser, file, folder) {
  const { page, close } = await open(browser, file);
  await page.fill("#f-streams", "no stream has this name");
  await until(page, () => document.querySelector("#streams tr[data-s]:not(.off)") === null);
  const names = await page.evaluate(() => [...document.querySelectorAll("#streams tr[data-s] th")].map((th) => th.firstChild.textContent.trim()));
  const records = await page.evaluate(() => [...document.querySelectorAll("#evidence li[id]")].map((li) => li.id));
  const paper = `${folder}/printed.pdf`;
  await page.pdf({ path: paper, preferCSSPageSize: true });
  let text;
  try { text = execFileSync("pdftotext", ["-raw", paper, "-"], { encoding: "utf8", maxBuffer: 1 << 28 }); } catch { console.log("pdftotext: not here, paper not read"); }
  if (text !== undefined) {
    const dense = text.replace(/\s/g, "");
    const missing = names.filter((n) => !dense.includes(n.replace(/\s/g, ""))).concat(records.filter((r) => !dense.includes(r)));
    holds("every stream and record is on paper", missing.length === 0 && names.length > 0, missing.slice(0, 5));
    holds("the evidence root is on paper", /[0-9a-f]{64}/.test(dense));
  }
  await close();
}

/** What makes a large report quick to open: its size, and how much of it has to be made and laid out for that. */
async function light(browser, file) {
  const bytes = fs.statSync(file).size;
  holds("the report of 3,000 streams is below 6 MB", bytes < LIMIT_BYTES, bytes);
  const { page, close } = await open(browser, file);
  const told = await page.evaluate(() => {
    const sections = [...document.querySelectorAll("main > section")];
    return {
      streams: document.querySelectorAll("#streams tr[data-s]").length,
      elements: document.querySelectorAll("*").length,
      inRow: Math.max(...[...document.querySelectorAll("#streams tr[data-s]")].map((r) => r.querySelectorAll("*").length)),
      longest: Math.max(...[...document.querySelectorAll("table")].map((t) => t.rows.length)),
      open: document.querySelectorAll("#streams details[open]").length,
      laidOut: sections.filter((s) => getComputedStyle(s).contentVisibility !== "auto").map((s) => s.id),
      hidden: [...document.querySelectorAll("main *")].filter((e) => e.matches("[hidden], .off") && e.querySelector("tr, li, article")).map((e) => e.id),
    };
  });
  holds("no row is dropped", told.streams === 3000, told);
  holds("few elements for a row, and for all", told.inRow < 25 && told.elements < 50 * told.streams, told);
  holds("its tables come in pages, of which the first is open", told.longest <= 600 && told.open === 1, told);
  holds("what is out of sight is not laid out, and nothing is hidden for good", told.laidOut.length === 0 && told.hidden.length === 0, told);
  console.log(`${told.streams} streams: ${(bytes / 1e6).toFixed(2)} MB, ${told.elements} elements`);
  await close();
}

/** How long it takes to open and to filter a report, the best of five: for people to read, and no test. */
async function measure(browser, file) {
  // On a busy machine the clock tells of others; what the page itself costs is told by the browser.
  const best = { open: Infinity, clock: Infinity, filter: Infinity };
  let streams = 0;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { page, close } = await open(browser, "/dev/null");
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(`file://${file}`);
    const clock = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now())))));
    const { metrics } = await session.send("Performance.getMetrics");
    const opened = 1000 * metrics.find((m) => m.name === "TaskDuration").value;
    const times = await page.evaluate(() => {
      const input = document.getElementById("search");
      const began = performance.now();
      input.value = "checkout";
      input.dispatchEvent(new Event("input"));
      return new Promise((done) => {
        const look = () => {
          if (document.getElementById("hits").textContent === "") { setTimeout(look, 5); return; }
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
        };
        look();
      });
    });
    best.open = Math.min(best.open, opened);
    best.clock = Math.min(best.clock, clock);
    best.filter = Math.min(best.filter, times);
    streams = await page.locator("#streams tr[data-s]").count();
    await close();
  }
  const megabytes = (fs.statSync(file).size / 1e6).toFixed(2);
  console.log(`${streams} streams, ${megabytes} MB: opens with ${Math.round(best.open)} ms of work (${Math.round(best.clock)} ms by the clock), filters in ${Math.round(best.filter)} ms`);
}

/** One part of the judgement, and how long it took. */
async function part(name, job) {
  const began = Date.now();
  await job;
  console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

(async () => {
  if (process.argv[3] === "--measure") {
    const [, , executablePath, , ...files] = process.argv;
    const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    for (const file of files) { await measure(browser, path.resolve(file)); }
    await browser.close();
    return;
  }
  const [, , executablePath, ordinary, hostile, large, folder, series, edition] = process.argv;
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  await part("axe, ordinary", accessible(browser, ordinary, "ordinary"));
  await part("axe, hostile", accessible(browser, hostile, "hostile"));
  await part("axe, large", accessible(browser, large, "large", 100, false));
  await part("axe, series", accessible(browser, series, "series", 60));
  await part("axe, edition", accessible(browser, edition, "edition", 30));
  await part("quiet, edition", quiet(browser, edition, "edition", 0));
  await part("quiet, series", quiet(browser, series, "series", 0));
  await part("quiet, ordinary", quiet(browser, ordinary, "ordinary"));
  await part("quiet, hostile", quiet(browser, hostile, "hostile"));
  await part("without script, ordinary", plain(browser, ordinary));
  await part("without script, large", plain(browser, large));
  await part("used, ordinary", usable(browser, ordinary));
  await part("used, large", usable(browser, large));
  await part("printed, ordinary", printed(browser, ordinary, folder));
  await part("size, large", light(browser, large));
  await browser.close();
  // The last line is read by whoever runs this.
  console.log(`browser: ${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
})().catch((error) => { console.log(`browser: broke off: ${error.message}`); process.exit(1); });
