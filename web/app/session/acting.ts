// For which company a person acts: what can be chosen, and what was chosen last in this browser.
import { usePreference } from "@/app/preferences";

const chosen = usePreference<Record<string, string | null>>("companies", {});

/** The company that a person chose last; null for none, undefined where nothing was chosen. */
export function rememberedCompany(person: string): string | null | undefined {
  return chosen.value[person];
}

export function rememberCompany(person: string, company: string | null): void {
  chosen.value = { ...chosen.value, [person]: company };
}

interface Person {
  roles: readonly { company_id: string | null }[];
}
interface Place {
  company_id: string;
  name: string;
}

/** The companies that a person can act for; null, for none, where roles on the whole platform count then. */
export function choicesOf(person: Person, places: readonly Place[]): { id: string | null; name: string }[] {
  const platform = person.roles.some((role) => role.company_id === null) ? [{ id: null, name: "" }] : [];
  const names = new Map(places.map((place) => [place.company_id, place.name]));
  return [...platform, ...[...names].map(([id, name]) => ({ id, name }))];
}
