// What a product contributes to the app.
import type { Component } from "vue";
import type { RouteRecordRaw } from "vue-router";

/** A page of the navigation, or below one. */
export interface Page {
  /** Below the app, for example `/rental/price`; parameters as in vue-router. */
  path: string;
  /** Key of its title in the languages. */
  title: string;
  component: () => Promise<Component>;
  /** The scope without which the API refuses what the page shows. */
  needs?: string;
  /** False for a page that is reached from another one. */
  inNavigation?: boolean;
}

/** A tile of the first page. */
export interface Tile {
  component: () => Promise<{ default: Component }>;
  needs?: string;
}

export interface Product {
  name: string;
  /** Key of its name in the languages. */
  title: string;
  pages: readonly Page[];
  tiles?: readonly Tile[];
  /** Beginnings of the keys of queries that are asked for again when a topic of `GET /events` has changed. */
  changes?: Readonly<Record<string, readonly string[]>>;
}

declare module "vue-router" {
  interface RouteMeta {
    title: string;
    needs?: string;
    isPublic?: boolean;
  }
}

/** The route of a page. */
export function routeOf({ path, title, component, needs }: Page): RouteRecordRaw {
  return { path, component, meta: needs === undefined ? { title } : { title, needs } };
}
