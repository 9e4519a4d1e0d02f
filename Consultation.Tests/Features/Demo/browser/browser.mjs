// Chromium, scenarios that say whether they hold, and what a page may not do in any of them.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export class Browser {
  #base;
  #browser;
  #tokens;
  #complaints = [];
  failed = 0;

  static async start(base, tokens, executablePath) {
    const started = new Browser();
    started.#base = base;
    started.#tokens = tokens;
    started.#browser = await chromium.launch({ executablePath, headless: true, args: flags });
    return started;
  }

  /** Runs one scenario in a context of its own; `open(hash)` gives it a page, as often as it wants. */
  async scenario(sentence, work, options = {}) {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      locale: "en-GB",
      timezoneId: "America/New_York",
      ...options,
    });
    context.setDefaultTimeout(15_000);
    // the tokens of whoever runs this, where the service has none of its own to give
    await context.route("**/demo/tokens.json", async route => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...this.#tokens } });
    });
    const open = async (hash = "") => {
      const page = await context.newPage();
      this.#listen(page);
      await page.goto(`${this.#base}/${hash}`);
      return page;
    };
    try {
      await work(open);
      console.log(`ok ${sentence}`);
    } catch (why) {
      this.failed++;
      console.log(`not ok ${sentence}: ${why.message.replaceAll(/\s+/g, " ")}`);
    } finally {
      await context.close();
    }
  }

  /** Refusals by the API are what some scenarios are about, and Chromium lists each of them; everything else is a complaint. */
  #listen(page) {
    page.on("pageerror", error => this.#complaints.push(error.message));
    page.on("console", message => {
      const refusal =
        message.text().startsWith("Failed to load resource") &&
        /status of 4\d\d/.test(message.text()) &&
        message.location().url.includes("/api/");
      if (["error", "warning"].includes(message.type()) && !refusal) this.#complaints.push(message.text());
    });
  }

  get complaints() {
    return this.#complaints;
  }

  close() {
    return this.#browser.close();
  }
}

/** What axe finds serious or critical, a line each. */
export async function violations(page) {
  const found = await page.evaluate(`${axe}; axe.run(document)`);
  return found.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(
      ({ id, nodes }) =>
        `${id} at ${nodes
          .map(node => node.target.join(" "))
          .slice(0, 3)
          .join(", ")}`,
    );
}

export function must(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

/** Waits for the first of what the locator finds. */
export const seen = locator => locator.first().waitFor();

/** Presses Tab until the focus is on what the selector finds. */
export async function tabTo(page, selector, most = 80) {
  for (let n = 0; n < most; n++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(wanted => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`${selector} is not reached by Tab`);
}

export async function fileOf(page, click) {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}
