// A typed client of the HTTP API: paths, bodies and answers are those of openapi.json.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** A client that presents an API key with every request. */
export function apiClient(baseUrl: string, apiKey: string) {
  return createClient<paths>({ baseUrl, headers: { "X-API-Key": apiKey } });
}
