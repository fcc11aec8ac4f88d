// What a person prefers, kept in this browser and shared by its tabs.
import { computed, ref, watch, type Ref } from "vue";
import type { DistanceUnit } from "@/shared/format/format";

const PREFIX = "drivetrain.";
const known = new Map<string, Ref<unknown>>();

/** A value that survives a reload. The same name is the same value everywhere. */
export function usePreference<T>(name: string, otherwise: T): Ref<T> {
  const existing = known.get(name);
  if (existing) return existing as Ref<T>;
  const value = ref(read(name, otherwise)) as Ref<T>;
  known.set(name, value as Ref<unknown>);
  watch(value, (now) => write(name, now), { deep: true });
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + name) value.value = read(name, otherwise);
  });
  return value;
}

function read<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise; // storage is off, or another version wrote it
  }
}

function write(name: string, value: unknown): void {
  try {
    const text = JSON.stringify(value);
    if (localStorage.getItem(PREFIX + name) !== text) localStorage.setItem(PREFIX + name, text);
  } catch {
    // storage is off or full: the preference lives as long as this page
  }
}

export type Theme = "system" | "light" | "dark";

/** Light, dark, or what the system has. */
export function useTheme(): Ref<Theme> {
  return usePreference<Theme>("theme", "system");
}

/** IANA name of the zone in which times are shown. */
export function useTimeZone(): Ref<string> {
  return usePreference("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Where odometers count miles. */
const COUNTRIES_OF_MILES = new Set(["GB", "US"]);

/** In which unit distances of cars are read. */
export function useDistanceUnit(): Ref<DistanceUnit> {
  const country = navigator.languages.map((tag) => tag.split("-")[1]).find((code) => code !== undefined) ?? "";
  return usePreference<DistanceUnit>("distance", COUNTRIES_OF_MILES.has(country) ? "miles" : "km");
}

/** So many rows a list may ask for at a time; every list of the API takes them as `limit`. */
export const PAGE_SIZES = [25, 50, 100, 200] as const;
export type PageSize = (typeof PAGE_SIZES)[number];
const USUAL_PAGE: PageSize = 50;

/** How many rows a list asks for at a time. */
export function usePageSize(): Ref<PageSize> {
  const kept = usePreference<PageSize>("rows", USUAL_PAGE);
  return computed({
    get: () => (PAGE_SIZES.includes(kept.value) ? kept.value : USUAL_PAGE),
    set: (size) => (kept.value = size),
  });
}

/** Shows the page in the theme, now and whenever it changes. */
export function applyTheme(): void {
  const theme = useTheme();
  watch(
    theme,
    (now) => {
      if (now === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = now;
    },
    { immediate: true },
  );
}
