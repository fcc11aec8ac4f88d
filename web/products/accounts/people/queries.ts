import { useMutation } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";
import { loadSession } from "@/app/session/session";
import { download } from "@/shared/table/export";

export function useProfileChange() {
  return useMutation({ mutationFn: (body: Schemas["ProfileBody"]) => answer(api.PATCH("/people/me", { body })), onSuccess: loadSession });
}

/** Lets the browser keep all that is stored about the person. */
export function useExport() {
  return useMutation({
    mutationFn: async () => {
      const everything = await answer(api.GET("/people/me/export"));
      download("drivetrain-account.json", JSON.stringify(everything, null, 2), "application/json");
    },
  });
}

export async function eraseAccount(password: string): Promise<void> {
  await api.POST("/people/me/erasure", { body: { password: password || null } });
}
