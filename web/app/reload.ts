// After an upgrade an open tab asks for chunks that are gone: the page is loaded again, with what stands in its address.

const NOTE = "drivetrain.reloaded";
const ONCE_IN_MS = 10_000;

/** Loads a page from the server, unless that was tried a moment ago and did not help. */
export function loadAgain(address: string): void {
  if (Date.now() - Number(sessionStorage.getItem(NOTE)) < ONCE_IN_MS) return;
  sessionStorage.setItem(NOTE, String(Date.now()));
  if (address === location.href) location.reload();
  else location.assign(address);
}
