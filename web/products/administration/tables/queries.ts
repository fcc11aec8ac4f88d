import { useMutation, useQuery } from "@tanstack/vue-query";
import { answer, api } from "@/api/web";
import { useUpload } from "@/shared/upload/use-upload";

export interface TableUpload {
  table: string;
  file: File;
  mapping: string[];
  source: string;
  licence: string;
  acceptRefused: boolean;
  isSynthetic: boolean;
}

/** Names of the tables that models have learned from. */
export function useKnownTables() {
  return useQuery({
    queryKey: ["tables", "known"],
    queryFn: async ({ signal }) => [...new Set((await answer(api.GET("/health", { signal }))).data.map((each) => each.dataset))].sort(),
  });
}

/** Uploads a file; the answers are the tasks that read it. `sent`: how much of it has left. */
export function useTableUploads() {
  const { sent, upload } = useUpload();
  const mappingOf = ({ mapping }: TableUpload) => (mapping.length ? { mapping } : {});
  const preview = useMutation({
    mutationFn: (wanted: TableUpload) =>
      upload(wanted.file, (options) => answer(api.POST("/tables/{name}/previews", { params: { path: { name: wanted.table }, query: mappingOf(wanted) }, ...options }))),
  });
  const add = useMutation({
    mutationFn: (wanted: TableUpload) => {
      const { table, source, licence, acceptRefused, isSynthetic } = wanted;
      const query = { ...mappingOf(wanted), source: source || null, licence: licence || null, accept_refused: acceptRefused, synthetic: isSynthetic };
      return upload(wanted.file, (options) => answer(api.POST("/tables/{name}", { params: { path: { name: table }, query }, ...options })));
    },
  });
  return { preview, add, sent };
}
