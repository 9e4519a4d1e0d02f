// Elements, focus and announcements. Text only ever becomes text nodes.

import { texts } from "./texts.js";

/** An element; functions become listeners, true an empty attribute, and false, null and undefined are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const unseen = text => h("span", { class: "unseen" }, text);
export const badge = state => h("span", { class: `badge ${state}` }, texts.states[state]);

/** For those who do not see the change. The same words twice are read twice. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = announcer.textContent === text ? text + "\u00a0" : text;
}

/** Draws anew and leaves the focus on the element with the same data-key, or on the fallback when that is gone. */
export function redraw(container, children, fallback) {
  const active = container.contains(document.activeElement) ? document.activeElement : null;
  container.replaceChildren(...[children].flat().filter(Boolean));
  if (!active) return;
  const same = active.dataset.key && container.querySelector(`[data-key="${CSS.escape(active.dataset.key)}"]:not(:disabled)`);
  (same || fallback?.() || container.querySelector("[tabindex='-1']"))?.focus();
}

/** A modal dialog. Its content gets a function that closes it. The browser keeps the focus inside, and gives it back. */
export function openDialog(title, content) {
  const id = `dialog-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const dialog = h("dialog", { "aria-labelledby": id, close: () => dialog.remove() });
  const close = () => dialog.close();
  dialog.append(
    h("div", { class: "dialog-head" }, h("h2", { id }, title), h("button", { type: "button", class: "quiet", click: close }, texts.close)),
    ...[content(close)].flat().filter(Boolean),
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A description list of the pairs that have a value. */
export const facts = pairs =>
  h(
    "dl",
    { class: "facts" },
    pairs.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );

/** A table that becomes a stack of cards where it is narrow: each cell knows its column's name. */
export function table(caption, columns, rows) {
  return h(
    "table",
    { class: "list" },
    h("caption", { class: "unseen" }, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        columns.map(column => h("th", { scope: "col" }, column)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map(cells =>
        h(
          "tr",
          {},
          cells.map((cell, n) => h("td", { "data-label": columns[n] }, cell)),
        ),
      ),
    ),
  );
}
