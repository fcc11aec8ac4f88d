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

/** A value in the product's answers, for pages that show answers of every product. */
export interface AnswerField {
  /** Its name in the answer, or in the rows of a list there; with dots below objects. */
  field: string;
  /** Key of its name in the languages. */
  title: string;
  /**
   * How it is written: in the currency that the answer names, as a percentage, as a year, by a message that has its
   * number as `{n}` (to so many digits after the point), or by words that stand below a key. By itself unless given;
   * the value that a range is about is money.
   */
  as?: "money" | "share" | "year" | { message: string; digits?: number } | { words: string };
}

export interface Product {
  name: string;
  /** Key of its name in the languages. */
  title: string;
  pages: readonly Page[];
  tiles?: readonly Tile[];
  /** What its answers hold; the first of them that an answer has sums it up. */
  answers?: readonly AnswerField[];
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
