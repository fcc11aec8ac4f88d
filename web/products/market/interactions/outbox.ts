// What the person does with listings, collected and told in batches; what cannot be told is let go of.
import type { Schemas } from "@/api/web";

export type Interaction = Schemas["InteractionBody"];
export type Place = NonNullable<Interaction["slate"]>;

const MOST_AT_ONCE = 100;
const MOST_WAITING = 200;
const WAIT_MS = 3_000;

/** A random UUID; `crypto.randomUUID` is there on secure pages only. */
export function newId(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6]! & 0x0f) | 0x40;
  octets[8] = (octets[8]! & 0x3f) | 0x80;
  const digits = [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Collects what is done, and sends it a little later, or at once where the page goes away. */
export class Outbox {
  private waiting: Interaction[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly deliver: (interactions: Interaction[]) => Promise<unknown>,
    private readonly waitMs = WAIT_MS,
  ) {}

  /** Note an interaction; more than a page makes are not kept. */
  note(kind: Interaction["kind"], listingId: string, slate: Place | null = null): void {
    if (this.waiting.length >= MOST_WAITING) return;
    this.waiting.push({ id: newId(), listing_id: listingId, kind, slate });
    this.timer ??= setTimeout(() => this.flush(), this.waitMs);
  }

  /** Send what waits. A failure is nobody's loss but the recommendations'. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiting.length > 0) this.deliver(this.waiting.splice(0, MOST_AT_ONCE)).catch(() => undefined);
  }
}
