import type { Product } from "@/app/product";

export const dispatch: Product = {
  name: "dispatch",
  title: "dispatch.title",
  pages: [
    { path: "/dispatch/board", title: "dispatch.board.title", component: () => import("./board/BoardPage.vue"), needs: "dispatch:read" },
    { path: "/dispatch/requests", title: "dispatch.requests.title", component: () => import("./requests/RequestsPage.vue"), needs: "dispatch:read" },
    { path: "/dispatch/requests/:id", title: "dispatch.requests.one", component: () => import("./requests/RequestPage.vue"), needs: "dispatch:read", inNavigation: false },
    { path: "/dispatch/league", title: "dispatch.league.title", component: () => import("./league/LeaguePage.vue"), needs: "dispatch:read" },
  ],
  answers: [
    { field: "candidates", title: "dispatch.candidates", as: { message: "dispatch.candidateCount" } },
    { field: "drivers", title: "dispatch.drivers" },
    { field: "driver_id", title: "dispatch.driver" },
    { field: "score", title: "dispatch.score" },
    { field: "distance_m", title: "dispatch.distance", as: { message: "dispatch.meters" } },
    { field: "eta_min", title: "dispatch.eta", as: { message: "trips.minutes", digits: 1 } },
  ],
};
