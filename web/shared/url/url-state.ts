// The state of a page in its address: reload, back, bookmark and link all show the same page.
import { onScopeDispose, reactive, watch } from "vue";
import { useRoute, useRouter, type LocationQuery } from "vue-router";

/** How one value is written in the address. */
export interface Parameter<T> {
  otherwise: T;
  read(text: string): T | undefined;
  write(value: T): string;
}

export const text = (otherwise = ""): Parameter<string> => ({ otherwise, read: (raw) => raw, write: (value) => value });

export const flag = (otherwise = false): Parameter<boolean> => ({
  otherwise,
  read: (raw) => (raw === "1" ? true : raw === "0" ? false : undefined),
  write: (value) => (value ? "1" : "0"),
});

export const number = (otherwise: number): Parameter<number> => ({
  otherwise,
  read: (raw) => (raw.trim() !== "" && Number.isFinite(Number(raw)) ? Number(raw) : undefined),
  write: String,
});

/** One of some words; anything else in the address counts as the first. */
export const oneOf = <const T extends string>(words: readonly [T, ...T[]]): Parameter<T> => ({
  otherwise: words[0],
  read: (raw) => words.find((word) => word === raw),
  write: (value) => value,
});

type Parameters = Record<string, Parameter<never> | Parameter<string> | Parameter<number> | Parameter<boolean>>;
type Values<P extends Parameters> = { [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** Browsers refuse more than some hundred changes of the address in half a minute; a slider makes them in seconds. */
const WRITE_AFTER_MS = 200;

/**
 * Values that live in the query of the address. Assign to them; those that equal their default are left out of it.
 *
 * @param parameters by name in the query.
 */
export function useUrlState<P extends Parameters>(parameters: P): Values<P> {
  const route = useRoute();
  const router = useRouter();
  const path = route.path;
  const state = reactive(readQuery(parameters, route.query)) as Values<P>;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = JSON.stringify(state);

  const write = () => {
    timer = undefined;
    if (route.path !== path) return;
    written = JSON.stringify(state);
    void router.replace({ path, query: writeQuery(parameters, state, route.query), hash: route.hash });
  };
  watch(state, () => {
    if (JSON.stringify(state) === written) return;
    clearTimeout(timer);
    timer = setTimeout(write, WRITE_AFTER_MS);
  });
  watch(
    () => route.query,
    (query) => {
      if (route.path !== path || timer !== undefined) return;
      const values = readQuery(parameters, query);
      written = JSON.stringify(values);
      if (JSON.stringify(state) !== written) Object.assign(state, values);
    },
  );
  // a link that is followed at once: what waits is written into the entry that is being left, and does not call the page back
  const unguard = router.beforeEach((to) => {
    if (to.path === path || timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const { history } = router.options;
    const isThere = history.location === to.fullPath; // by "back" the browser has left the entry already
    if (!isThere) history.replace(router.resolve({ path, query: writeQuery(parameters, state, route.query), hash: route.hash }).fullPath);
  });
  onScopeDispose(() => {
    clearTimeout(timer);
    unguard();
  });
  return state;
}

export function readQuery<P extends Parameters>(parameters: P, query: LocationQuery): Values<P> {
  const entries = Object.entries(parameters).map(([name, parameter]) => {
    const raw = query[name];
    const value = typeof raw === "string" ? parameter.read(raw) : undefined;
    return [name, value ?? parameter.otherwise];
  });
  return Object.fromEntries(entries) as Values<P>;
}

/** The query with these values; parameters of others stay. */
export function writeQuery<P extends Parameters>(parameters: P, values: Values<P>, query: LocationQuery): LocationQuery {
  const kept = Object.entries(query).filter(([name]) => !(name in parameters));
  const own = Object.entries(parameters)
    .filter(([name, parameter]) => values[name] !== parameter.otherwise)
    .map(([name, parameter]) => [name, (parameter as Parameter<unknown>).write(values[name])]);
  return Object.fromEntries([...kept, ...own]) as LocationQuery;
}
