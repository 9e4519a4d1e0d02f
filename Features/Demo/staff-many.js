// Many slots at once: switched or deleted, after a dry run.

import { texts } from "./texts.js";
import { announce, h } from "./dom.js";
import { alertArea, alertBox, all, choices, daysOfWeek, field, submit, values } from "./forms.js";
import { adminSlots, json, query } from "./api.js";
import { session } from "./session.js";
import { addDays, today } from "./time.js";

const t = texts.many;
const s = texts.staff;

export function show(main) {
  const now = today(session.timeZone);
  const preview = h("section", { class: "card", "aria-labelledby": "preview-title", hidden: true });
  const form = h(
    "form",
    { class: "card", novalidate: true, submit: look, input: stale, change: stale },
    alertArea(),
    h(
      "div",
      { class: "fields" },
      field({ name: "dateFrom", label: s.dateFrom, type: "date", value: now }),
      field({ name: "dateTo", label: s.dateTo, type: "date", value: addDays(now, 6) }),
      daysOfWeek(Object.keys(s.dayNames)),
      field({ name: "startTime", label: t.fromTime, hint: t.timeHint, inputmode: "numeric" }),
      field({ name: "endTime", label: t.toTime, hint: t.timeHint, inputmode: "numeric" }),
      choices({
        name: "action",
        legend: t.action,
        options: [
          ["off", t.off],
          ["on", t.on],
          ["remove", t.remove],
        ],
        checked: "off",
      }),
    ),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t.preview)),
  );

  function stale() {
    if (preview.hidden) return;
    preview.hidden = true;
    announce(texts.generate.stale);
  }

  function selection() {
    const { dateFrom, dateTo, startTime, endTime, action } = values(form);
    const asked = { dateFrom, dateTo, daysOfWeek: all(form, "daysOfWeek") };
    if (startTime) asked.startTime = startTime;
    if (endTime) asked.endTime = endTime;
    return [action, asked];
  }

  const send = (action, asked, dryRun) =>
    action === "remove"
      ? json(query(`${adminSlots}/bulk`, { ...asked, daysOfWeek: asked.daysOfWeek.join(","), dryRun }), {
          method: "DELETE",
          token: session.staff,
        })
      : json(`${adminSlots}/bulk`, { method: "PATCH", body: { ...asked, isActive: action === "on", dryRun }, token: session.staff });

  function look(event) {
    event.preventDefault();
    preview.hidden = true;
    submit(form, async () => {
      const [action, asked] = selection();
      draw(await send(action, asked, true), action, asked);
    });
  }

  function draw(answer, action, asked) {
    const n = answer.changed ?? answer.deleted;
    const title = h("h2", { id: "preview-title", tabindex: -1 }, texts.generate.previewTitle);
    preview.replaceChildren(
      title,
      h("p", { class: "lead" }, t.would[action](answer)),
      alertArea(),
      h(
        "div",
        { class: "actions" },
        n === 0
          ? h("p", { class: "hint" }, t.nothing)
          : h(
              "button",
              { type: "button", class: action === "remove" ? "danger" : "primary", click: () => apply(action, asked) },
              t.apply[action](n),
            ),
      ),
    );
    preview.hidden = false;
    title.focus();
  }

  const apply = (action, asked) =>
    submit(preview, async () => {
      const answer = await send(action, asked, false);
      preview.hidden = true;
      form.querySelector(".alerts").replaceChildren(alertBox("good", h("p", {}, t.done[action](answer))));
      form.querySelector("button[type=submit]").focus();
    });

  main.append(form, preview);
}
