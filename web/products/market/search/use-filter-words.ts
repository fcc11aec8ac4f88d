import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import { useCarWords } from "../listings/use-car-words";
import type { Bounds, Filter } from "./filters";

/** Filters in the language, the money and the unit of the reader. */
export function useFilterWords() {
  const { t } = useI18n();
  const format = useFormat();
  const words = useCarWords();

  const label = (field: string): string => {
    if (field === "deal" || field === "price_share") return t(`market.deal.filters.${field}`);
    return words.label(field === "odometer_km" ? "distance" : field);
  };
  const word = (field: string, value: string): string => (field === "deal" ? t(`deal.ratings.${value}`) : words.word(field, value));
  const number = (field: string, value: number, currency: string): string => {
    if (field === "price") return format.price(value, currency);
    if (field === "price_share") return format.share(value, 1);
    if (field === "odometer_km") return words.inUnit(value, "km");
    return words.value(field, value);
  };
  const between = (field: string, { min, max }: Bounds, currency: string): string => {
    const [low, high] = [min, max].map((each) => (each === null ? null : number(field, each, currency)));
    if (low !== null && low === high) return String(low);
    if (low == null) return t("market.search.upTo", { high: high ?? "" });
    return high == null ? t("market.search.atLeast", { low }) : t("market.search.between", { low, high });
  };
  /** What the filter asks for. */
  const text = (filter: Filter, currency: string): string => (filter.word !== null ? word(filter.field, filter.word) : between(filter.field, filter.bounds ?? { min: null, max: null }, currency));
  return { label, word, text };
}
