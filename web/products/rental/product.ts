import type { Product } from "@/app/product";

export const rental: Product = {
  name: "rental",
  title: "rental.title",
  pages: [
    {
      path: "/rental/price",
      title: "rental.price.title",
      component: () => import("./price/PricePage.vue"),
      needs: "predict",
    },
    {
      path: "/rental/prices",
      title: "rental.price.file.title",
      component: () => import("./price/FilePage.vue"),
      needs: "predict:batch",
    },
    {
      path: "/rental/buffer",
      title: "rental.buffer.title",
      component: () => import("./buffer/BufferPage.vue"),
      needs: "predict",
    },
  ],
  answers: [{ field: "price_per_day", title: "rental.price.pricePerDay" }],
  changes: { policies: ["rental-buffer-policy", "rental-buffer-policy-history"], analyses: ["rental-buffer-analysis"] },
};
