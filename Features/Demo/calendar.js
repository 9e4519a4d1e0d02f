// A month of days, moved through with the arrow keys; one stop for the Tab key.

import { texts } from "./texts.js";
import { h, unseen } from "./dom.js";
import { addDays, dayNumber, longDay, monthAfter, monthName, sinceMonday, weekday } from "./time.js";

const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** `counts` has the number of open times by day. `pick(day)` and `turn(month)` are called; `first` is the earliest month. */
export function monthTable({ month, first, counts, day, now, pick, turn }) {
  const open = [...counts.keys()].filter(key => key >= month && key < monthAfter(month, 1)).sort();
  const stop = open.includes(day) ? day : open[0];

  const cell = date => {
    if (date < month || date >= monthAfter(month, 1)) return h("td", { class: "outside" });
    const n = counts.get(date) ?? 0;
    const number = h("span", { class: "number" }, String(dayNumber(date)));
    // read as the whole date, of which the number is seen
    const [before, after] = longDay(date).split(new RegExp(`\\b${dayNumber(date)}\\b`));
    if (n === 0) return h("td", { class: date === now ? "now" : null }, h("span", { class: "day" }, number, unseen(texts.book.closed)));
    return h(
      "td",
      { class: date === now ? "now" : null },
      h(
        "button",
        {
          type: "button",
          class: "day",
          "data-key": `day-${date}`,
          tabindex: date === stop ? 0 : -1,
          "aria-pressed": String(date === day),
          "aria-current": date === now ? "date" : null,
          click: () => pick(date),
        },
        unseen(before),
        number,
        unseen(after),
        " ",
        h("span", { class: "count" }, String(n), h("span", { class: "word" }, texts.book.openWord)),
      ),
    );
  };

  const monday = addDays(month, -sinceMonday(month));
  const weeks = [0, 7, 14, 21, 28, 35].map(n => addDays(monday, n)).filter(start => start < monthAfter(month, 1));
  const days = [0, 1, 2, 3, 4, 5, 6];

  return h(
    "div",
    { class: "month" },
    h(
      "div",
      { class: "month-head" },
      h(
        "button",
        {
          type: "button",
          class: "icon",
          "data-key": "previous",
          "aria-label": texts.book.previous,
          disabled: month <= first,
          click: () => turn(monthAfter(month, -1)),
        },
        "‹",
      ),
      h("h3", { id: "month-name", "aria-live": "polite" }, monthName(month)),
      h(
        "button",
        { type: "button", class: "icon", "data-key": "next", "aria-label": texts.book.next, click: () => turn(monthAfter(month, 1)) },
        "›",
      ),
    ),
    h(
      "table",
      { "aria-labelledby": "month-name", keydown: event => move(event, open, turn, month, first) },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          days.map(n => h("th", { scope: "col" }, weekday(addDays(monday, n)))),
        ),
      ),
      h(
        "tbody",
        {},
        weeks.map(start =>
          h(
            "tr",
            {},
            days.map(n => cell(addDays(start, n))),
          ),
        ),
      ),
    ),
  );
}

/** To the open day that the key points at, or the next open one in its direction. */
function move(event, open, turn, month, first) {
  const here = event.target.dataset.key?.slice("day-".length);
  if (event.key === "PageDown") turn(monthAfter(month, 1));
  else if (event.key === "PageUp" && month > first) turn(monthAfter(month, -1));
  else if (here && (event.key in moves || event.key === "Home" || event.key === "End")) {
    const to = event.key in moves ? addDays(here, moves[event.key]) : null;
    const target =
      event.key === "Home"
        ? open[0]
        : event.key === "End"
          ? open.at(-1)
          : to > here
            ? open.find(day => day >= to)
            : open.findLast(day => day <= to);
    event.currentTarget.querySelector(`[data-key="day-${target}"]`)?.focus();
  } else return;
  event.preventDefault();
}
