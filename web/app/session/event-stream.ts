/**
 * One event stream a browser, whatever number of tabs: the tab that holds a lock keeps it open, and tells the others.
 * When that tab goes, the lock passes to the next one, which goes on behind the last event that was seen.
 */

export interface EventHandlers {
  /** Topics have changed. */
  onChange: (topics: readonly string[]) => void;
  /** Any topic may have changed: nothing says what did before the stream began. */
  onGap: () => void;
  /** Whether some tab has the stream open. */
  onLive: (isLive: boolean) => void;
}

/** What of the browser is used. */
export interface BrowserParts {
  locks: Pick<LockManager, "request">;
  channel: Pick<BroadcastChannel, "postMessage" | "close"> & { onmessage: ((event: MessageEvent<Message>) => void) | null };
  open: (url: string) => EventSource;
}

/** The last event that was seen, to go on from; empty before the first one. */
export interface Position {
  last: string;
}

/** What tabs say to each other. */
type Message =
  | { kind: "change"; id: string; topics: readonly string[] }
  | { kind: "live"; isLive: boolean; id: string }
  | { kind: "gap" }
  | { kind: "joined" };

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/** The parts of this browser; null where it has no locks, as on a page that is not served securely. */
export function browserParts(name: string): BrowserParts | null {
  const locks = (navigator as Partial<Navigator>).locks;
  if (!locks || typeof BroadcastChannel === "undefined") return null;
  return { locks, channel: new BroadcastChannel(name), open: (url) => new EventSource(url) };
}

/**
 * Follows the events until the function that it returns is called.
 *
 * @param name of the lock and the channel: the same in all tabs of an installation.
 * @param url of the stream, without a position.
 * @param position is kept up to date: hand it on to go on later without a gap.
 */
export function followEvents(
  name: string,
  url: string,
  { onChange, onGap, onLive }: EventHandlers,
  { locks, channel, open }: BrowserParts,
  position: Position = { last: "" },
): () => void {
  const ending = new AbortController();
  let leads = false;
  let isLive = false;

  function take(topics: readonly string[], id: string): void {
    position.last = id;
    onChange(topics);
  }

  function settle(value: boolean): void {
    if (value === isLive) return;
    isLive = value;
    onLive(value);
  }

  function say(message: Message): void {
    channel.postMessage(message);
  }

  channel.onmessage = ({ data }) => {
    if (ending.signal.aborted) return;
    if (data.kind === "change") take(data.topics, data.id);
    if (data.kind === "gap") onGap();
    if (data.kind === "live") {
      if (data.isLive && position.last && data.id && position.last !== data.id) onGap(); // the others went on without this tab
      position.last = data.id || position.last;
      settle(data.isLive);
    }
    if (data.kind === "joined" && leads) say({ kind: "live", isLive, id: position.last });
  };

  function announce(value: boolean): void {
    settle(value);
    say({ kind: "live", isLive: value, id: position.last });
  }

  function announceGap(): void {
    onGap();
    say({ kind: "gap" });
  }

  /** Keeps a stream open until the end; one that the server refuses is opened again after a pause. */
  function lead(): Promise<void> {
    if (ending.signal.aborted) return Promise.resolve();
    leads = true;
    let pauseMs = FIRST_PAUSE_MS;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource;

    function connect(): void {
      source = open(position.last ? `${url}?since=${encodeURIComponent(position.last)}` : url);
      source.onopen = () => {
        pauseMs = FIRST_PAUSE_MS;
        announce(true);
        if (!position.last) announceGap();
      };
      source.addEventListener("change", (event: MessageEvent<string>) => {
        const { topics } = JSON.parse(event.data) as { topics: string[] };
        take(topics, event.lastEventId);
        say({ kind: "change", id: event.lastEventId, topics });
      });
      source.onerror = () => {
        announce(false);
        if (source.readyState !== EventSource.CLOSED) return; // the browser comes again by itself
        waiting = setTimeout(connect, pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      };
    }

    connect();
    return new Promise((resolve) => {
      ending.signal.addEventListener("abort", () => {
        clearTimeout(waiting);
        source.close();
        announce(false);
        resolve();
      });
    });
  }

  locks.request(name, { signal: ending.signal }, lead).catch((error: unknown) => {
    if (!ending.signal.aborted) throw error;
  });
  say({ kind: "joined" });

  return () => {
    ending.abort();
    settle(false);
    channel.close();
  };
}
