/** The hours of a typical duration, as the API names them: "working days, 15:00 to 19:00". */
export interface TypicalHours {
  isDayOff: boolean;
  from: string;
  to: string;
}

const HOURS = /^(working days|weekends and holidays), (\d\d:\d\d) to (\d\d:\d\d)$/;

/** The parts of such a text, to be said in another language; null where it is another text. */
export function readTypicalHours(text: string): TypicalHours | null {
  const [, days, from, to] = HOURS.exec(text) ?? [];
  return from === undefined || to === undefined ? null : { isDayOff: days === "weekends and holidays", from, to };
}
