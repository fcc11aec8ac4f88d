import { nextTick } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import { APP_BASE } from "./addresses";
import { i18n } from "./i18n";
import { routeOf } from "./product";
import { PRODUCTS } from "./products";
import { leadToSecondFactor } from "./session/second-factor";
import { session } from "./session/session";

export const router = createRouter({
  history: createWebHistory(APP_BASE),
  routes: [
    { path: "/", component: () => import("./pages/HomePage.vue"), meta: { title: "home.title" } },
    {
      path: "/sign-in",
      component: () => import("./session/SignInPage.vue"),
      meta: { title: "session.title", isPublic: true },
    },
    {
      path: "/provider-sign-in",
      component: () => import("./session/ProviderSignInPage.vue"),
      meta: { title: "session.title", isPublic: true },
    },
    ...PRODUCTS.flatMap((product) => product.pages.map(routeOf)),
    { path: "/:rest(.*)*", component: () => import("./pages/NotFoundPage.vue"), meta: { title: "notFound.title" } },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
});

router.beforeEach((to) => {
  if (!to.meta.isPublic && session.me === null) return { path: "/sign-in", query: { next: to.fullPath } };
  return leadToSecondFactor(to) ?? true;
});

router.afterEach(async (to, from) => {
  document.title = `${i18n.global.t(to.meta.title)} · drivetrain`;
  if (to.path === from.path || from.matched.length === 0) return;
  await nextTick();
  document.querySelector<HTMLElement>("main h1")?.focus(); // screen readers say where one is
});

/** After an upgrade an open tab asks for chunks that are gone: load the page again, once. */
router.onError((error: unknown, to) => {
  if (!/dynamically imported module|preload|module script/i.test(String(error))) return;
  const key = "drivetrain.reloaded";
  const last = Number(sessionStorage.getItem(key));
  if (Date.now() - last < 10_000) return; // it did not help
  sessionStorage.setItem(key, String(Date.now()));
  location.assign(router.resolve(to.fullPath).href);
});
