// What staff do with one booking.

import { texts } from "./texts.js";
import { badge, facts, h, openDialog } from "./dom.js";
import { alertArea, check, field, submit, values } from "./forms.js";
import { adminBookings, json, query, send } from "./api.js";
import { session } from "./session.js";
import { span, stamp } from "./time.js";

const t = texts.bookings;

export const markContacted = booking =>
  json(`${adminBookings}/${booking.id}`, { method: "PATCH", body: { status: "contacted" }, token: session.staff });

/** Everything there is on a booking, also how far its notifications are. */
export function bookingDialog(id) {
  openDialog(`${t.id} ${id}`, () => {
    const content = h("div", {}, alertArea(), h("p", {}, texts.loading));
    submit(content, async () => {
      const booking = await json(`${adminBookings}/${id}`, { token: session.staff });
      content.lastChild.replaceWith(
        h(
          "div",
          {},
          facts([
            [t.slot, span(booking.slot, session.timeZone)],
            [t.status, badge(booking.status)],
            [
              texts.booking.contacted,
              booking.contactedAt && t.contactedBy(stamp(booking.contactedAt, session.timeZone), booking.contactedBy),
            ],
            [t.customer, booking.name],
            [texts.booking.email, booking.email],
            [texts.booking.phone, booking.phone],
            [t.message, booking.message],
            [t.customerId, booking.customerId ?? t.guest],
            [t.at, stamp(booking.createdAt, session.timeZone)],
          ]),
          h("h3", {}, t.notifications),
          h(
            "ul",
            {},
            booking.notifications.map(job =>
              h(
                "li",
                {},
                `${job.job}: ${job.state === "queued" ? t.queued : t.waiting}, ${t.attempts(job.attempts)}${job.lastError ? ` (${job.lastError})` : ""}`,
              ),
            ),
          ),
        ),
      );
    });
    return content;
  });
}

export function cancelDialog(booking, done) {
  openDialog(t.cancelTitle, close =>
    h(
      "form",
      {
        submit: event => {
          event.preventDefault();
          const { reason } = values(event.target);
          const notify = event.target.elements.notify.checked;
          submit(event.target, async () => {
            await send(query(`${adminBookings}/${booking.id}`, { reason, notify }), { method: "DELETE", token: session.staff });
            close();
            done();
          });
        },
      },
      h("p", {}, t.cancelLead(booking.name, span(booking.slot, session.timeZone))),
      alertArea(),
      field({ name: "reason", label: t.reason, hint: t.reasonHint }),
      check("notify", t.notify, true),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "danger" }, t.cancelSubmit),
        h("button", { type: "button", click: close }, texts.keep),
      ),
    ),
  );
}
