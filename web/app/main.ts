import "./base.css";
import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { createApp } from "vue";
import { isTransient, problemOf } from "@/shared/problem/problem";
import App from "./App.vue";
import { applyLanguage, i18n } from "./i18n";
import { applyTheme } from "./preferences";
import { router } from "./router";
import { keepQueriesLive } from "./session/live-queries";
import { loadSession } from "./session/session";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && isTransient(error),
      refetchIntervalInBackground: false, // only while somebody looks
    },
  },
});

/** Links of the first document are relative to its address, which changes with every page. */
function settleLinks(): void {
  for (const link of document.querySelectorAll<HTMLLinkElement>("link[href]")) link.setAttribute("href", link.href);
}

/** Starts the app; where the session could not be asked for there is nothing to show but why. */
async function start(): Promise<void> {
  settleLinks();
  applyTheme();
  const [, failure] = await Promise.all([
    applyLanguage(),
    loadSession().then(
      () => null,
      (error: unknown) => problemOf(error),
    ),
  ]);
  const app = createApp(App, { failure });
  app.use(i18n).use(router).use(VueQueryPlugin, { queryClient: queries });
  app.mount("#app");
  keepQueriesLive(queries);
}

void start();
