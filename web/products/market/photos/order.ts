// The order of photos.

/** The list with one of its items moved by some places; as it is where there is no such place. */
export function moved<T>(items: readonly T[], from: number, by: number): T[] {
  const to = from + by;
  const list = [...items];
  if (from < 0 || from >= list.length || to < 0 || to >= list.length) return list;
  list.splice(to, 0, ...list.splice(from, 1));
  return list;
}
