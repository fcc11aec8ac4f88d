// Pricing a file: once as a whole, then the corrected rows again until none is left. This tab keeps it with what was typed.
import { computed, onScopeDispose, ref, shallowRef, watch, type ShallowRef } from "vue";
import { answer, api } from "@/api/web";
import { draftStore, type DraftStore } from "@/shared/form/draft-store";
import { problemOf } from "@/shared/problem/problem";
import { formWith, useUpload } from "@/shared/upload/use-upload";
import { brokenOf, fileOf, merged, ofKept, readAnswer, readRefused, toKept, withErrors, type Batch, type FileRow, type PricedFile } from "./price-file";

/** So many rows are corrected at a time: the API describes 100 errors in one answer, and a row may have several. */
export const MOST_SHOWN = 50;

export type Stage = "waiting" | "pricing" | "checking" | "done";

const PATH = "/rental/prices/file";
const partial = { params: { query: { mode: "partial" as const } } };

/** @param fields columns without which a file is none of cars. */
export function usePriceFile(fields: readonly string[]) {
  const error = shallowRef<unknown>(null);
  const store = draftStore("price-file");
  const priced = shallowRef<PricedFile | null>(ofKept(store.read()));
  const stage = ref<Stage>(priced.value === null ? "waiting" : "done");
  const { sent, upload } = useUpload();
  let ending = new AbortController();
  keepThrough(priced, store);

  const broken = computed(() => brokenOf(priced.value?.rows ?? []));
  const shown = computed(() => broken.value.slice(0, MOST_SHOWN));

  /** Runs a step; one that was overtaken by another file changes nothing. */
  async function step(now: Stage, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    ending.abort();
    ending = new AbortController();
    const { signal } = ending;
    stage.value = now;
    error.value = null;
    try {
      await run(signal);
    } catch (caught) {
      if (!signal.aborted) error.value = caught;
    }
    if (!signal.aborted) stage.value = priced.value === null ? "waiting" : "done";
  }

  function price(file: File): Promise<void> {
    priced.value = null;
    return step("pricing", async (signal) => {
      const request = { ...partial, headers: { Accept: "text/csv" }, parseAs: "text" as const, signal };
      try {
        const csv = await upload(file, (options) => answer(api.POST(PATH, { ...request, ...options })));
        priced.value = readAnswer(csv ?? "", fields);
      } catch (caught) {
        const problems = problemOf(caught).errors ?? [];
        const refused = problems.some(({ row }) => row !== undefined) ? readRefused(await file.text(), problems, fields) : null;
        if (refused === null) throw caught;
        priced.value = refused;
      }
      if (shown.value.length > 0) await send(shown.value, signal);
    });
  }

  /** Sends the rows that are shown again, with what was corrected in them. */
  const check = () => step("checking", (signal) => send(shown.value, signal));

  async function send(rows: readonly FileRow[], signal: AbortSignal): Promise<void> {
    const { header } = priced.value!;
    const file = new Blob([fileOf(header, rows)], { type: "text/csv" });
    const now = () => priced.value!.rows; // with what was typed meanwhile
    try {
      const batch = await answer(api.POST(PATH, { ...partial, ...formWith(file, "rows.csv"), signal }));
      priced.value = { header, rows: merged(now(), rows, batch as Batch) }; // without `Accept` the answer is JSON
    } catch (caught) {
      const problems = problemOf(caught).errors ?? []; // none of them is right yet
      if (!problems.some(({ row }) => row !== undefined)) throw caught;
      priced.value = { header, rows: withErrors(now(), rows, problems) };
    }
  }

  function correct(row: number, column: string, value: string): void {
    if (priced.value === null) return;
    const { header, rows } = priced.value;
    priced.value = { header, rows: rows.map((each) => (each.row === row ? { ...each, cells: { ...each.cells, [column]: value } } : each)) };
  }

  return { stage, error, priced, broken, shown, sent, price, check, correct };
}

/** Typing pauses for this long before the file is kept: a large one takes some moments. */
const KEPT_AFTER_MS = 300;

/** Keeps the file in the store through reload and sign-in. Of one that has no room there, leaving the page warns. */
function keepThrough(priced: ShallowRef<PricedFile | null>, store: DraftStore): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasRoom = true;
  function keep() {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    hasRoom = store.write(priced.value && toKept(priced.value));
    if (!hasRoom) store.write(null); // rather none than a former one
  }
  function warn(event: BeforeUnloadEvent) {
    keep();
    if (!hasRoom && brokenOf(priced.value?.rows ?? []).length > 0) event.preventDefault();
  }
  watch(
    priced,
    () => {
      clearTimeout(timer);
      timer = setTimeout(keep, KEPT_AFTER_MS);
    },
    { flush: "sync" }, // the page may be gone at the next tick
  );
  addEventListener("beforeunload", warn);
  addEventListener("pagehide", keep); // a phone does not say that it unloads
  onScopeDispose(() => {
    keep();
    removeEventListener("beforeunload", warn);
    removeEventListener("pagehide", keep);
  });
}
