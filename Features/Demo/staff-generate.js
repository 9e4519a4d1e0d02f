// Slots by a pattern: a dry run shows what would be, then it is done.

import { texts } from "./texts.js";
import { announce, h } from "./dom.js";
import { alertArea, alertBox, all, choices, daysOfWeek, field, submit, values } from "./forms.js";
import { adminSlots, json } from "./api.js";
import { session } from "./session.js";
import { addDays, clockOf, dayOf, longDay, stamp, today } from "./time.js";

const t = texts.generate;
const daysShown = 14;

export function show(main) {
  const preview = h("section", { class: "card", "aria-labelledby": "preview-title", hidden: true });
  const breaks = h("div", { class: "breaks" });
  const zones = h(
    "datalist",
    { id: "zones" },
    Intl.supportedValuesOf("timeZone").map(zone => h("option", { value: zone })),
  );
  const first = addDays(today(session.timeZone), 1);
  const text = (name, label, value, more) => field({ name, label, value, ...more });
  const form = h(
    "form",
    { class: "card", novalidate: true, submit: look, input: stale, change: stale },
    alertArea(),
    h(
      "div",
      { class: "fields" },
      text("startDate", t.startDate, first, { type: "date" }),
      text("endDate", t.endDate, addDays(first, 13), { type: "date" }),
      daysOfWeek(["MON", "TUE", "WED", "THU", "FRI"]),
      text("startTime", t.startTime, "09:00", { inputmode: "numeric" }),
      text("endTime", t.endTime, "17:00", { inputmode: "numeric", hint: t.endHint }),
      text("intervalMinutes", t.interval, "30", { type: "number", min: 5, max: 1440 }),
      text("timeZone", t.zone, session.timeZone, { list: "zones", autocomplete: "off" }),
      h(
        "fieldset",
        { class: "field wide", "data-field": "breaks" },
        h("legend", {}, t.breaks),
        breaks,
        h("button", { type: "button", click: () => addBreak("", "").querySelector("input").focus() }, t.addBreak),
        h("p", { class: "error", hidden: true }),
      ),
      text("excludeDates", t.exclude, "", { hint: t.excludeHint, wide: true }),
      choices({
        name: "onConflict",
        legend: t.conflict,
        options: [
          ["skip", t.skip],
          ["fail", t.fail],
        ],
        checked: "skip",
      }),
    ),
    zones,
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t.preview)),
  );

  function addBreak(start, end) {
    const n = breaks.children.length + 1;
    const row = h(
      "div",
      { class: "break" },
      field({ name: "breakStart", label: t.breakStart(n), value: start, inputmode: "numeric" }),
      field({ name: "breakEnd", label: t.breakEnd(n), value: end, inputmode: "numeric" }),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          "aria-label": t.removeBreak(n),
          click: () => {
            row.remove();
            stale();
            breaks.parentElement.querySelector(":scope > button").focus();
          },
        },
        "×",
      ),
    );
    breaks.append(row);
    return row;
  }

  function pattern() {
    const { startDate, endDate, startTime, endTime, intervalMinutes, timeZone, excludeDates, onConflict } = values(form);
    const ends = all(form, "breakEnd");
    return {
      startDate,
      endDate,
      startTime,
      endTime,
      timeZone,
      onConflict,
      daysOfWeek: all(form, "daysOfWeek"),
      intervalMinutes: intervalMinutes === "" ? null : Number(intervalMinutes),
      breaks: all(form, "breakStart").map((start, n) => ({ startTime: start, endTime: ends[n] })),
      excludeDates: excludeDates.split(/[\s,;]+/).filter(Boolean),
    };
  }

  /** What was looked at is what is created: a change of the pattern takes the preview away. */
  function stale() {
    if (preview.hidden) return;
    preview.hidden = true;
    announce(t.stale);
  }

  const post = body => json(`${adminSlots}/bulk`, { method: "POST", body, token: session.staff });

  function look(event) {
    event.preventDefault();
    preview.hidden = true;
    submit(form, async () => {
      const asked = pattern();
      draw(await post({ ...asked, dryRun: true }), asked);
    });
  }

  function draw(answer, asked) {
    const days = new Map();
    for (const slot of answer.slots) {
      const day = dayOf(slot.startTime, asked.timeZone || session.timeZone);
      days.set(day, [...(days.get(day) ?? []), clockOf(slot.startTime, asked.timeZone || session.timeZone)]);
    }
    const shown = [...days].slice(0, daysShown);
    const title = h("h2", { id: "preview-title", tabindex: -1 }, t.previewTitle);
    preview.replaceChildren(
      title,
      h("p", { class: "lead" }, t.would(answer.created, answer.skipped, answer.past)),
      h(
        "ul",
        { class: "plan" },
        shown.map(([day, clocks]) => h("li", {}, h("strong", {}, t.onDay(longDay(day), clocks.length)), h("span", {}, clocks.join(" · ")))),
      ),
      days.size > daysShown ? h("p", { class: "hint" }, t.moreDays(days.size - daysShown)) : "",
      alertArea(),
      h(
        "div",
        { class: "actions" },
        answer.created === 0
          ? h("p", { class: "hint" }, t.nothing)
          : h("button", { type: "button", class: "primary", click: () => create(asked) }, t.create(answer.created)),
      ),
    );
    preview.hidden = false;
    title.focus();
  }

  const create = asked =>
    submit(
      preview,
      async () => {
        const answer = await post(asked);
        preview.hidden = true;
        const text = t.done(answer.created, answer.skipped, answer.past);
        form.querySelector(".alerts").replaceChildren(alertBox("good", h("p", {}, text)));
        form.querySelector("button[type=submit]").focus();
      },
      problem =>
        problem.conflicts.length === 0
          ? []
          : [
              h("p", {}, t.conflicts),
              h(
                "ul",
                {},
                problem.conflicts.map(slot => h("li", {}, stamp(slot.startTime, session.timeZone))),
              ),
            ],
    );

  addBreak("12:00", "13:00");
  main.append(form, preview);
}
