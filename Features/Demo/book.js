// The storefront: a month, the times of a day, and the form.

import { texts } from "./texts.js";
import { announce, h, redraw } from "./dom.js";
import { choices } from "./forms.js";
import { session } from "./session.js";
import { follow } from "./feed.js";
import { monthTable } from "./calendar.js";
import { bookingForm } from "./booking-form.js";
import { addDays, clockOf, dayOf, longDay, monthAfter, monthOf, secondsOf, today, visitorZone, zoneName } from "./time.js";

const t = texts.book;

export function show(main) {
  let zone = visitorZone;
  const first = monthOf(today(zone));
  let month = first;
  let day = null;
  let items = null;
  let form = null;
  let turned = false; // by hand: then an empty month is shown as it is

  const days = h("section", { class: "card days", "aria-labelledby": "day-title" });
  const times = h("section", { class: "card times", "aria-labelledby": "time-title" });
  const details = h("section", { class: "card details", "aria-labelledby": "details-title", hidden: true });
  const state = h("p", { class: "live" });

  const byDay = () => (Map.groupBy ? Map.groupBy(items ?? [], slot => dayOf(slot.startTime, zone)) : group());
  const group = () =>
    (items ?? []).reduce((map, slot) => {
      const key = dayOf(slot.startTime, zone);
      return map.set(key, [...(map.get(key) ?? []), slot]);
    }, new Map());

  function drawDays() {
    const counts = new Map([...byDay()].map(([key, slots]) => [key, slots.length]));
    const any = [...counts.keys()].some(key => monthOf(key) === month);
    redraw(
      days,
      [
        h("h2", { id: "day-title" }, t.day),
        monthTable({ month, first, counts, day, now: today(zone), pick, turn }),
        items && !any && h("p", { class: "empty" }, t.noneThisMonth),
        zoneChoice(),
      ],
      () => days.querySelector("button.day[tabindex='0']") ?? days.querySelector("[data-key=next]"),
    );
  }

  function zoneChoice() {
    if (visitorZone === session.timeZone) return h("p", { class: "hint" }, t.sameZone(zoneName(zone)));
    const group = choices({
      name: "zone",
      legend: t.zones,
      checked: zone,
      options: [
        [visitorZone, t.yours(zoneName(visitorZone))],
        [session.timeZone, t.shops(zoneName(session.timeZone))],
      ],
      change: event => {
        const chosen = form?.slot;
        zone = event.target.value;
        day = chosen ? dayOf(chosen.startTime, zone) : null;
        form?.relabel(zone);
        draw();
      },
    });
    for (const input of group.querySelectorAll("input")) input.dataset.key = `zone-${input.value}`;
    return group;
  }

  function drawTimes() {
    const slots = day ? (byDay().get(day) ?? []) : [];
    const parts = [
      [t.morning, "00:00", "12:00"],
      [t.afternoon, "12:00", "17:00"],
      [t.evening, "17:00", "24:00"],
    ];
    redraw(
      times,
      [
        h("h2", { id: "time-title", tabindex: -1 }, t.time),
        h("p", { class: "lead" }, !day ? t.pickDay : slots.length ? t.timesOn(longDay(day)) : t.noneThisDay),
        ...parts.map(([name, from, to]) => {
          const mine = slots.filter(slot => clockOf(slot.startTime, zone) >= from && clockOf(slot.startTime, zone) < to);
          return (
            mine.length > 0 &&
            h(
              "div",
              { class: "part" },
              h("h3", {}, name),
              h(
                "ul",
                { class: "clocks" },
                mine.map(slot => h("li", {}, clock(slot))),
              ),
            )
          );
        }),
      ],
      () => times.querySelector("h2"),
    );
  }

  function clock(slot) {
    const other = zone === visitorZone ? session.timeZone : visitorZone;
    return h(
      "button",
      {
        type: "button",
        class: "clock",
        "data-key": `slot-${slot.id}`,
        "aria-pressed": String(form?.slot.id === slot.id),
        click: () => choose(slot),
      },
      h("span", {}, `${clockOf(slot.startTime, zone)}–${clockOf(slot.endTime, zone)}`),
      other !== zone && h("small", {}, t.elsewhere(clockOf(slot.startTime, other), other === session.timeZone)),
    );
  }

  function draw() {
    drawDays();
    drawTimes();
  }

  function pick(date) {
    day = date;
    draw();
    times.querySelector("h2").focus();
    times.scrollIntoView({ block: "nearest" });
  }

  function turn(to) {
    month = to;
    turned = true;
    drawDays();
    watch();
  }

  function choose(slot) {
    month = monthOf(dayOf(slot.startTime, zone));
    day = dayOf(slot.startTime, zone);
    if (form) form.pick(slot, zone);
    else form = bookingForm({ slot, zone, onPick: choose, onRefused: feed.ask, onClose: close });
    if (!form.element.isConnected) details.replaceChildren(h("h2", { id: "details-title" }, t.details), form.element);
    details.hidden = false;
    draw();
    details.scrollIntoView({ block: "nearest" });
    form.focus();
  }

  function close() {
    const was = form.slot;
    form = null;
    details.hidden = true;
    details.replaceChildren();
    draw();
    (times.querySelector(`[data-key="slot-${was.id}"]`) ?? times.querySelector("h2")).focus();
  }

  // a day more on both sides: the shop's days are not the visitor's
  const watch = () => feed.watch({ dateFrom: addDays(month, -1), dateTo: monthAfter(month, 1) });

  const feed = follow(
    list => {
      const before = items;
      items = list;
      const open = list.filter(slot => monthOf(dayOf(slot.startTime, zone)) === month);
      if (!turned && open.length === 0 && month === first) return turn(monthAfter(first, 1));
      day ??= open.length ? dayOf(open[0].startTime, zone) : null;
      draw();
      form?.stillOpen(list);
      const ids = new Set(list.map(slot => slot.id));
      if (before && (before.length !== list.length || before.some(slot => !ids.has(slot.id)))) announce(t.changed);
    },
    ({ at, problem }) => {
      state.textContent = at ? t.live(secondsOf(at)) : problem.status === 0 ? t.lost : t.paused(texts.seconds(problem.retryAfter));
      state.classList.toggle("stale", !at);
    },
  );

  main.append(
    h("div", { class: "title" }, h("h1", { tabindex: -1 }, t.title), h("p", { class: "lead" }, t.lead), state),
    h("div", { class: "storefront" }, days, times, details),
  );
  draw();
  watch();
  return feed.stop;
}
