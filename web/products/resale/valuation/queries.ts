import type { Scalar } from "@/shared/form/contract";

/** A request body as a form makes it. */
export type Body = Record<string, Scalar>;
