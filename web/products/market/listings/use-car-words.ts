import { useI18n } from "vue-i18n";
import { useDistanceUnit } from "@/app/preferences";
import type { DistanceUnit } from "@/shared/format/format";
import { useFormat } from "@/shared/format/use-format";
import { useContractWords } from "@/shared/form/use-contract-words";
import { converted, equipmentOf, FIELDS, MESSAGES, type Car } from "./car";

/** What a car's fields hold, for people: in their language, and distances in their unit too. */
export function useCarWords() {
  const { t, te } = useI18n();
  const format = useFormat();
  const unit = useDistanceUnit();
  const words = useContractWords(MESSAGES, FIELDS);

  const inUnit = (distance: number, from: DistanceUnit) => format.distance(converted(distance, from, unit.value), unit.value);
  const price = ({ price: amount, currency }: Pick<Car, "price" | "currency">) => format.price(amount, currency);
  /** As the odometer has it, and in the reader's unit where that is another one. */
  const distance = ({ distance: given, distance_unit: from }: Pick<Car, "distance" | "distance_unit">): string => {
    const own = format.distance(given, from);
    return from === unit.value ? own : t("market.listings.bothUnits", { own, converted: inUnit(given, from) });
  };
  const equipment = (word: string): string => {
    const key = `${MESSAGES}.equipment.${word}`;
    return te(key) ? t(key) : word.replaceAll("_", " ");
  };
  /** A word of a field. */
  const word = (field: string, value: string): string => {
    if (field === "country") return format.country(value);
    return field === "equipment" ? equipment(value) : words.word(field, value);
  };
  /** What a field of a car holds; those that need another one are written with it. */
  const text = (car: Car, field: keyof Car): string => {
    if (field === "price") return price(car);
    if (field === "distance") return distance(car);
    const value = car[field];
    if (value === null || value === "") return "–";
    if (field === "equipment") return equipmentOf(String(value)).map(equipment).join(", ");
    return field === "country" ? format.country(String(value)) : words.value(field, value);
  };
  return { ...words, price, distance, inUnit, word, text };
}
