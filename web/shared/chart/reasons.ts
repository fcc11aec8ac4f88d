/** So many steps fit beside the value without scrolling. */
const MOST_STEPS = 8;

/**
 * The reasons that count, largest first, and what the others do together.
 *
 * @returns `others`: how many are put together; never a single one, which may as well stand by itself.
 */
export function mainReasons<R extends { effect: number }>(reasons: readonly R[], most = MOST_STEPS) {
  const sorted = [...reasons].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  if (sorted.length <= most + 1) return { main: sorted, others: 0, othersEffect: 0 };
  const rest = sorted.slice(most);
  return { main: sorted.slice(0, most), others: rest.length, othersEffect: rest.reduce((sum, reason) => sum + reason.effect, 0) };
}
