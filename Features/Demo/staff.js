// The staff's pages: which of them, and the token they need.

import { texts } from "./texts.js";
import { h } from "./dom.js";
import { field, values } from "./forms.js";
import { session, useStaffToken } from "./session.js";
import { zoneName } from "./time.js";
import * as week from "./staff-week.js";
import * as generate from "./staff-generate.js";
import * as many from "./staff-many.js";
import * as bookings from "./staff-bookings.js";
import * as cancelled from "./staff-cancelled.js";

const t = texts.staff;
const pages = { week, generate, many, bookings, cancelled };

export function show(main, page = "week") {
  const name = page in pages ? page : "week";
  if (!session.staff) return tokenForm(main);
  main.append(
    h(
      "nav",
      { class: "tabs", "aria-label": t.nav },
      Object.keys(pages).map(key =>
        h("a", { href: key === "week" ? "#staff" : `#staff/${key}`, "aria-current": key === name ? "page" : null }, t[key]),
      ),
    ),
    h(
      "div",
      { class: "title" },
      h("h1", { tabindex: -1 }, texts[name].title),
      h("p", { class: "lead" }, [texts[name].lead, t.zone(zoneName(session.timeZone))].filter(Boolean).join(" ")),
    ),
  );
  return pages[name].show(main);
}

function tokenForm(main) {
  main.append(
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, t.noToken), h("p", { class: "lead" }, t.noTokenLead)),
    h(
      "form",
      {
        class: "card",
        submit: event => {
          event.preventDefault();
          useStaffToken(values(event.target).token.trim());
          main.replaceChildren();
          show(main);
        },
      },
      field({ name: "token", label: t.token, autocomplete: "off", spellcheck: "false", required: true }),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t.useToken)),
    ),
  );
}
