import { toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type AuditLine = Schemas["AuditLineAnswer"];

export interface AuditFilter {
  actor?: string;
  action?: string;
  object?: string;
  result?: "done" | "refused";
  begin?: string;
  end?: string;
}

/** Lines of the audit trail, newest first; the cursor of this list is a number. */
export function useAudit(filter: MaybeRefOrGetter<AuditFilter>) {
  return usePages<AuditLine>(
    () => ["audit", toValue(filter)],
    async ({ limit, cursor }, signal) => {
      const query = { ...toValue(filter), limit, ...(cursor ? { cursor: Number(cursor) } : {}) };
      const { items, next } = await answer(api.GET("/audit", { params: { query }, signal }));
      return { items, next: next === null ? null : String(next) };
    },
  );
}
