import { useMutation, useQuery } from "@tanstack/vue-query";
import { answer, api } from "@/api/web";

export interface TableUpload {
  table: string;
  file: File;
  mapping: string[];
  source: string;
  licence: string;
  acceptRefused: boolean;
}

/** Names of the tables that models have learned from. */
export function useKnownTables() {
  return useQuery({
    queryKey: ["tables", "known"],
    queryFn: async ({ signal }) => [...new Set((await answer(api.GET("/health", { signal }))).data.map((each) => each.dataset))].sort(),
  });
}

function sent({ table, file, mapping }: TableUpload) {
  const bodySerializer = () => {
    const form = new FormData();
    form.append("file", file);
    return form;
  };
  return { path: { name: table }, mapping: mapping.length ? { mapping } : {}, rest: { body: { file: file.name }, bodySerializer } };
}

/** Uploads a file; the answers are the tasks that read it. */
export function useTableUploads() {
  const preview = useMutation({
    mutationFn: (upload: TableUpload) => {
      const { path, mapping, rest } = sent(upload);
      return answer(api.POST("/tables/{name}/previews", { params: { path, query: mapping }, ...rest }));
    },
  });
  const add = useMutation({
    mutationFn: (upload: TableUpload) => {
      const { path, mapping, rest } = sent(upload);
      const query = { ...mapping, source: upload.source || null, licence: upload.licence || null, accept_refused: upload.acceptRefused };
      return answer(api.POST("/tables/{name}", { params: { path, query }, ...rest }));
    },
  });
  return { preview, add };
}
