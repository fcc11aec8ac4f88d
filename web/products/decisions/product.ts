import type { Product } from "@/app/product";

export const decisions: Product = {
  name: "decisions",
  title: "decisions.title",
  pages: [
    { path: "/decisions", title: "decisions.search.title", component: () => import("./DecisionsPage.vue"), needs: "decisions:read" },
    { path: "/decisions/:id", title: "decisions.one.title", component: () => import("./DecisionPage.vue"), needs: "decisions:read", inNavigation: false },
  ],
  tiles: [{ component: () => import("./DecisionsTile.vue"), needs: "decisions:read" }],
};
