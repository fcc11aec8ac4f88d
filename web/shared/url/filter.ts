/** What a filter asks for: "any" and texts of nothing but spaces ask for nothing. */
export function filterOf<F>(values: { readonly [K in keyof F]: string }): F {
  const entries = Object.entries<string>(values).map(([name, value]) => [name, value.trim()] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== "" && value !== "any")) as F;
}
