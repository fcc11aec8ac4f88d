// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { expect, it } from "vitest";
import { i18n } from "@/app/i18n";
import PageState from "./PageState.vue";

it.each([
  ["what is asked for again is busy and dimmed", { stale: true }, "true", true],
  ["what is of a wrong entry is dimmed, but nothing is on its way", { outdated: true }, "false", true],
  ["what is up to date is neither", {}, "false", false],
])("%s", (_, state, busy, isDimmed) => {
  const content = mount(PageState, { props: { data: 1, ...state }, slots: { default: "118 EUR" }, global: { plugins: [i18n as never] } }).get("div");
  expect([content.text(), content.attributes("aria-busy"), content.classes("opacity-60")]).toEqual(["118 EUR", busy, isDimmed]);
});
