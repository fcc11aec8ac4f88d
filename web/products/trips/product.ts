import type { Product } from "@/app/product";

export const trips: Product = {
  name: "trips",
  title: "trips.title",
  pages: [],
  tiles: [{ component: () => import("./slots/SlotsTile.vue"), needs: "metrics:read" }],
};
