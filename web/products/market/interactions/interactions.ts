// What the person does with listings, told to the API.
import { answer, api } from "@/api/web";
import { newId, Outbox, type Interaction } from "./outbox";

export { newId };
export type { Place } from "./outbox";

export const send = (interactions: Interaction[]) => answer(api.POST("/market/interactions", { body: { visitor: null, interactions }, keepalive: true }));

/** For what nobody waits for. */
export const outbox = new Outbox(send);
addEventListener("pagehide", () => outbox.flush());
