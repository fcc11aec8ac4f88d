// Shares as they are typed, in percent, and as the address has them. What is no number stays as it was typed.
import { readNumber } from "@/shared/form/contract";

const DIGITS = 4;

/** Alone, `1.125` may be one and an eighth or a thousand: with another digit it is read in one way. */
const AMBIGUOUS = /^[1-9]\d{0,2}\.\d{3}$/;

/** Percent, as a share. */
export function toShare(typed: string): string {
  const percent = readNumber(typed.trim());
  if (percent === null) return typed;
  const share = String(Number((percent / 100).toFixed(DIGITS)));
  return AMBIGUOUS.test(share) ? `${share}0` : share;
}

/** A share of the address, in percent. */
export function fromShare(share: string): string {
  const read = readNumber(share.trim());
  return read === null ? share : String(Number((100 * read).toFixed(DIGITS - 2)));
}
