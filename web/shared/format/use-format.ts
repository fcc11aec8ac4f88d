import { useI18n } from "vue-i18n";
import { PSEUDO } from "@/app/i18n";
import { useTimeZone } from "@/app/preferences";
import { formatDuration, formatInstant, formatMoney, formatNumber, formatRelative, formatRoundMoney, formatShare, formatShareChange, formatYear } from "./format";

/** The formats of `format.ts` in the language and zone of the page. Call them while rendering: they follow a change. */
export function useFormat() {
  const { locale } = useI18n();
  const zone = useTimeZone();
  const language = () => (locale.value === PSEUDO ? "en" : locale.value);
  return {
    number: (value: number, digits?: number) => formatNumber(language(), value, digits),
    year: (year: number) => formatYear(language(), year),
    money: (amount: number, currency: string) => formatMoney(language(), amount, currency),
    roundMoney: (amount: number, currency: string) => formatRoundMoney(language(), amount, currency),
    change: (amount: number, currency: string) => formatMoney(language(), amount, currency, "exceptZero"),
    share: (share: number, digits?: number) => formatShare(language(), share, digits),
    shareChange: (share: number, digits?: number) => formatShareChange(language(), share, digits),
    instant: (instant: string) => formatInstant(language(), instant, zone.value),
    duration: (seconds: number) => formatDuration(language(), seconds),
    relative: (instant: string, now = Date.now()) => formatRelative(language(), instant, now),
  };
}
