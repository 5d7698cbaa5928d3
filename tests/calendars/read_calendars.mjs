/** Reads calendars with ical.js: a JSON string a line comes in, what it found goes out, a line each. */
import { createInterface } from "node:readline";
import ICAL from "./vendor/ical.js/ical.js";

const text = (event, name) => event.getFirstPropertyValue(name) ?? "";
const moment = (event, name) => {
  const time = event.getFirstPropertyValue(name);
  if (!time.zone || time.zone !== ICAL.Timezone.utcTimezone) throw new Error(`${name} is not in UTC`);
  return time.toJSDate().toISOString();
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const calendar = new ICAL.Component(ICAL.parse(JSON.parse(line)));
    ICAL.design.strict = true;
    answer = {
      name: text(calendar, "name"),
      description: text(calendar, "description"),
      notes: calendar.getAllSubcomponents("vjournal").length,
      events: calendar.getAllSubcomponents("vevent").map((event) => ({
        uid: text(event, "uid"),
        summary: text(event, "summary"),
        starts_at: moment(event, "dtstart"),
        ends_at: moment(event, "dtend"),
        changed_at: moment(event, "last-modified"),
        stamped_at: moment(event, "dtstamp"),
        sequence: text(event, "sequence"),
        location: text(event, "location"),
        description: text(event, "description"),
        url: text(event, "url"),
        status: text(event, "status"),
        transparency: text(event, "transp"),
        categories: event.getFirstProperty("categories")?.getValues() ?? [],
        contact: text(event, "contact"),
        online: event.getAllProperties("conference").map((place) => [place.getFirstParameter("feature"), place.getFirstParameter("label"), place.getFirstValue()]),
        alarms: event.getAllSubcomponents("valarm").map((alarm) => alarm.getFirstPropertyValue("trigger").toSeconds() / 60),
      })),
    };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
