import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import { mainShares, type Interests } from "./interests";

const CURRENCY = "EUR";

/** Interests as people read them. */
export function useInterestWords() {
  const { t, te } = useI18n();
  const format = useFormat();
  const known = <T>(value: T | null, text: (value: T) => string) => (value === null ? "–" : text(value));

  const word = (field: "body" | "fuel", name: string) => (te(`resale.segments.values.${field}.${name}`) ? t(`resale.segments.values.${field}.${name}`) : name);
  const price = (interests: Interests) => known(interests.price_eur, (value) => format.roundMoney(value, CURRENCY));
  const age = (interests: Interests) => known(interests.age_years, (value) => t("resale.used.age", Math.round(value)));
  const power = (interests: Interests) => known(interests.power_kw, (value) => `${format.number(Math.round(value))} ${t("units.kW")}`);
  const breadth = (interests: Interests) => format.number(interests.kinds_of_car, 1);
  const main = (field: "body" | "fuel", shares: Readonly<Record<string, number>>) =>
    mainShares(shares)
      .slice(0, 1)
      .map((part) => `${word(field, part.word)} ${format.share(part.share)}`)
      .join("");
  /** One interest of a segment, by the name that it has in the reasons. */
  const interest = (name: string, interests: Interests | undefined): string => {
    if (!interests) return "–";
    if (name === "body") return main("body", interests.bodies);
    if (name === "fuel") return main("fuel", interests.fuels);
    const texts: Record<string, (interests: Interests) => string> = { price, age, power, breadth };
    return texts[name]?.(interests) ?? "–";
  };
  return { word, price, age, power, breadth, interest };
}
