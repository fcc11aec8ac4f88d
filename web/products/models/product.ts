import type { Product } from "@/app/product";

export const models: Product = {
  name: "models",
  title: "models.title",
  pages: [
    { path: "/models", title: "models.list.title", component: () => import("./ModelsPage.vue"), needs: "models:read" },
    { path: "/models/:name", title: "models.one.title", component: () => import("./ModelPage.vue"), needs: "models:read", inNavigation: false },
  ],
  tiles: [{ component: () => import("./ModelsTile.vue"), needs: "models:read" }],
  changes: { models: ["models", "home", "health"] },
};
