// A real browser, Debian's chromium, that opens a page of `report` as a mail attachment is opened: from the disk.
//
//   node browser.mjs MODULES check PAGE             prints what the browser, axe-core, the keyboard and the printer say, as JSON
//   node browser.mjs MODULES shot PAGE PICTURE.png  takes a picture
//   node browser.mjs MODULES mermaid FILE           renders a Mermaid diagram, and prints its words as JSON
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, command, file, target] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

async function opened(colorScheme, viewport = { width: 1180, height: 900 }) {
  const context = await browser.newContext({ colorScheme, viewport, offline: true });
  const page = await context.newPage();
  const said = { console: [], requests: [], dialogs: [] };
  page.on("console", (message) => said.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.console.push(`error: ${error.message}`));
  page.on("request", (request) => said.requests.push(request.url()));
  page.on("dialog", (dialog) => (said.dialogs.push(dialog.message()), dialog.dismiss()));
  await page.goto(pathToFileURL(resolve(file)).href, { waitUntil: "load" });
  return { page, said };
}

// What axe-core finds. It is put in by the debugger, which no policy of the page holds back.
async function accessible(page) {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations, passes } = await page.evaluate(() => window.axe.run());
  const words = violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html.slice(0, 200)) }));
  return { violations: words, passed: passes.length };
}

// The elements that Tab reaches, in their order.
async function reached(page) {
  const found = [];
  for (let presses = 0; presses < 200; presses += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body ? null : `${element.tagName.toLowerCase()} ${element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 40)}`;
    });
    if (name === null || (found.length > 0 && name === found[0])) break;
    found.push(name);
  }
  return found;
}

// Whether Enter folds what is open: the keyboard alone is enough.
async function folds(page) {
  const summary = page.locator("summary").first();
  if ((await summary.count()) === 0) return null;
  const open = () => page.locator("details").first().evaluate((details) => details.open);
  const before = await open();
  await summary.focus();
  await page.keyboard.press("Enter");
  return before !== (await open());
}

async function check() {
  const report = {};
  for (const scheme of ["light", "dark"]) {
    const { page, said } = await opened(scheme);
    report[scheme] = { ...said, ...(await accessible(page)) };
    report[scheme].background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    report[scheme].box = await page.evaluate(() => getComputedStyle(document.querySelector(".picture .node rect")).fill);
  }
  const { page, said } = await opened("light");
  report.title = await page.title();
  report.text = await page.locator("body").innerText();
  report.tree = await page.locator("body").ariaSnapshot();
  report.elements = await page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map((element) => element.localName))]);
  // A script of the page's own would be held back by its policy.
  report.refused = await page.evaluate(() => new Promise((done) => {
    addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    setTimeout(() => done(null), 2000);
  }));
  report.ran = await page.evaluate(() => window.ran === true);
  report.console = said.console;
  const keyboard = await opened("light");
  report.keyboard = await reached(keyboard.page);
  report.folds = await folds(keyboard.page);
  const small = await opened("light", { width: 360, height: 640 });
  report.overflows = await small.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  report.printed = await page.evaluate(() => ({ background: getComputedStyle(document.body).backgroundColor, nav: getComputedStyle(document.querySelector("nav")).display }));
  await page.emulateMedia({ media: null });
  report.pdf = (await page.pdf({ format: "A4", preferCSSPageSize: true })).subarray(0, 5).toString();
  return report;
}

async function shot() {
  const { page } = await opened("light", { width: 1180, height: 830 });
  await page.screenshot({ path: target });
  return { target };
}

async function mermaid() {
  const page = await (await browser.newContext({ offline: true })).newPage();
  await page.setContent("<!doctype html><div id=there></div>");
  await page.addScriptTag({ path: join(modules, "node_modules", "mermaid", "dist", "mermaid.min.js") });
  return page.evaluate(async (text) => {
    const { svg } = await window.mermaid.render("drawn", text);
    document.getElementById("there").innerHTML = svg;
    const words = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim());
    return { nodes: words(".node"), edges: words(".edgeLabel .label").filter(Boolean), arrows: document.querySelectorAll("path.flowchart-link").length, scripts: document.querySelectorAll("#there script, #there b").length };
  }, readFileSync(file, "utf8"));
}

try {
  const answer = await { check, shot, mermaid }[command]();
  process.stdout.write(`${JSON.stringify(answer)}\n`);
} finally {
  await browser.close();
}
