import { useMutation, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";
import { toValue, type MaybeRefOrGetter } from "vue";

export type Report = Schemas["ListingReportAnswer"];
export type Reason = Report["reason"];
export type Decision = Schemas["ReportDecisionBody"]["decision"];

export const REASONS = ["fraud", "not_as_described", "already_sold", "offensive", "other"] as const satisfies readonly Reason[];
export const REPORT_STATES = ["open", "upheld", "dismissed"] as const satisfies readonly Report["state"][];
export const LONGEST_REMARK = 1_000;

export interface ReportFilter {
  state?: Report["state"];
}

/** What people say is wrong with listings, oldest first. */
export function useReports(filter: MaybeRefOrGetter<ReportFilter>) {
  return usePages<Report>(
    () => ["market", "reports", toValue(filter)],
    (page, signal) => answer(api.GET("/market/reports", { params: { query: { ...toValue(filter), ...page } }, signal })),
  );
}

/** Saying that something is wrong, and deciding it. */
export function useReportSteps() {
  const queries = useQueryClient();
  const report = useMutation({
    mutationFn: ({ id, reason, remark }: { id: string; reason: Reason; remark: string }) =>
      answer(api.POST("/market/listings/{listing_id}/reports", { params: { path: { listing_id: id } }, body: { reason, remark: remark.trim() || null } })),
  });
  const decide = useMutation({
    mutationFn: ({ id, decision, remark }: { id: string; decision: Decision; remark: string }) =>
      answer(api.POST("/market/reports/{report_id}/decision", { params: { path: { report_id: id } }, body: { decision, remark: remark.trim() || null } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["market"] }),
  });
  return { report, decide };
}
