// Reads a calendar as another program does, and prints its events as JSON.
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';

const calendar = new ICAL.Component(ICAL.parse(readFileSync(process.argv[2], 'utf8')));
const events = calendar.getAllSubcomponents('vevent').map(component => new ICAL.Event(component)).map(event => ({
  uid: event.uid,
  summary: event.summary,
  start: event.startDate.toJSDate().toISOString(),
  end: event.endDate.toJSDate().toISOString(),
  status: event.component.getFirstPropertyValue('status'),
}));
console.log(JSON.stringify(events));
