// What staff do with one slot.

import { texts } from "./texts.js";
import { badge, facts, h, openDialog } from "./dom.js";
import { alertArea, check, field, submit, values } from "./forms.js";
import { adminSlots, json, send } from "./api.js";
import { session } from "./session.js";
import { bookingDialog } from "./booking-dialogs.js";
import { addDays, clockOf, dayOf, instantOf, span } from "./time.js";

const t = texts.week;
const s = texts.staff;

export const stateOf = slot =>
  slot.isBooked ? "booked" : new Date(slot.startTime) <= new Date() ? "past" : slot.isActive ? "open" : "off";

const write = (path, method, body) => json(path, { method, body, token: session.staff });

const timeFields = (day, start, end) =>
  h(
    "div",
    { class: "fields three" },
    field({ name: "date", label: s.date, type: "date", value: day, required: true }),
    field({ name: "startTime", label: s.start, type: "time", value: start, required: true }),
    field({ name: "endTime", label: s.end, type: "time", value: end, required: true }),
  );

/** An end that is not after the start is on the next day. */
function timesOf(form) {
  const { date, startTime, endTime } = values(form);
  return {
    startTime: instantOf(date, startTime, session.timeZone),
    endTime: instantOf(endTime > startTime ? date : addDays(date, 1), endTime, session.timeZone),
  };
}

const onSubmit = work => event => {
  event.preventDefault();
  submit(event.target, () => work(event.target));
};

export function createDialog(day, changed) {
  openDialog(t.create, close =>
    h(
      "form",
      {
        submit: onSubmit(async form => {
          const slot = await write(adminSlots, "POST", { ...timesOf(form), isActive: form.elements.isActive.checked });
          close();
          changed(t.created(span(slot, session.timeZone)), slot);
        }),
      },
      alertArea(),
      timeFields(day, "09:00", "09:30"),
      check("isActive", t.active, true),
      h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t.add)),
    ),
  );
}

export function slotDialog(slot, changed) {
  const path = `${adminSlots}/${slot.id}`;
  const zone = session.timeZone;
  const when = span(slot, zone);
  const state = stateOf(slot);
  const past = new Date(slot.startTime) <= new Date();

  openDialog(when, close => {
    const finish = (text, now) => {
      close();
      changed(text, now);
    };
    const toggle = onSubmit(async () => {
      const now = await write(path, "PATCH", { isActive: !slot.isActive });
      finish(t.switched(now.isActive, when), now);
    });
    const remove = onSubmit(async () => {
      await send(path, { method: "DELETE", token: session.staff });
      finish(t.removed(when));
    });
    const move = onSubmit(async form => {
      const now = await write(path, "PATCH", timesOf(form));
      finish(t.moved(span(now, zone)), now);
    });
    const see = onSubmit(async () => {
      const { booking } = await json(path, { token: session.staff });
      close();
      bookingDialog(booking.id);
    });
    const one = (work, text, kind) => h("form", { submit: work }, alertArea(), h("button", { type: "submit", class: kind }, text));

    return [
      facts([[texts.bookings.status, badge(state)]]),
      slot.isBooked ? h("p", {}, t.bookedNote) : past && h("p", {}, t.pastNote),
      h(
        "div",
        { class: "actions" },
        slot.isBooked && one(see, t.bookedBy, "primary"),
        one(toggle, slot.isActive ? t.off : t.open),
        !slot.isBooked && one(remove, t.remove, "danger"),
      ),
      !slot.isBooked &&
        h(
          "form",
          { class: "apart", submit: move },
          h("h3", {}, t.move),
          alertArea(),
          timeFields(dayOf(slot.startTime, zone), clockOf(slot.startTime, zone), clockOf(slot.endTime, zone)),
          h("div", { class: "actions" }, h("button", { type: "submit" }, t.save)),
        ),
    ];
  });
}
