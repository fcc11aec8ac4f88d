import type { Product } from "@/app/product";

export const trips: Product = {
  name: "trips",
  title: "trips.title",
  pages: [
    { path: "/trips/duration", title: "trips.duration.title", component: () => import("./duration/DurationPage.vue"), needs: "predict" },
    { path: "/trips/slots", title: "trips.slots.title", component: () => import("./slots/SlotsPage.vue"), needs: "metrics:read" },
    { path: "/trips/quality", title: "trips.quality.title", component: () => import("./quality/QualityPage.vue"), needs: "metrics:read" },
  ],
  answers: [{ field: "duration_min", title: "trips.duration.answer", as: { message: "trips.minutes", digits: 1 } }],
  tiles: [{ component: () => import("./slots/SlotsTile.vue"), needs: "metrics:read" }],
  changes: { slots: ["trips-status", "home"] },
};
