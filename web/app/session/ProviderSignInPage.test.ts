// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { mount } from "@vue/test-utils";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createRouter, createWebHistory } from "vue-router";
import { applyLanguage, i18n } from "@/app/i18n";
import { openWindow } from "./provider";
import ProviderSignInPage from "./ProviderSignInPage.vue";

const AT_PROVIDER = "https://id.example/authorize?state=s1";
const asked: string[] = [];
const left = vi.spyOn(location, "assign").mockImplementation(() => undefined);

/** A platform with one identity provider, which waits for a code of the second factor. */
async function platform(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  asked.push(`${request.method} ${path.slice(path.indexOf("/sessions"))}`);
  if (path.endsWith("/providers")) return Response.json({ items: [{ label: "Sign in with Example" }] });
  if (path.endsWith("/attempts")) return Response.json({ url: AT_PROVIDER }, { status: 201 });
  const code = "sessions.code_needed";
  return Response.json({ type: "about:blank", title: code, status: 401, detail: code, code, request_id: "" }, { status: 401 });
}

/** The page, opened at an address. */
async function open(address: string) {
  history.replaceState(null, "", address);
  const router = createRouter({
    history: createWebHistory("/"),
    routes: [{ path: "/:rest(.*)*", component: ProviderSignInPage }],
  });
  const plugins = [i18n, router, [VueQueryPlugin, { queryClient: new QueryClient() }]] as never[];
  const app = mount({ template: "<RouterView />" }, { global: { plugins } });
  await router.isReady();
  return app;
}

beforeEach(async () => {
  vi.stubGlobal("fetch", platform);
  asked.length = 0;
  left.mockClear();
  sessionStorage.clear();
  await applyLanguage();
});

describe("the page to which a provider sends the browser back", () => {
  it("begins nothing for who follows a link to it, before they ask", { timeout: 120_000 }, async () => {
    const page = await open("/provider-sign-in");
    await vi.waitFor(() => expect(page.find("button").exists()).toBe(true), 60_000);
    expect(asked).toEqual(["GET /sessions/providers"]);
    await page.get("button").trigger("click");
    await vi.waitFor(() => expect(left).toHaveBeenCalledWith(AT_PROVIDER), 60_000);
  });

  it("begins by itself in a window that was opened for it, and only there", { timeout: 120_000 }, async () => {
    const copy: Record<string, string> = {};
    vi.spyOn(window, "open").mockImplementation(() => {
      Object.assign(copy, { ...sessionStorage });
      return null;
    });
    openWindow("/provider-sign-in");
    expect(sessionStorage).toHaveLength(0); // a link that is followed here later finds no note
    for (const [key, value] of Object.entries(copy)) sessionStorage.setItem(key, value);
    await open("/provider-sign-in");
    await vi.waitFor(() => expect(left).toHaveBeenCalledWith(AT_PROVIDER), 60_000);
    expect(asked).toEqual(["POST /sessions/providers/attempts"]);
  });

  it("keeps the provider's code neither in the address nor in the history", { timeout: 120_000 }, async () => {
    const page = await open("/provider-sign-in#state=s1&code=secret-code&iss=https%3A%2F%2Fid.example");
    await vi.waitFor(() => expect(page.find("input[name=code]").exists()).toBe(true), 60_000);
    expect(asked).toContain("POST /sessions/providers/completions");
    await vi.waitFor(() => expect(location.href).not.toContain("secret-code"), 60_000);
    expect(history.state).toMatchObject({ current: "/provider-sign-in" });
    expect(JSON.stringify(history.state)).not.toContain("secret-code");
  });
});
