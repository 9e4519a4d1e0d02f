// node demo.mjs <address of the service> <customer's token> <staff's token> [path of Chromium]
// One line a scenario: "ok <sentence>" or "not ok <sentence>: <why>". The last one uses up the limit of bookings.

import { Browser, fileOf, must, seen, tabTo, violations } from "./browser.mjs";

const [base, customerToken, staffToken, chromium = "/usr/bin/chromium"] = process.argv.slice(2);
const customer = "/api/consultations";
const admin = "/api/admin/consultations";

async function api(method, path, body, token = staffToken) {
  const response = await fetch(base + path, {
    method,
    body: body && JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
  });
  return { status: response.status, body: response.status === 204 ? null : await response.json() };
}

const dayFromNow = n => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
const everyDay = ["MON-SUN"];

/** Slots in reach of every scenario; those that are there stay. */
async function offer() {
  const { status, body } = await api("POST", `${admin}/slots/bulk`, {
    startDate: dayFromNow(1),
    endDate: dayFromNow(4),
    daysOfWeek: everyDay,
    startTime: "09:00",
    endTime: "17:00",
    intervalMinutes: 30,
    onConflict: "skip",
  });
  must(status === 201, `slots cannot be made: ${JSON.stringify(body)}`);
}

let guests = 0;

async function pickFirst(page) {
  const clock = page.locator("button.clock").first();
  await clock.click();
  await seen(page.getByText("3. Your details"));
  return clock.getAttribute("data-key");
}

async function fill(page, name = `Gale Guest ${++guests}`) {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill("gale.guest@example.com");
  await page.getByLabel("Phone").fill("+1 555 0199");
  return name;
}

const send = page => page.getByRole("button", { name: "Book this time" }).click();
const heading = (page, text) => seen(page.getByRole("heading", { level: 1, name: text }));
const inDialog = (page, name) => page.getByRole("dialog").getByRole("button", { name, exact: true });

async function bookAsGuest(page) {
  const slot = await pickFirst(page);
  const name = await fill(page);
  await send(page);
  await heading(page, "You are booked");
  return { slot, name, link: new URL(page.url()).hash };
}

await offer();
const browser = await Browser.start(base, { customer: customerToken, staff: staffToken }, chromium);

await browser.scenario("A guest books and takes the calendar file along", async open => {
  const page = await open();
  const { slot } = await bookAsGuest(page);
  const file = await fileOf(page, () => page.getByRole("button", { name: "Add to calendar" }).click());
  must(
    file.name.endsWith(".ics") && file.text.startsWith("BEGIN:VCALENDAR") && file.text.includes("BEGIN:VEVENT"),
    "the calendar file is none",
  );
  await page.getByRole("link", { name: "Book another time" }).click();
  await seen(page.locator("button.clock"));
  must((await page.locator(`[data-key=${slot}]`).count()) === 0, "the booked time is still offered");
});

await browser.scenario("Each field that is refused says so, and the first has the focus", async open => {
  const page = await open();
  await pickFirst(page);
  await page.getByLabel("Email").fill("nobody");
  await send(page);
  await seen(page.locator("[data-field=email] .error:visible"));
  must(await page.getByLabel("Name").evaluate(field => field === document.activeElement), "the focus is elsewhere");
  must((await page.getByLabel("Phone").getAttribute("aria-invalid")) === "true", "the phone is not marked");
});

await browser.scenario("Of two tabs that book one time, the second is offered alternatives and books one of them", async open => {
  const first = await open();
  const second = await open();
  const same = await pickFirst(first);
  await second.locator(`[data-key=${same}]`).click();
  await fill(first);
  await fill(second);
  await send(first);
  await heading(first, "You are booked");
  await send(second);
  await second.locator(".alternatives button").first().click();
  await send(second);
  await heading(second, "You are booked");
});

await browser.scenario("The list follows what is changed elsewhere", async open => {
  const page = await open();
  await seen(page.locator("button.clock"));
  const key = await page.locator("button.clock").first().getAttribute("data-key");
  const path = `${admin}/slots/${key.slice("slot-".length)}`;
  await api("PATCH", path, { isActive: false });
  await page.locator(`[data-key=${key}]`).waitFor({ state: "detached" });
  await api("PATCH", path, { isActive: true });
  await seen(page.locator(`[data-key=${key}]`));
});

await browser.scenario("A guest sees and cancels by the link, and the time is open again", async open => {
  const { slot, link, name } = await bookAsGuest(await open());
  const page = await open(link);
  await seen(page.getByText(name));
  await page.getByRole("button", { name: "Cancel booking" }).click();
  await inDialog(page, "Cancel booking").click();
  await heading(page, "Booking cancelled");
  await heading(await open(link), "No such booking");
  await page.getByRole("link", { name: "Book another time" }).click();
  await seen(page.locator(`[data-key=${slot}]`));
});

