import { reactive, watch } from "vue";
import { session } from "@/app/session/session";

const PREFIX = "drivetrain.draft.";

type Entry = string | boolean | readonly string[];

/**
 * What is typed into a form that has no place in the address: this tab keeps it through reload and sign-in, for the
 * person who typed it. Not for secrets.
 *
 * @param name of the form, with what it is about where there are several.
 * @param initial what stands in it before anything is typed.
 */
export function useDraft<T extends Record<string, Entry>>(name: string, initial: T): T {
  const key = `${PREFIX}${session.me?.person_id ?? ""}.${name}`;
  const entry = reactive({ ...initial, ...kept(key, initial) }) as unknown as T;
  watch(entry, () => keep(key, entry, initial), { deep: true });
  return entry;
}

/** The kept entries that the form still has, of the kind that it has them. */
function kept<T extends Record<string, Entry>>(key: string, initial: T): Partial<T> {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    if (typeof stored !== "object" || stored === null) return {};
    return Object.fromEntries(Object.entries(stored).filter(([name, value]) => isAlike(value, initial[name]))) as Partial<T>;
  } catch {
    return {}; // storage is off, or another version wrote it
  }
}

function isAlike(value: unknown, initial: Entry | undefined): boolean {
  if (Array.isArray(initial)) return Array.isArray(value) && value.every((each) => typeof each === "string");
  return initial !== undefined && typeof value === typeof initial;
}

/** A form as it was at the beginning leaves nothing behind. */
function keep<T extends Record<string, Entry>>(key: string, entry: T, initial: T): void {
  const text = JSON.stringify(entry);
  try {
    if (text === JSON.stringify(initial)) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // storage is off or full: what is typed lives as long as the page
  }
}
