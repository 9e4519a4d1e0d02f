// A week of slots, whatever their state.

import { texts } from "./texts.js";
import { announce, h, redraw, unseen } from "./dom.js";
import { alertArea, attempt } from "./forms.js";
import { adminSlots } from "./api.js";
import { session } from "./session.js";
import { everything } from "./pages.js";
import { createDialog, slotDialog, stateOf } from "./slot-dialogs.js";
import { addDays, clockOf, dayOf, longDay, mondayOf, shortDay, today, weekday } from "./time.js";

const t = texts.week;

export function show(main) {
  const zone = session.timeZone;
  let monday = mondayOf(today(zone));
  let slots = [];
  let turn = 0;
  const heading = h("h2", { tabindex: -1, "aria-live": "polite" });
  const summary = h("p", { class: "hint" });
  const grid = h("div", { class: "week" });
  const button = (text, click, kind, label) => h("button", { type: "button", class: kind, click, "aria-label": label }, text);
  const card = h(
    "section",
    { class: "card" },
    h(
      "div",
      { class: "week-head" },
      button("‹", () => go(addDays(monday, -7)), "icon", t.previous),
      heading,
      button("›", () => go(addDays(monday, 7)), "icon", t.next),
      button(t.today, () => go(mondayOf(today(zone)))),
      button(t.create, () => createDialog(today(zone) > monday ? today(zone) : monday, changed), "primary"),
    ),
    h(
      "div",
      { class: "legend" },
      h(
        "ul",
        {},
        ["open", "booked", "off", "past"].map(state => h("li", { class: state }, texts.states[state])),
      ),
      summary,
    ),
    alertArea(),
    grid,
  );

  function draw() {
    const starts = [...new Set(slots.map(slot => clockOf(slot.startTime, zone)))].sort();
    const number = state => slots.filter(slot => stateOf(slot) === state).length;
    summary.textContent = t.summary(number("open"), number("booked"), number("off"));
    redraw(
      grid,
      [0, 1, 2, 3, 4, 5, 6]
        .map(n => addDays(monday, n))
        .map(day => {
          const mine = slots.filter(slot => slot.date === day);
          return h(
            "section",
            { class: day === today(zone) ? "column now" : "column", "aria-label": longDay(day) },
            h("h3", { "aria-hidden": "true" }, h("span", {}, weekday(day)), " ", shortDay(day)),
            mine.length === 0
              ? h("p", { class: "none" }, t.none)
              : h(
                  "ul",
                  {},
                  mine.map(slot => cell(slot, starts)),
                ),
          );
        }),
      () => heading,
    );
  }

  function cell(slot, starts) {
    const state = stateOf(slot);
    const item = h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: `slot ${state}`,
          "data-key": `slot-${slot.id}`,
          click: () => slotDialog(slot, changed),
        },
        h("span", {}, clockOf(slot.startTime, zone)),
        " ",
        h("small", {}, texts.states[state]),
        unseen(` ${longDay(slot.date)}`),
      ),
    );
    item.style.gridRow = starts.indexOf(clockOf(slot.startTime, zone)) + 1; // so that one time is one row through the week
    return item;
  }

  function go(to) {
    monday = to;
    heading.textContent = t.range(shortDay(monday), `${shortDay(addDays(monday, 6))} ${monday.slice(0, 4)}`);
    return attempt(card, load);
  }

  async function load() {
    const mine = ++turn;
    const answer = await everything(adminSlots, { dateFrom: monday, dateTo: addDays(monday, 6) }, session.staff);
    if (mine !== turn) return;
    slots = answer;
    draw();
  }

  /** After a dialog has changed something: its week is shown, and the focus is on its slot. */
  async function changed(text, slot) {
    if (slot) await go(mondayOf(dayOf(slot.startTime, zone)));
    else await attempt(card, load);
    announce(text);
    ((slot && grid.querySelector(`[data-key="slot-${slot.id}"]`)) || heading).focus();
  }

  main.append(card);
  return void go(monday);
}
