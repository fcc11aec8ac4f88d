// What tabs of one browser tell each other: that their session is another one now.
import { APP_BASE } from "@/app/addresses";

/** One channel for each installation: several may lie below one origin. */
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`drivetrain.session ${APP_BASE}`);

export function tellOtherTabs(): void {
  channel?.postMessage(null);
}

export function onOtherTab(handler: () => Promise<void>): void {
  channel?.addEventListener("message", () => void handler().catch(() => undefined)); // this tab asks at its next request
}
