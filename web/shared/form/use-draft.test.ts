// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { useDraft } from "./use-draft";

const me = vi.hoisted(() => ({ person_id: "ann" }));
vi.mock("@/app/session/session", () => ({ session: { me } }));

const EMPTY = { name: "", days: "90", own: false, topics: ["models"] as string[] };

/** The form as a page that was just opened has it; the second value closes the page. */
function open(name = "key", initial = EMPTY): [typeof EMPTY, () => void] {
  const scope = effectScope();
  return [scope.run(() => useDraft(name, initial))!, () => scope.stop()];
}

/** What somebody types, before the page is closed. */
async function typed(changes: Partial<typeof EMPTY>, name?: string) {
  const [entry, close] = open(name);
  Object.assign(entry, changes);
  await nextTick();
  close();
}

beforeEach(() => {
  sessionStorage.clear();
  me.person_id = "ann";
});

describe("what is typed into a form", () => {
  it("is there again after a reload, and as it began where nothing was typed", async () => {
    expect(open()[0]).toEqual(EMPTY);
    await typed({ name: "Fleet", topics: ["models", "tasks"], own: true });
    expect(open()[0]).toEqual({ name: "Fleet", days: "90", own: true, topics: ["models", "tasks"] });
    expect(EMPTY.topics).toEqual(["models"]);
  });

  it("belongs to one form and one person", async () => {
    await typed({ name: "Fleet" });
    expect(open("webhook")[0].name).toBe("");
    me.person_id = "ben";
    expect(open()[0].name).toBe("");
  });

  it("is forgotten once the form is as it was", async () => {
    await typed({ name: "Fleet" });
    await typed({ name: "" });
    expect(sessionStorage.length).toBe(0);
  });

  it("is forgotten once it is saved, and not taken for typed when others save", async () => {
    const saved = ref({ ...EMPTY, name: "Ada" });
    const scope = effectScope();
    const entry = scope.run(() => useDraft("profile", saved))!;
    entry.name = "Ada L.";
    await nextTick();
    expect(sessionStorage.length).toBe(1);
    saved.value = { ...EMPTY, name: "Ada L." };
    await nextTick();
    expect(sessionStorage.length).toBe(0);
    saved.value = { ...EMPTY, name: "Ada of another tab" };
    await nextTick();
    expect(sessionStorage.length).toBe(0);
    scope.stop();
  });

  it.each(["nonsense", "null", "[1]", '{"name": 3, "days": null, "topics": "models", "more": "x"}', '{"topics": [1]}'])("that was kept as %s is not taken", async (stored) => {
    await typed({ name: "Fleet" });
    sessionStorage.setItem(sessionStorage.key(0)!, stored);
    expect(open()[0]).toEqual(EMPTY);
  });
});
