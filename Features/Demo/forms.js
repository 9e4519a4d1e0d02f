// Fields with labels, hints and errors, and what a form shows when it is refused.

import { texts } from "./texts.js";
import { announce, h } from "./dom.js";

let made = 0;

/** A labelled control. `name` is the member's name in the request, by which errors find it. */
export function field({ name, label, hint, type = "text", options, value, wide, ...attributes }) {
  const id = `field-${++made}`;
  const tag = type === "textarea" || type === "select" ? type : "input";
  const control = h(
    tag,
    {
      id,
      name,
      type: tag === "input" ? type : null,
      ...attributes,
      "aria-describedby": [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" "),
    },
    ...(options ?? []).map(([key, text]) => h("option", { value: key }, text)),
  );
  if (value !== undefined && value !== null) control.value = value;
  return h(
    "div",
    { class: wide ? "field wide" : "field", "data-field": name },
    h("label", { for: id }, label),
    control,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    h("p", { class: "error", id: `${id}-error`, hidden: true }),
  );
}

/** A group of radio buttons or checkboxes with one name. */
export function choices({ name, legend, type = "radio", options, checked, change }) {
  const id = `field-${++made}`;
  return h(
    "fieldset",
    { class: "field choices wide", "data-field": name, "aria-describedby": `${id}-error` },
    h("legend", {}, legend),
    h(
      "div",
      { class: "options" },
      options.map(([value, text, disabled]) =>
        h("label", {}, h("input", { type, name, value, checked: [checked].flat().includes(value), disabled, change }), h("span", {}, text)),
      ),
    ),
    h("p", { class: "error", id: `${id}-error`, hidden: true }),
  );
}

export const check = (name, label, checked) =>
  h("label", { class: "check" }, h("input", { type: "checkbox", name, checked }), h("span", {}, label));

export const daysOfWeek = checked =>
  choices({
    name: "daysOfWeek",
    legend: texts.staff.days,
    type: "checkbox",
    options: Object.entries(texts.staff.dayNames),
    checked,
  });

/** An area for what concerns the whole form; being there from the start, it is read when it fills. */
export const alertArea = () => h("div", { class: "alerts", role: "alert" });

export const alertBox = (kind, ...children) => h("div", { class: `alert ${kind}` }, ...children);

function clearErrors(form) {
  form.querySelector(".alerts")?.replaceChildren();
  for (const error of form.querySelectorAll(".error")) {
    error.hidden = true;
    error.textContent = "";
  }
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/** Shows each refusal where it belongs, and moves the focus there. `extra` adds to the alert. */
export function showProblem(form, problem, extra = []) {
  clearErrors(form);
  const alerts = form.querySelector(".alerts");
  if (!(problem.status >= 0)) throw problem; // a defect of the page, not an answer
  const homeless = [];
  let first = null;
  for (const [member, messages] of Object.entries(problem.errors)) {
    const place = form.querySelector(`[data-field="${CSS.escape(member.split(/[.[]/)[0])}"]`);
    if (!place) {
      homeless.push(...messages);
      continue;
    }
    const error = place.querySelector(".error");
    error.textContent = messages.join(" ");
    error.hidden = false;
    const controls = place.querySelectorAll("input, select, textarea");
    for (const control of controls) control.setAttribute("aria-invalid", "true");
    first ??= controls[0];
  }
  if (problem.status === 429 || problem.status === 503) return waitFor(form, alerts, problem);
  const text = problem.status === 0 ? texts.problems.unreachable : first ? texts.problems.check : problem.message || texts.problems.unknown;
  alerts.append(alertBox("bad", h("p", {}, text), ...homeless.map(message => h("p", {}, message)), ...extra));
  if (first) first.focus();
  else alerts.querySelector("button")?.focus();
}

/** Counts the wait down and holds the form's buttons that send until it is over. */
function waitFor(form, alerts, problem) {
  const words = problem.status === 429 ? texts.problems.limited : texts.problems.unavailable;
  const buttons = form.querySelectorAll("button[type=submit]");
  const until = Date.now() + problem.retryAfter * 1000;
  const count = h("p", { "aria-hidden": "true" });
  alerts.append(alertBox("warn", count, h("p", { class: "unseen" }, words(texts.seconds(problem.retryAfter)))));
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0 && form.isConnected && count.isConnected) {
      count.textContent = words(texts.seconds(left));
      for (const button of buttons) button.disabled = true;
      return setTimeout(tick, 250);
    }
    for (const button of buttons) button.disabled = false;
    if (!count.isConnected) return;
    alerts.replaceChildren(alertBox("good", h("p", {}, texts.problems.again)));
    announce(texts.problems.again);
    if (document.activeElement === document.body) buttons[0]?.focus();
  };
  tick();
}

/** Does what only reads, as often as it is asked for, and shows how it was refused. True when it was done. */
export async function attempt(form, work, extra) {
  clearErrors(form);
  try {
    await work();
    return true;
  } catch (problem) {
    showProblem(form, problem, extra?.(problem));
    return false;
  }
}

/** The same for what writes: once at a time. */
export async function submit(form, work, extra) {
  if (form.getAttribute("aria-busy") === "true") return false;
  form.setAttribute("aria-busy", "true");
  try {
    return await attempt(form, work, extra);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** A form's values by name; checkboxes and repeated names as lists are asked for with `all`. */
export const values = form => Object.fromEntries(new FormData(form));
export const all = (form, name) => new FormData(form).getAll(name);
