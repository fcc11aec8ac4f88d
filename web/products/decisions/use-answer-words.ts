import { useI18n } from "vue-i18n";
import type { AnswerField } from "@/app/product";
import { PRODUCTS } from "@/app/products";
import type { Scalar } from "@/shared/form/contract";
import { useFormat } from "@/shared/format/use-format";
import { flatten, isObject, rangeOf } from "@/shared/record/records";
import { useRecordWords, type RecordWords } from "./use-record-words";

/** What answers of any product may have beside their value. */
const SHARED: readonly AnswerField[] = [
  { field: "currency", title: "words.currency" },
  { field: "range.low", title: "range.low" },
  { field: "range.high", title: "range.high" },
  { field: "range.coverage", title: "range.coverage", as: "share" },
];
const BOUNDS: readonly string[] = ["range.low", "range.high"];

export interface AnswerWords extends RecordWords {
  /** An amount in the unit of the value that the answer is about. */
  amount: (held: number) => string;
  /** The answer in a few words. */
  gist: string;
}

/** Writes the answers of decisions for people, with the units that the card of the product names. */
export function useAnswerWords(): (product: string, answer: unknown) => AnswerWords {
  const { t, te } = useI18n();
  const format = useFormat();
  const words = useRecordWords();

  return (product, answer) => {
    const own = PRODUCTS.find(({ name }) => name === product)?.answers ?? [];
    const range = rangeOf(answer);
    const currency = isObject(answer) && typeof answer["currency"] === "string" ? answer["currency"] : null;
    const at = (path: string) => [...own, ...SHARED].find(({ field }) => field === path);

    function value(path: string, held: Scalar | undefined): string {
      const subject = range && BOUNDS.includes(path) ? range.field : path;
      const as = at(subject)?.as ?? (subject === range?.field ? "money" : undefined);
      if (typeof held === "string" && typeof as === "object" && "words" in as) return te(`${as.words}.${held}`) ? t(`${as.words}.${held}`) : held;
      if (typeof held !== "number" || as === undefined) return words.value(path, held);
      if (as === "share") return format.share(held);
      if (as === "year") return format.year(held);
      if (as === "money") return currency ? format.money(held, currency) : format.number(held);
      return "message" in as ? t(as.message, { n: format.number(held, as.digits) }, held) : format.number(held);
    }
    const name = (path: string) => {
      const field = at(path);
      return field ? t(field.title) : words.name(path);
    };
    const facts = flatten(answer).facts.filter((fact) => fact.value !== null);
    const main = own.map(({ field }) => facts.find(({ path }) => path === field)).find((fact) => fact !== undefined);
    const fact = main ?? facts.find(({ path }) => path === range?.field);
    const gist = fact ? value(fact.path, fact.value) : facts.slice(0, 2).map(({ path, value: held }) => `${name(path)}: ${value(path, held)}`).join(", ");
    return { name, value, amount: (held) => value(range?.field ?? "", held), gist };
  };
}
