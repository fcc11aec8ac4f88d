import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type ConversationReport = Schemas["ConversationReportAnswer"];

const KEY = "conversations";
const pathOf = (id: string) => ({ path: { report_id: id } });

/** Reports that nobody has decided yet, oldest first. */
export function useOpenReports() {
  return usePages<ConversationReport>([KEY, "reports"], (page, signal) => answer(api.GET("/market/conversation-reports", { params: { query: { state: "open", ...page } }, signal })));
}

/** The latest messages of the conversation that a report is about. */
export function useReportedMessages(id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => [KEY, "reported", toValue(id)]),
    queryFn: async ({ signal }) => (await answer(api.GET("/market/conversation-reports/{report_id}/messages", { params: pathOf(toValue(id)), signal }))).items,
    enabled: computed(() => toValue(enabled)),
  });
}

export function useReportDecision() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, isUpheld, remark }: { id: string; isUpheld: boolean; remark: string }) =>
      answer(api.POST("/market/conversation-reports/{report_id}/decision", { params: pathOf(id), body: { decision: isUpheld ? "upheld" : "dismissed", remark: remark || null } })),
    onSettled: () => queries.invalidateQueries({ queryKey: [KEY] }),
  });
}
