import { useI18n } from "vue-i18n";
import { PSEUDO } from "@/app/i18n";
import { useTimeZone } from "@/app/preferences";
import { formatDate, formatDay, formatDistance, formatDuration, formatInstant, formatMoney, formatName, formatNumber, formatPrice, formatRelative, formatRoundMoney, formatShare, formatShareChange, formatYear, type DistanceUnit } from "./format";

/** The formats of `format.ts` in the language and zone of the page. Call them while rendering: they follow a change. */
export function useFormat() {
  const { locale } = useI18n();
  const zone = useTimeZone();
  const language = () => (locale.value === PSEUDO ? "en" : locale.value);
  return {
    number: (value: number, digits?: number) => formatNumber(language(), value, digits),
    year: (year: number) => formatYear(language(), year),
    money: (amount: number, currency: string) => formatMoney(language(), amount, currency),
    price: (amount: number, currency: string) => formatPrice(language(), amount, currency),
    roundMoney: (amount: number, currency: string) => formatRoundMoney(language(), amount, currency),
    change: (amount: number, currency: string) => formatMoney(language(), amount, currency, "exceptZero"),
    share: (share: number, digits?: number) => formatShare(language(), share, digits),
    shareChange: (share: number, digits?: number) => formatShareChange(language(), share, digits),
    instant: (instant: string) => formatInstant(language(), instant, zone.value),
    day: (instant: string | number) => formatDay(language(), instant, zone.value),
    date: (day: string) => formatDate(language(), day),
    distance: (distance: number, unit: DistanceUnit) => formatDistance(language(), distance, unit),
    country: (code: string) => formatName(language(), "region", code),
    currency: (code: string) => formatName(language(), "currency", code),
    duration: (seconds: number) => formatDuration(language(), seconds),
    relative: (instant: string, now = Date.now()) => formatRelative(language(), instant, now),
  };
}
