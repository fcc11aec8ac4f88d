import type { Product } from "@/app/product";

export const administration: Product = {
  name: "administration",
  title: "administration.title",
  pages: [],
  tiles: [{ component: () => import("./tasks/TasksTile.vue"), needs: "tasks:read" }],
};
