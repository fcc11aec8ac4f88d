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
  answers: [
    { field: "value", title: "resale.used.answer" },
    { field: "price", title: "resale.price.answer" },
    { field: "name", title: "resale.segments.answer" },
    { field: "as_of_year", title: "resale.used.asOf", as: "year" },
    { field: "rating", title: "resale.used.deal.title", as: { words: "deal.ratings" } },
    { field: "asking_price", title: "resale.used.fields.asking_price", as: "money" },
    { field: "difference", title: "resale.used.deal.difference", as: "money" },
    { field: "confidence", title: "resale.segments.confidence", as: "share" },
    { field: "second.name", title: "resale.segments.second" },
    { field: "second.confidence", title: "resale.segments.secondConfidence", as: "share" },
  ],
};
