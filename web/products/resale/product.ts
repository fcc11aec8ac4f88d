import type { Product } from "@/app/product";

export const resale: Product = {
  name: "resale",
  title: "resale.title",
  pages: [
    {
      path: "/resale/price",
      title: "resale.price.title",
      component: () => import("./price/PricePage.vue"),
      needs: "predict",
    },
    {
      path: "/resale/used",
      title: "resale.used.title",
      component: () => import("./used/UsedPage.vue"),
      needs: "predict",
    },
    {
      path: "/resale/segments",
      title: "resale.segments.title",
      component: () => import("./segments/SegmentsPage.vue"),
      needs: "models:read",
    },
  ],
};
