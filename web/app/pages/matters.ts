/** The page on which a matter is decided; null for one of a kind that the app does not know. */
export function placeOf({ code, subject }: { code: string; subject: string }): string | null {
  const [area] = code.split(".");
  if (area === "models") return `/models/${encodeURIComponent(subject)}`;
  if (area === "tasks") return "/administration/tasks";
  return code === "trips.slots_overdue" ? "/trips/slots" : null;
}
