// The form that books one slot, as a guest or as the demo customer.

import { texts } from "./texts.js";
import { announce, h } from "./dom.js";
import { alertArea, alertBox, choices, field, submit, values } from "./forms.js";
import { customer, json } from "./api.js";
import { session } from "./session.js";
import { span, zoneName } from "./time.js";

const t = texts.book;
const refusals = ["CONSULTATION_SLOT_INACTIVE", "CONSULTATION_SLOT_PAST_DATE", "CONSULTATION_SLOT_ALREADY_BOOKED"];

export function bookingForm({ slot, zone, onPick, onRefused, onClose }) {
  let asCustomer = false;
  let attempt = { payload: null, key: null };
  let gone = false;
  const picked = h("p", { class: "picked", id: "picked" });
  const fields = h("div", { class: "fields" });
  const form = h(
    "form",
    { novalidate: true, submit: book, "aria-describedby": "picked" },
    picked,
    alertArea(),
    choices({
      name: "as",
      legend: t.as,
      checked: "guest",
      options: [
        ["guest", t.guest],
        ["customer", t.customer(session.customer?.name ?? "—"), !session.customer],
      ],
      change: event => {
        asCustomer = event.target.value === "customer";
        drawFields();
      },
    }),
    !session.customer && h("p", { class: "hint" }, t.noCustomer),
    fields,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", class: "primary" }, t.submit),
      h("button", { type: "button", click: () => onClose() }, t.change),
    ),
  );

  function drawFields() {
    const old = values(form);
    const claim = name => (asCustomer && session.customer[name] ? t.fromAccount(session.customer[name]) : null);
    const contact = (name, type, autocomplete, hint, wide) =>
      field({
        name,
        type,
        autocomplete,
        wide,
        label: t[name],
        value: old[name],
        hint: claim(name) ?? hint,
        "aria-required": String(!claim(name)),
      });
    fields.replaceChildren(
      contact("name", "text", "name", null, true),
      contact("email", "email", "email"),
      contact("phone", "tel", "tel", t.phoneHint),
      field({ name: "message", type: "textarea", rows: 3, label: t.message, hint: t.messageHint, value: old.message, wide: true }),
    );
  }

  const label = () => (picked.textContent = t.picked(`${span(slot, zone)} (${zoneName(zone)})`));

  function book(event) {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.textContent = t.submitting;
    return submit(
      form,
      async () => {
        const { name, email, phone, message } = values(form);
        const body = { slotId: slot.id, name, email, phone, message };
        const payload = JSON.stringify([asCustomer, body]);
        if (payload !== attempt.payload) attempt = { payload, key: newKey() }; // the same attempt has the same key, so that it books once
        const booking = await json(`${customer}book`, {
          method: "POST",
          body,
          token: asCustomer ? session.customer.token : null,
          headers: { "Idempotency-Key": attempt.key },
        });
        location.hash = `booking=${booking.id}&key=${booking.accessKey}&new`;
      },
      problem => {
        if (refusals.includes(problem.code)) onRefused();
        return alternatives(problem.alternatives);
      },
    ).finally(() => (button.textContent = t.submit));
  }

  const alternatives = slots =>
    slots.length === 0
      ? []
      : [
          h("p", {}, t.alternatives),
          h(
            "ul",
            { class: "alternatives" },
            slots.map(other => h("li", {}, h("button", { type: "button", click: () => onPick(other) }, span(other, zone)))),
          ),
        ];

  drawFields();
  label();
  return {
    element: form,
    get slot() {
      return slot;
    },
    focus: () =>
      (form.querySelector("[name=name]").value ? form.querySelector("button[type=submit]") : form.querySelector("[name=name]")).focus(),
    pick(other, inZone) {
      slot = other;
      zone = inZone;
      gone = false;
      form.querySelector(".alerts").replaceChildren();
      label();
    },
    relabel(inZone) {
      zone = inZone;
      label();
    },
    /** Says so when somebody else was faster, before the visitor sends the form in vain. */
    stillOpen(items) {
      const alerts = form.querySelector(".alerts");
      if (gone || form.getAttribute("aria-busy") === "true" || alerts.firstChild || items.some(other => other.id === slot.id)) return;
      gone = true;
      alerts.append(
        alertBox("warn", h("p", {}, t.taken), ...alternatives(items.filter(other => other.startTime >= slot.startTime).slice(0, 3))),
      );
      announce(t.taken);
    },
  };
}

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
