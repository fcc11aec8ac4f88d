// What is typed and not sent yet: kept by this tab through reload and sign-in, for the person who typed it. Not for secrets.
import { session } from "@/app/session/session";

const PREFIX = "drivetrain.draft.";

export interface DraftStore {
  /** What was kept; null where nothing was, or it cannot be read. */
  read: () => unknown;
  /** Keeps a value, or nothing. @returns false where there is no room for it. */
  write: (value: unknown) => boolean;
}

/** @param name of the form, with what it is about where there are several. */
export function draftStore(name: string): DraftStore {
  const key = `${PREFIX}${session.me?.person_id ?? ""}.${name}`;
  return {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? "null");
      } catch {
        return null; // storage is off, or another version wrote it
      }
    },
    write(value) {
      try {
        if (value === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(value));
        return true;
      } catch {
        return false; // storage is off or full: what is typed lives as long as the page
      }
    },
  };
}
