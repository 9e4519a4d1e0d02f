// The demo customer's own bookings.

import { texts } from "./texts.js";
import { announce, badge, h, table, unseen } from "./dom.js";
import { submit } from "./forms.js";
import { customer, download } from "./api.js";
import { session } from "./session.js";
import { pagedList } from "./pages.js";
import { cancelBooking, downloadCalendar } from "./booking.js";
import { shortSpan, stamp, visitorZone } from "./time.js";

const t = texts.mine;

export function show(main) {
  const title = h("h1", { tabindex: -1 }, t.title);
  main.append(h("div", { class: "title" }, title));
  if (!session.customer) return void main.append(h("p", { class: "card" }, texts.book.noCustomer));

  const list = pagedList({
    path: `${customer}bookings`,
    token: session.customer.token,
    limit: 10,
    empty: t.none,
    draw: items => table(t.title, [t.when, t.status, t.booked, t.actions], items.map(row)),
  });
  const row = booking => {
    const when = shortSpan(booking.slot, visitorZone);
    const button = (text, click, kind) => h("button", { type: "button", class: kind, click }, text, unseen(` ${when}`));
    return [
      when,
      badge(booking.status),
      stamp(booking.createdAt, visitorZone),
      h(
        "div",
        { class: "row-actions" },
        h("a", { class: "button small", href: `#booking=${booking.id}` }, t.open, unseen(` ${when}`)),
        button(texts.booking.calendar, () => submit(list.element, () => downloadCalendar(booking.id)), "small"),
        new Date(booking.slot.startTime) > new Date() &&
          button(
            texts.booking.cancel,
            () =>
              cancelBooking(booking, null, async () => {
                await list.reload();
                announce(texts.booking.gone);
                title.focus();
              }),
            "small danger",
          ),
      ),
    ];
  };

  main.firstChild.append(h("p", { class: "lead" }, t.lead(session.customer.name)));
  main.append(
    h(
      "section",
      { class: "card", "aria-label": t.title },
      h(
        "div",
        { class: "actions" },
        h("a", { class: "button", href: "#book" }, t.first),
        h(
          "button",
          {
            type: "button",
            click: () =>
              submit(list.element, () =>
                download(`${customer}bookings`, t.file, { token: session.customer.token, accept: "text/calendar" }),
              ),
          },
          t.calendar,
        ),
      ),
      list.element,
    ),
  );
  list.load({});
}
