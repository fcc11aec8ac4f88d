import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { useI18n } from "vue-i18n";
import { useFormat } from "@/shared/format/use-format";
import type { Conversation } from "./queries";

/** What a conversation is called: the car that it is about, or the support. */
export function useTitle(conversation: MaybeRefOrGetter<Pick<Conversation, "car"> | undefined>) {
  const { t } = useI18n();
  const format = useFormat();
  return computed(() => {
    const car = toValue(conversation)?.car;
    if (car === undefined) return t("market.conversations.one");
    return car === null ? t("market.conversations.support") : `${car.make} ${car.model} ${format.year(car.year)}`;
  });
}
