// Languages: each is one file in languages/, and one chunk that is loaded when it is chosen.
import { nextTick, watch, type Ref } from "vue";
import { createI18n, type LocaleMessages, type VueMessageType } from "vue-i18n";
import { usePreference } from "./preferences";

const files = import.meta.glob<{ default: LocaleMessages<VueMessageType> }>("../languages/*.json");
const pseudo = import.meta.glob<{ default: LocaleMessages<VueMessageType> }>("../languages/generated/qps.json");

/** English with accents and growth: shows what is not translated and what does not fit. */
export const PSEUDO = "qps";
const SOURCE = "en";
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** In which direction a language is written. */
export const directionOf = (language: string): "ltr" | "rtl" => (RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr");

const loaders = new Map(
  [...Object.entries(files), ...Object.entries(pseudo)].map(([path, load]) => [path.replace(/^.*\/|\.json$/g, ""), load]),
);

/** The languages that people may choose. */
export const LANGUAGES: readonly string[] = [...loaders.keys()].filter((code) => code !== PSEUDO).sort();

/** The order in which a message lists its plural forms; a language has some of them. */
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"] as const;

/** The plural forms that messages of a language have, in their order. */
export function pluralForms(language: string): string[] {
  const used = new Set(new Intl.PluralRules(language === PSEUDO ? SOURCE : language).resolvedOptions().pluralCategories);
  return CATEGORIES.filter((category) => used.has(category));
}

/** Which form of a message counts, by the rules of the language (CLDR). */
export function pluralIndex(language: string, count: number): number {
  const form = new Intl.PluralRules(language === PSEUDO ? SOURCE : language).select(count);
  return pluralForms(language).indexOf(form);
}

export const i18n = createI18n({
  legacy: false,
  locale: SOURCE,
  fallbackLocale: false, // every language is whole; languages.test.ts proves it
  missingWarn: false,
  fallbackWarn: false,
  messages: {} as Record<string, LocaleMessages<VueMessageType>>,
  pluralRules: Object.fromEntries(
    [...loaders.keys()].map((language) => [language, (count: number) => pluralIndex(language, count)]),
  ),
});

/** The name of a language in that language. */
export function languageName(language: string): string {
  return new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
}

/** The language chosen in this browser; at first the browser's own where we have it. */
export function useLanguage(): Ref<string> {
  const spoken = navigator.languages.map((tag) => tag.split("-")[0] ?? "").find((code) => LANGUAGES.includes(code));
  return usePreference("language", spoken ?? SOURCE);
}

/** Loads the chosen language, now and whenever it changes. */
export async function applyLanguage(): Promise<void> {
  const language = useLanguage();
  watch(language, (now) => void show(now));
  await show(language.value);
}

async function show(wanted: string): Promise<void> {
  const language = loaders.has(wanted) ? wanted : SOURCE;
  await load(language);
  i18n.global.locale.value = language;
  document.documentElement.lang = language === PSEUDO ? SOURCE : language;
  document.documentElement.dir = directionOf(language);
  await nextTick();
}

async function load(language: string): Promise<void> {
  if (i18n.global.availableLocales.includes(language)) return;
  const messages = await loaders.get(language)?.();
  if (messages) i18n.global.setLocaleMessage(language, messages.default);
}