await browser.scenario("A customer books by the account's details, finds the booking and cancels it", async open => {
  const page = await open();
  await pickFirst(page);
  await page.getByText("signed in").click();
  await page.getByLabel("Message (optional)").fill("About a <b>tent</b>");
  await send(page);
  await heading(page, "You are booked");
  await seen(page.getByText("About a <b>tent</b>"));
  await page.getByRole("link", { name: "My bookings" }).click();
  const rows = page.locator("tbody tr");
  await seen(rows);
  const before = await api("GET", `${customer}/bookings`, null, customerToken);
  await rows.first().getByRole("button", { name: "Cancel booking" }).click();
  await inDialog(page, "Cancel booking").click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const after = await api("GET", `${customer}/bookings`, null, customerToken);
  must(after.body.total === before.body.total - 1, "the booking is still there");
});

await browser.scenario("Staff create a slot, switch it, move it and delete it", async open => {
  const page = await open("#staff");
  const save = async (button, says) => {
    await inDialog(page, button).click();
    await seen(page.locator("#announcer", { hasText: says }));
  };
  const slot = page.locator("button.slot:focus");
  await page.getByRole("button", { name: "New slot" }).click();
  await page.getByLabel("Date").fill(dayFromNow(5));
  await page.getByLabel("Start").fill("06:05");
  await page.getByLabel("End").fill("06:20");
  await save("Create slot", "Created");
  await seen(slot.getByText("Open"));
  await slot.click();
  await save("Switch off", "Switched off");
  await seen(slot.getByText("Off"));
  await slot.click();
  await save("Switch on", "Switched on");
  await slot.click();
  await page.getByLabel("Start").fill("06:10");
  await save("Save", "Moved to");
  await seen(slot.getByText("06:10"));
  await slot.click();
  await save("Delete", "Deleted");
  must((await page.locator("button.slot", { hasText: "06:10" }).count()) === 0, "the slot is still there");
});

await browser.scenario("A slot that stands in the way of a new one is named where it is made", async open => {
  const page = await open("#staff");
  const { body } = await api("GET", `${admin}/slots?dateFrom=${dayFromNow(2)}&limit=1`);
  await page.locator("h2", { hasText: "–" }).waitFor();
  const { timeZone } = await page.evaluate(() => fetch("demo/tokens.json").then(answer => answer.json()));
  const start = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(
    new Date(body.items[0].startTime),
  );
  await page.getByRole("button", { name: "New slot" }).click();
  await page.getByLabel("Date").fill(body.items[0].date);
  await page.getByLabel("Start").fill(start);
  await page.getByLabel("End").fill("23:59");
  await inDialog(page, "Create slot").click();
  await seen(page.getByRole("dialog").locator(".alert.bad"));
});

await browser.scenario("Staff look at what a pattern makes before they create it", async open => {
  const page = await open("#staff/generate");
  await page.getByLabel("First day").fill(dayFromNow(20));
  await page.getByLabel("Last day").fill(dayFromNow(26));
  await page.getByLabel("From", { exact: true }).fill("05:00");
  await page.getByLabel("Until", { exact: true }).fill("04:00");
  await page.getByRole("button", { name: "Preview" }).click();
  await seen(page.locator("[data-field=endTime] .error:visible"));
  await page.getByLabel("Until", { exact: true }).fill("07:00");
  await page.getByRole("button", { name: "Preview" }).click();
  await seen(page.getByText("20 slots would be created"));
  const path = `${admin}/slots?dateFrom=${dayFromNow(20)}&dateTo=${dayFromNow(26)}`;
  const before = (await api("GET", path)).body.total;
  await page.getByRole("button", { name: "Create 20 slots" }).click();
  await seen(page.getByText("20 slots were created"));
  must((await api("GET", path)).body.total === before + 20, "the slots are not there");
});

await browser.scenario("Staff switch and delete many slots, each after seeing what would happen", async open => {
  const page = await open("#staff/many");
  await page.getByLabel("From", { exact: true }).fill(dayFromNow(20));
  await page.getByLabel("To", { exact: true }).fill(dayFromNow(26));
  await page.getByLabel("Starts at or after").fill("05:00");
  await page.getByLabel("Starts before").fill("07:00");
  for (const [choice, apply, done] of [
    ["Switch off", "Switch 20 slots off", "20 slots switched off"],
    ["Switch on", "Switch 20 slots on", "20 slots switched on"],
    ["Delete", "Delete 20 slots", "20 slots deleted"],
  ]) {
    await page.locator("form").getByText(choice, { exact: true }).click();
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("button", { name: apply }).click();
    await seen(page.getByText(done));
  }
});

