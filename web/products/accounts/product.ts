import type { Product } from "@/app/product";

export const accounts: Product = {
  name: "accounts",
  title: "accounts.title",
  pages: [
    { path: "/account/profile", title: "accounts.profile.title", component: () => import("./people/ProfilePage.vue") },
    { path: "/account/security", title: "accounts.security.title", component: () => import("./sessions/SecurityPage.vue") },
    { path: "/account/second-factor", title: "accounts.security.needed", component: () => import("./sessions/SecondFactorPage.vue"), inNavigation: false },
    { path: "/account/notifications", title: "accounts.notifications.title", component: () => import("./notifications/NotificationsPage.vue"), needs: "notifications:read" },
  ],
  changes: { notifications: ["notifications"] },
};
