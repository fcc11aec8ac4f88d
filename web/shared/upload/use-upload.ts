import { shallowRef } from "vue";
import { counted } from "@/api/web";
import type { Sent } from "./send-counted";

/** A file on its way to the API. */
export function useUpload() {
  const sent = shallowRef<Sent | null>(null);
  /** Sends a file, as the client does with these options and this body. */
  async function upload<T>(file: File, send: (options: ReturnType<typeof optionsOf>) => Promise<T>): Promise<T> {
    sent.value = { sent: 0, total: file.size };
    try {
      return await send(optionsOf(file, (now) => (sent.value = now)));
    } finally {
      sent.value = null;
    }
  }
  return { sent, upload };
}

function optionsOf(file: File, onSent: (sent: Sent) => void) {
  return { ...formWith(file, file.name), ...counted(onSent) };
}

/** Body of a request that is a form with a file. */
export function formWith(file: Blob, name: string) {
  const bodySerializer = () => {
    const form = new FormData();
    form.append("file", file);
    return form;
  };
  return { body: { file: name }, bodySerializer };
}
