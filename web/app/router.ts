import { nextTick } from "vue";
import { createRouter, createWebHistory, type RouteLocationNormalized } from "vue-router";
import { APP_BASE } from "./addresses";
import { i18n } from "./i18n";
import { routeOf } from "./product";
import { PRODUCTS } from "./products";
import { loadAgain } from "./reload";
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

const addressOf = (route: { fullPath: string }) => new URL(router.resolve(route.fullPath).href, location.href).href;

/** A page cannot be loaded. */
router.onError((error: unknown, to) => {
  if (/dynamically imported module|preload|module script/i.test(String(error))) loadAgain(addressOf(to));
});

/** A part of a page cannot be loaded: a chart, a tile, a language. Where a page is on its way, it is that page. */
let target: RouteLocationNormalized | null = null;
router.beforeEach((to) => void (target = to));
router.afterEach(() => (target = null));
addEventListener("vite:preloadError", () => loadAgain(addressOf(target ?? router.currentRoute.value)));
