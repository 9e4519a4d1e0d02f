// Instants are ISO texts, days are YYYY-MM-DD, clocks are HH:mm. A day is handled as midnight UTC.

import { locale } from "./texts.js";

export const visitorZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }));
  return formats.get(key);
}

const asDate = day => new Date(`${day}T00:00:00Z`);
const asDay = date => date.toISOString().slice(0, 10);

export function dayOf(instant, zone) {
  const parts = Object.fromEntries(
    format(zone, { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(new Date(instant))
      .map(part => [part.type, part.value]),
  );
  return `${parts.year.padStart(4, "0")}-${parts.month}-${parts.day}`;
}

export const clockOf = (instant, zone) => format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(instant));
export const secondsOf = instant => format(visitorZone, { timeStyle: "medium" }).format(instant);
export const today = zone => dayOf(Date.now(), zone);
export const longDay = day => format("UTC", { dateStyle: "full" }).format(asDate(day));
export const shortDay = day => format("UTC", { day: "numeric", month: "short" }).format(asDate(day));
export const weekday = day => format("UTC", { weekday: "short" }).format(asDate(day));
export const monthName = day => format("UTC", { month: "long", year: "numeric" }).format(asDate(day));
export const dayNumber = day => asDate(day).getUTCDate();
export const zoneName = zone => zone.replaceAll("_", " ");

/** "1 Dec 2026, 09:00" */
export const stamp = (instant, zone) => format(zone, { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));

/** "Tue, 1 Dec 2026, 09:00–09:30", for lists. */
export const shortSpan = (slot, zone) =>
  `${format(zone, { weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(new Date(slot.startTime))}, ${clockOf(slot.startTime, zone)}\u2060–\u2060${clockOf(slot.endTime, zone)}`;

/** "Tuesday, 1 December 2026, 09:00–09:30", with both days when it ends on another one. */
export function span(slot, zone) {
  const from = dayOf(slot.startTime, zone);
  const to = dayOf(slot.endTime, zone);
  const start = `${longDay(from)}, ${clockOf(slot.startTime, zone)}`;
  return from === to ? `${start}–${clockOf(slot.endTime, zone)}` : `${start} – ${longDay(to)}, ${clockOf(slot.endTime, zone)}`;
}

export function addDays(day, n) {
  const date = asDate(day);
  date.setUTCDate(date.getUTCDate() + n);
  return asDay(date);
}

/** Days since Monday, 0 to 6. */
export const sinceMonday = day => (asDate(day).getUTCDay() + 6) % 7;
export const mondayOf = day => addDays(day, -sinceMonday(day));
export const monthOf = day => day.slice(0, 8) + "01";
export const monthAfter = (day, n) => {
  const date = asDate(monthOf(day));
  date.setUTCMonth(date.getUTCMonth() + n);
  return asDay(date);
};

/**
 * What a clock in a zone shows as an instant: the offset at a first guess corrects the guess, and once more
 * where the clocks change in between. A time that a change skips comes out within an hour after it.
 */
export function instantOf(day, clock, zone) {
  const wanted = Date.parse(`${day}T${clock}:00Z`);
  let guess = wanted;
  for (let turn = 0; turn < 2; turn++) guess += wanted - Date.parse(`${dayOf(guess, zone)}T${clockOf(guess, zone)}:00Z`);
  return new Date(guess).toISOString();
}
