// One booking: the confirmation, and the page behind a guest's link.

import { texts } from "./texts.js";
import { announce, badge, facts, h, openDialog } from "./dom.js";
import { alertArea, showProblem, submit } from "./forms.js";
import { customer, download, json, send } from "./api.js";
import { session } from "./session.js";
import { span, stamp, visitorZone, zoneName } from "./time.js";

const t = texts.booking;

/** The header with a key, or else the demo customer's token. */
const access = key => (key ? { headers: { "Booking-Key": key } } : { token: session.customer?.token });

export const downloadCalendar = (id, key) => download(`${customer}bookings/${id}`, t.file(id), { ...access(key), accept: "text/calendar" });

/** Asks first; `done` is called when the booking is cancelled. */
export function cancelBooking(booking, key, done) {
  openDialog(t.sure, close =>
    h(
      "form",
      {
        submit: event => {
          event.preventDefault();
          submit(event.target, async () => {
            await send(`${customer}bookings/${booking.id}`, { method: "DELETE", ...access(key) });
            close();
            done();
          });
        },
      },
      h("p", {}, t.sureLead(span(booking.slot, visitorZone))),
      alertArea(),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "danger" }, t.cancel),
        h("button", { type: "button", click: close }, texts.keep),
      ),
    ),
  );
}

export async function show(main, { id, key, fresh }) {
  const title = h("h1", { tabindex: -1 }, fresh ? t.done : t.title);
  const card = h("section", { class: "card booking" }, h("p", {}, texts.loading));
  main.append(h("div", { class: "title" }, title), card);

  let booking;
  try {
    booking = await json(`${customer}bookings/${encodeURIComponent(id)}`, access(key));
  } catch (problem) {
    title.textContent = problem.status === 404 ? t.missing : t.title;
    card.replaceChildren(alertArea());
    if (problem.status === 404) card.replaceChildren(h("p", {}, t.missingLead), again());
    else showProblem(card, problem);
    return;
  }

  const link = `${location.href.split("#")[0]}#booking=${id}&key=${key}`;
  const work = run => event => submit(event.target.closest("section"), run);
  card.replaceChildren(
    ...(fresh ? [h("p", { class: "lead" }, t.doneLead(booking.email))] : []),
    facts([
      [t.when, `${span(booking.slot, visitorZone)} (${zoneName(visitorZone)})`],
      [t.atShop, visitorZone !== session.timeZone && `${span(booking.slot, session.timeZone)} (${zoneName(session.timeZone)})`],
      [t.status, badge(booking.status)],
      [t.contacted, booking.contactedAt && stamp(booking.contactedAt, visitorZone)],
      [t.name, booking.name],
      [t.email, booking.email],
      [t.phone, booking.phone],
      [t.message, booking.message],
      [t.number, booking.id],
    ]),
    alertArea(),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "primary", click: work(() => downloadCalendar(id, key)) }, t.calendar),
      h("button", { type: "button", class: "danger", click: () => cancelBooking(booking, key, gone) }, t.cancel),
      again(),
    ),
    ...(key
      ? [
          h(
            "div",
            { class: "link" },
            h("p", {}, h("strong", {}, t.link)),
            h("p", { class: "hint" }, t.linkHint),
            h("p", {}, h("a", { href: link }, link)),
            navigator.clipboard &&
              h("button", { type: "button", click: () => navigator.clipboard.writeText(link).then(() => announce(t.copied)) }, t.copy),
          ),
        ]
      : []),
  );

  function gone() {
    title.textContent = t.gone;
    card.replaceChildren(h("p", {}, `${span(booking.slot, visitorZone)}. ${t.goneLead}`), again());
    announce(t.gone);
    title.focus();
  }
}

const again = () => h("a", { class: "button", href: "#book" }, t.another);
