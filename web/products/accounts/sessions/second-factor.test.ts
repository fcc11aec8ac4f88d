// @vitest-environment happy-dom
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { flushPromises, mount } from "@vue/test-utils";
import { beforeEach, expect, it, vi } from "vitest";
import { applyLanguage, i18n } from "@/app/i18n";
import { loadSession } from "@/app/session/session";
import SecondFactor from "./SecondFactor.vue";

const CODES = ["zvhe-5rrt-7m2g", "u5jk-aeuq-gfpe"];
const server = { hasFactor: false };

/** A platform with one person, who sets up a second factor. */
async function platform(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const person = { person_id: "p1", email: "ada@example.org", roles: [], scopes: [], has_password: true, has_second_factor: server.hasFactor };
  if (path.endsWith("/sessions/current")) return Response.json({ session: { session_id: "s1", company_id: null }, person, needs_second_factor: !server.hasFactor, companies: [] });
  if (path.endsWith("/confirmation")) {
    server.hasFactor = true;
    return Response.json({ recovery_codes: CODES });
  }
  if (path.endsWith("/second-factor")) return Response.json({ secret: "JBSWY3DPEHPK3PXP", otpauth_uri: "otpauth://totp/drivetrain:ada?secret=JBSWY3DPEHPK3PXP" }, { status: 201 });
  return Response.json(person);
}

beforeEach(async () => {
  server.hasFactor = false;
  vi.stubGlobal("fetch", platform);
  await applyLanguage();
  await loadSession();
});

it("leads from the password over the QR code to recovery codes, which stay until they are kept", { timeout: 120_000 }, async () => {
  const page = mount(SecondFactor, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  await page.get("input[type=password]").setValue("kettle sofa ninety rivers");
  await page.get("form").trigger("submit");
  await vi.waitFor(() => expect(page.find("svg[role=img] path").exists()).toBe(true), 60_000);
  expect(page.text()).toContain("JBSWY3DPEHPK3PXP"); // for those who cannot scan
  await page.get("input[name=code]").setValue(" 123456 ");
  await page.get("form").trigger("submit");
  await vi.waitFor(() => expect(page.text()).toContain(CODES[0]), 60_000);
  await flushPromises(); // the renewed session has come, and the part that set it up has left
  expect(page.find("form input[name=code]").exists()).toBe(false);
  expect(page.get("pre").text()).toBe(CODES.join("\n"));
});
