// The bookings: searched, followed up, cancelled, taken away as a file.

import { texts } from "./texts.js";
import { announce, badge, h, table, unseen } from "./dom.js";
import { field, submit, values } from "./forms.js";
import { adminBookings, download, query } from "./api.js";
import { session } from "./session.js";
import { pagedList } from "./pages.js";
import { bookingDialog, cancelDialog, markContacted } from "./booking-dialogs.js";
import { shortSpan, stamp } from "./time.js";

const t = texts.bookings;

export function show(main) {
  const zone = session.timeZone;
  const statuses = [
    ["", t.any],
    ["pending", texts.states.pending],
    ["contacted", texts.states.contacted],
  ];
  const form = h(
    "form",
    {
      class: "card filters",
      role: "search",
      novalidate: true,
      submit: event => {
        event.preventDefault();
        list.load(filters(), form);
      },
      reset: () => setTimeout(() => list.load(filters(), form)),
    },
    h("div", { class: "alerts", role: "alert" }),
    h(
      "div",
      { class: "fields four" },
      field({ name: "search", type: "search", label: t.search, hint: t.searchHint, wide: true }),
      field({ name: "status", type: "select", label: t.status, options: statuses }),
      field({ name: "dateFrom", type: "date", label: texts.staff.dateFrom }),
      field({ name: "dateTo", type: "date", label: texts.staff.dateTo }),
      field({ name: "customerId", label: t.customerId, autocomplete: "off" }),
    ),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", class: "primary" }, t.find),
      h("button", { type: "reset" }, t.clear),
      h("span", { class: "space" }),
      file(t.csv, "text/csv", t.csvFile),
      file(t.calendar, "text/calendar", t.calendarFile),
    ),
  );

  const filters = () => values(form);

  function file(text, accept, name) {
    return h(
      "button",
      {
        type: "button",
        click: () => submit(form, () => download(query(adminBookings, filters()), name, { token: session.staff, accept })),
      },
      text,
    );
  }

  const list = pagedList({
    path: adminBookings,
    token: session.staff,
    empty: t.none,
    draw: items => table(t.title, [t.slot, t.customer, t.contact, t.status, t.booked, t.actions], items.map(row)),
  });

  function row(booking) {
    const button = (text, kind, click) =>
      h("button", { type: "button", class: `small ${kind}`, "data-booking": booking.id, click }, text, unseen(t.of(booking.name)));
    return [
      shortSpan(booking.slot, zone),
      h("div", {}, h("strong", {}, booking.name), h("br"), h("small", {}, booking.customerId ? t.account(booking.customerId) : t.guest)),
      h("div", {}, booking.email, h("br"), booking.phone),
      badge(booking.status),
      stamp(booking.createdAt, zone),
      h(
        "div",
        { class: "row-actions" },
        button(t.details, "", () => bookingDialog(booking.id)),
        booking.status === "pending" &&
          button(t.contacted, "", async () => {
            if (await submit(list.element, () => markContacted(booking))) await settled(t.contactedDone(booking.name), booking.id);
          }),
        button(t.cancel, "danger", () => cancelDialog(booking, () => settled(t.cancelledDone(booking.name)))),
      ),
    ];
  }

  async function settled(text, id) {
    await list.reload();
    announce(text);
    (list.element.querySelector(`[data-booking="${id}"]`) ?? main.querySelector("h1")).focus();
  }

  main.append(form, h("section", { class: "card", "aria-label": t.title }, list.element));
  list.load(filters(), form);
}
