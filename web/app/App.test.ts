// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { shallowMount } from "@vue/test-utils";
import { expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";
import App from "./App.vue";
import { leave, loadSession } from "./session/session";

const ADA = { person_id: "p1", email: "ada@example.org", name: "Ada", roles: [], scopes: [] };

it("leaves nothing on the screen of who has signed out, in this tab or another one", async () => {
  vi.stubGlobal("fetch", async (request: Request) =>
    Response.json(request.url.endsWith("/current") ? { session: { session_id: "s1", company_id: null }, person: ADA, companies: [] } : ADA),
  );
  await loadSession();
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/:rest(.*)*", component: { template: "<p />" }, meta: { title: "" } }] });
  const queries = new QueryClient();
  queries.setQueryData(["models"], "secret");
  await router.push("/models");
  shallowMount(App, { props: { failure: null }, global: { plugins: [router, [VueQueryPlugin, { queryClient: queries }]] } });
  leave();
  await vi.waitFor(() => expect(router.currentRoute.value.path).toBe("/sign-in"), 60_000);
  expect(queries.getQueryData(["models"])).toBeUndefined();
});
