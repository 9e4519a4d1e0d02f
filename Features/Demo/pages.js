// Lists that come in pages, followed by `next` for as long as somebody asks for more.

import { texts } from "./texts.js";
import { h } from "./dom.js";
import { alertArea, attempt, submit } from "./forms.js";
import { json, query } from "./api.js";

/** Every item of a list, page after page. */
export async function everything(path, filters, token) {
  const items = [];
  for (let after = ""; after !== null;) {
    const page = await json(query(path, { ...filters, limit: 100, after }), { token });
    items.push(...page.items);
    after = page.next ?? null;
  }
  return items;
}

/**
 * A list with a button for more. `draw(items)` makes the element that shows them; `load(filters)` begins anew, and `reload()`
 * shows the same filters again, as many rows as before.
 */
export function pagedList({ path, token, limit = 20, empty, draw }) {
  const body = h("div", {});
  const state = h("p", { class: "hint", role: "status" });
  const more = h("button", { type: "button", hidden: true, click: () => submit(element, () => page(next)) }, texts.more);
  const element = h("div", { class: "paged" }, alertArea(), body, h("div", { class: "actions" }, state, more));
  let filters = {};
  let items = [];
  let next = null;
  let turn = 0;

  async function page(after) {
    const mine = ++turn;
    const answer = await json(query(path, { ...filters, limit, after }), { token });
    if (mine !== turn) return; // something else was asked for meanwhile
    const seen = items.length;
    items = after ? [...items, ...answer.items] : answer.items;
    next = answer.next ?? null;
    body.replaceChildren(items.length ? draw(items) : h("p", { class: "empty" }, empty));
    state.textContent = items.length ? texts.shown(items.length, answer.total, answer.totalIsCapped) : "";
    more.hidden = next === null;
    if (after) body.querySelectorAll("tbody tr")[seen]?.querySelector("button, a")?.focus();
  }

  return {
    element,
    load(values, form = element) {
      filters = values;
      return attempt(form, () => page(""));
    },
    reload() {
      const wanted = items.length;
      return attempt(element, async () => {
        await page("");
        while (next !== null && items.length < wanted) await page(next);
      });
    },
  };
}
