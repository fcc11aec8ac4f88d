/**
 * Where the app and the API lie. The entry is `<app>/assets/<name>.js`, so the app finds itself behind any path prefix;
 * the API is one folder above it.
 */
const entry = import.meta.env.DEV ? new URL("/app/", location.href) : new URL("..", import.meta.url);

/** Path of the app, with a slash at its end. */
export const APP_BASE = entry.pathname;
/** Address of the API, with a slash at its end. */
export const API_ROOT = new URL("..", entry).href;
