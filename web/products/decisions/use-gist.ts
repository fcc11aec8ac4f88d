import { useFormat } from "@/shared/format/use-format";
import { flatten, rangeOf } from "@/shared/record/records";
import { useRecordWords } from "./use-record-words";

/** Values of an answer that fit into a row. */
const SHOWN_VALUES = 2;

/** An answer of any product in a few words. */
export function useGist() {
  const format = useFormat();
  const words = useRecordWords();
  return (answer: unknown): string => {
    const range = rangeOf(answer);
    if (range?.currency) return format.money(range.value, range.currency);
    return flatten(answer)
      .facts.filter(({ value }) => value !== null)
      .slice(0, SHOWN_VALUES)
      .map(({ path, value }) => `${words.name(path)} ${words.value(value)}`)
      .join(" · ");
  };
}
