import { useI18n } from "vue-i18n";
import type { Scalar } from "@/shared/form/contract";
import { useFormat } from "@/shared/format/use-format";
import { PRODUCTS } from "@/app/products";

export interface RecordWords {
  /** The name of what stands at a path. */
  name: (path: string) => string;
  /** What stands there. */
  value: (path: string, held: Scalar | undefined) => string;
}

/** Names and values of records in the language of the page, where a product has words for them. */
export function useRecordWords(): RecordWords {
  const { t, te } = useI18n();
  const format = useFormat();
  const places = PRODUCTS.flatMap(({ pages }) => pages.map(({ title }) => title.replace(/\.title$/, "")));

  const name = (path: string): string => {
    const place = places.find((each) => te(`${each}.fields.${path}`));
    return place ? t(`${place}.fields.${path}`) : path.replaceAll(/[_.]/g, " ");
  };
  const value = (_: string, held: Scalar | undefined): string => {
    if (held === null || held === undefined) return "–";
    if (typeof held === "boolean") return t(held ? "words.yes" : "words.no");
    return typeof held === "number" ? format.number(held) : held;
  };
  return { name, value };
}
