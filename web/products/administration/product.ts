import type { Product } from "@/app/product";

export const administration: Product = {
  name: "administration",
  title: "administration.title",
  pages: [
    { path: "/administration/people", title: "administration.people.title", component: () => import("./people/PeoplePage.vue"), needs: "users:admin" },
    { path: "/administration/companies", title: "administration.companies.title", component: () => import("./companies/CompaniesPage.vue"), needs: "companies:read" },
    {
      path: "/administration/companies/:id",
      title: "administration.companies.one",
      component: () => import("./companies/CompanyPage.vue"),
      needs: "companies:read",
      inNavigation: false,
    },
    { path: "/administration/keys", title: "administration.keys.title", component: () => import("./keys/KeysPage.vue") },
    { path: "/administration/audit", title: "administration.audit.title", component: () => import("./audit/AuditPage.vue"), needs: "audit:read" },
    { path: "/administration/tasks", title: "administration.tasks.title", component: () => import("./tasks/TasksPage.vue"), needs: "tasks:read" },
    {
      path: "/administration/tasks/:id",
      title: "administration.tasks.one",
      component: () => import("./tasks/TaskPage.vue"),
      needs: "tasks:read",
      inNavigation: false,
    },
    { path: "/administration/tables", title: "administration.tables.title", component: () => import("./tables/TablesPage.vue"), needs: "tables:write" },
    { path: "/administration/mails", title: "administration.mails.title", component: () => import("./mails/MailsPage.vue"), needs: "mails:read" },
    { path: "/administration/webhooks", title: "administration.webhooks.title", component: () => import("./webhooks/WebhooksPage.vue"), needs: "webhooks:manage" },
    { path: "/administration/health", title: "administration.health.title", component: () => import("./health/HealthPage.vue") },
    { path: "/administration/settings", title: "administration.settings.title", component: () => import("./settings/SettingsPage.vue"), needs: "settings:read" },
  ],
  tiles: [{ component: () => import("./tasks/TasksTile.vue"), needs: "tasks:read" }],
  changes: { tasks: ["tasks"], tables: ["tables"], companies: ["companies"] },
};