await browser.scenario("Staff find a booking, mark it contacted, take the list as CSV, and cancel with a reason", async open => {
  const { name } = await bookAsGuest(await open());
  const page = await open("#staff/bookings");
  await page.getByRole("searchbox").fill(name);
  await page.getByRole("button", { name: "Search" }).click();
  await seen(page.getByText("1 of 1"));
  await page.getByRole("button", { name: `Mark contacted ${name}` }).click();
  await seen(page.locator("tbody").getByText("Contacted"));
  await page.getByRole("button", { name: `Details ${name}` }).click();
  await seen(page.getByRole("dialog").getByText("notification.send_email"));
  await page.keyboard.press("Escape");
  const file = await fileOf(page, () => page.getByRole("button", { name: "CSV file" }).click());
  must(
    file.text.startsWith("\ufeffid,status") && file.text.trim().split("\r\n").length === 2,
    "the file is not the one row that was found",
  );
  await page.getByRole("button", { name: `Cancel ${name}` }).click();
  await page.getByLabel("Reason").fill("Asked for by phone");
  await page.getByLabel("Tell the customer").uncheck();
  await inDialog(page, "Cancel the booking").click();
  await seen(page.getByText("No booking matches."));
  await page.getByRole("link", { name: "Cancelled", exact: true }).click();
  const row = page.locator("tbody tr", { hasText: name });
  await seen(row.getByText("Asked for by phone"));
});

await browser.scenario("The keyboard alone books, cancels, and opens and leaves a slot of staff", async open => {
  const page = await open();
  const { keyboard } = page;
  await seen(page.locator("button.clock"));
  await tabTo(page, "button.day");
  await keyboard.press("ArrowRight");
  await keyboard.press("Enter");
  await tabTo(page, "button.clock");
  await keyboard.press("Enter");
  await keyboard.type("Kay Keys");
  await keyboard.press("Tab");
  await keyboard.type("kay.keys@example.com");
  await keyboard.press("Tab");
  await keyboard.type("+1 555 0123");
  await tabTo(page, "button[type=submit]");
  await keyboard.press("Enter");
  await heading(page, "You are booked");
  await tabTo(page, "button.danger");
  await keyboard.press("Enter");
  await tabTo(page, "dialog .danger");
  await keyboard.press("Enter");
  await heading(page, "Booking cancelled");
  await api("POST", `${admin}/slots/bulk`, {
    startDate: dayFromNow(7),
    endDate: dayFromNow(7),
    daysOfWeek: everyDay,
    startTime: "09:00",
    endTime: "10:00",
    intervalMinutes: 30,
    onConflict: "skip",
  });
  await page.goto(`${base}/#staff`);
  await seen(page.locator(".week section"));
  const firstSlot = () => document.querySelector("button.slot")?.dataset.key;
  const was = await page.evaluate(firstSlot);
  await tabTo(page, "[aria-label='Next week']");
  await keyboard.press("Enter");
  await page.waitForFunction(key => (document.querySelector("button.slot")?.dataset.key ?? key) !== key, was ?? ""); // of the next week
  await tabTo(page, "button.slot");
  await keyboard.press("Enter");
  await seen(page.getByRole("dialog"));
  await keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.matches("button.slot")); // the browser gives the focus back to the slot
});

const views = {
  "#book": "button.clock",
  "#mine": "h1",
  "#staff": ".week section",
  "#staff/generate": "form",
  "#staff/many": "form",
  "#staff/bookings": "form",
  "#staff/cancelled": "form",
};
for (const colorScheme of ["light", "dark"])
  for (const viewport of [
    { width: 1280, height: 900 },
    { width: 390, height: 844 },
  ])
    await browser.scenario(
      `axe finds nothing serious or critical in any view, ${colorScheme}, ${viewport.width} wide, and nothing is cut off`,
      async open => {
        const page = await open();
        const check = async view => {
          const found = await violations(page);
          must(found.length === 0, `${view}: ${found.join("; ")}`);
          must(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${view} is wider than the window`);
        };
        for (const [hash, ready] of Object.entries(views)) {
          await page.goto(`${base}/${hash}`);
          await seen(page.locator(ready));
          await page.waitForLoadState("networkidle");
          await check(hash);
        }
        await page.getByRole("link", { name: "Bookings", exact: true }).click();
        await page
          .getByRole("button", { name: /^Cancel / })
          .first()
          .click();
        await check("cancelling");
        await page.keyboard.press("Escape");
        await page.getByRole("link", { name: "Book", exact: true }).click();
        await pickFirst(page);
        await check("the form");
      },
      { colorScheme, viewport },
    );

await browser.scenario("Whoever books too often is told how long to wait, and the form waits with them", async open => {
  const page = await open();
  await pickFirst(page);
  await fill(page);
  let status = 0;
  for (let n = 0; n < 100 && status !== 429; n++) ({ status } = await api("POST", `${customer}/book`, {}, null));
  must(status === 429, "the limit is not reached by 100 requests");
  await send(page);
  await seen(page.getByText(/You can try again in \d+ seconds?\./));
  must(await page.getByRole("button", { name: "Book this time" }).isDisabled(), "the form can be sent all the same");
});

await browser.scenario("No page wrote an error to the console", async () =>
  must(browser.complaints.length === 0, browser.complaints.join("; ")),
);

await browser.close();
process.exitCode = browser.failed === 0 ? 0 : 1;
