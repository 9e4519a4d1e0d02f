// What was cancelled, by whom, and why.

import { texts } from "./texts.js";
import { h, table } from "./dom.js";
import { alertArea, field, values } from "./forms.js";
import { adminBookings } from "./api.js";
import { session } from "./session.js";
import { pagedList } from "./pages.js";
import { shortSpan, stamp } from "./time.js";

const t = texts.cancelled;
const by = { customer: t.customerSelf, guest: t.guest };

export function show(main) {
  const list = pagedList({
    path: `${adminBookings}/cancelled`,
    token: session.staff,
    empty: t.none,
    draw: items =>
      table(
        t.title,
        [t.slot, t.customer, t.when, t.by, t.reason],
        items.map(booking => [
          shortSpan(booking.slot, session.timeZone),
          h("div", {}, h("strong", {}, booking.name), h("br"), booking.email, h("br"), booking.phone),
          stamp(booking.cancelledAt, session.timeZone),
          by[booking.cancelledBy] ?? booking.cancelledBy,
          booking.reason ?? "—",
        ]),
      ),
  });
  const form = h(
    "form",
    {
      class: "card filters",
      novalidate: true,
      submit: event => {
        event.preventDefault();
        list.load(values(form), form);
      },
    },
    alertArea(),
    h(
      "div",
      { class: "fields four" },
      field({ name: "dateFrom", type: "date", label: texts.staff.dateFrom }),
      field({ name: "dateTo", type: "date", label: texts.staff.dateTo }),
    ),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t.find)),
  );
  main.append(form, h("section", { class: "card", "aria-label": t.title }, list.element));
  list.load(values(form), form);
}
