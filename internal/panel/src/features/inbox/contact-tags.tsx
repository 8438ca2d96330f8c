import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client, ok } from "@/lib/api/client";
import { useAllowed } from "@/lib/api/queries";
import type { Contact, Conversation } from "@/lib/api/types";
import { keys } from "@/lib/realtime/live";
import { Button } from "@/ui/button";
import { Input } from "@/ui/field";
import { sayProblem } from "@/ui/toast";

const MAX = 60; // characters, the server's limit

/** What is known of the customer in a word each. A tag that is added may start a flow. */
export function ContactTags({ contact, conversation }: { contact: Contact; conversation: string }) {
  const { t } = useTranslation(["inbox", "common"]);
  const may = useAllowed("contacts", "write");
  const change = useTags(contact, conversation);
  const [adding, setAdding] = useState(false);
  const [text, setText] = useState("");
  const opener = useRef<HTMLButtonElement>(null);

  const close = () => {
    setAdding(false);
    setText("");
    opener.current?.focus();
  };
  const add = () => {
    const tag = text.trim();
    if (tag && !contact.tags.includes(tag)) change([...contact.tags, tag]);
    setText("");
  };
  return (
    <section className="border-t px-4 py-3">
      <div className="mb-1 flex min-h-8 items-center justify-between">
        <h3 className="font-medium text-muted text-xs">{t("contact.tags")}</h3>
        {may && (
          <Button
            ref={opener}
            variant="ghost"
            size="icon-sm"
            aria-label={t("contact.addTag")}
            aria-expanded={adding}
            onClick={() => (adding ? close() : setAdding(true))}
          >
            <Plus />
          </Button>
        )}
      </div>
      {contact.tags.length === 0 && !adding && <p className="text-muted">{t("contact.noTags")}</p>}
      <ul className="flex flex-wrap gap-1.5">
        {contact.tags.map((tag) => (
          <li
            key={tag}
            className="inline-flex min-h-6 max-w-full items-center rounded-full border pl-2 text-xs [overflow-wrap:anywhere] not-has-[button]:pr-2"
          >
            {tag}
            {may && (
              <button
                type="button"
                aria-label={t("contact.removeTag", { name: tag })}
                onClick={() => {
                  change(contact.tags.filter((one) => one !== tag));
                  opener.current?.focus(); // this button goes
                }}
                className="grid size-6 shrink-0 place-items-center rounded-full text-muted hover:text-text max-md:size-9"
              >
                <X className="size-3.5" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {adding && (
        <form
          className="mt-2 flex gap-2"
          onSubmit={(e) => {
            e.preventDefault();
            add();
          }}
        >
          <Input
            autoFocus
            aria-label={t("contact.newTag")}
            placeholder={t("contact.newTag")}
            maxLength={MAX}
            value={text}
            onChange={(e) => setText(e.target.value)}
            onKeyDown={(e) => e.key === "Escape" && close()}
            className="h-8"
          />
          <Button size="sm" type="submit" disabled={text.trim() === ""}>
            {t("common:add")}
          </Button>
        </form>
      )}
    </section>
  );
}

/** Shows the new tags at once and sends them, one change after the other, each with all of them. */
function useTags(contact: Contact, conversation: string) {
  const qc = useQueryClient();
  const key = keys.conversation(conversation);
  const put = (tags: string[]) =>
    qc.setQueryData<Conversation>(key, (c) => c && { ...c, contact: { ...c.contact, tags } });
  const { mutate } = useMutation({
    mutationKey: ["tags", contact.id],
    scope: { id: `tags ${contact.id}` },
    mutationFn: (tags: string[]) =>
      ok(client.PATCH("/api/v1/contacts/{id}", { params: { path: { id: contact.id } }, body: { tags } })),
    onMutate: put,
    onError: sayProblem,
    onSettled: () => {
      // What the server made of it, once nothing newer is on its way.
      if (qc.isMutating({ mutationKey: ["tags", contact.id] }) === 1) return qc.invalidateQueries({ queryKey: key });
    },
  });
  return (tags: string[]) => mutate(tags);
}
