import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BadgeCheck, Mail, MessageSquareText, Pencil, Phone, Plus, UsersRound } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { teamsQuery, useAllowed } from "@/lib/api/queries";
import type { Conversation } from "@/lib/api/types";
import { useContactName } from "@/lib/contact";
import { useFormat } from "@/lib/format";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { MessageText } from "@/ui/content/text";
import { LabelChip } from "@/ui/label";
import type { Actions } from "./actions";
import { ContactTags } from "./contact-tags";
import { knownAs } from "./known-as";
import { LabelPicker } from "./label-picker";

// Forms bring their library; most people only look.
const ContactForm = lazy(() => import("./contact-form"));

/** Who the customer is: details, where they write from, what is known of them. */
export default function ContactPane({ conversation: c, actions }: { conversation: Conversation; actions: Actions }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  const nameOf = useContactName();
  const [editing, setEditing] = useState(false);
  const mayEdit = useAllowed("contacts", "write");
  const { contact } = c;
  const { data: teams } = useQuery({ ...teamsQuery, enabled: useAllowed("team") && !!c.team_id });
  const team = teams?.find((one) => one.id === c.team_id);
  const attributes = Object.entries(contact.attributes).filter(([, v]) => v !== null && v !== "");
  return (
    <div className="grid content-start">
      <div className="grid justify-items-center gap-1 p-4 text-center">
        <Avatar name={contact.name} initials={contact.initials} className="size-14 text-base" />
        <p className="mt-1 font-semibold text-base [overflow-wrap:anywhere]">{nameOf(contact)}</p>
        <p className="text-muted text-xs">{t("contact.since", { date: format.date(contact.created_at) })}</p>
        {mayEdit && (
          <Button size="sm" className="mt-2" onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
            {t("common:edit")}
          </Button>
        )}
      </div>
      <Part title={t("contact.details")}>
        <Line icon={<Phone />} label={t("contact.phone")} value={contact.phone} />
        <Line icon={<Mail />} label={t("contact.email")} value={contact.email} />
        {knownAs(contact.identities, contact.phone).map((i) => (
          <div key={i.channel} className="flex items-start gap-2.5 py-1">
            <MessageSquareText aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
            <div className="min-w-0">
              <p className={i.value === undefined ? "" : "text-muted text-xs"}>{i.name}</p>
              {i.value !== undefined && (
                <p className="[overflow-wrap:anywhere]">
                  {i.value ?? t("common:anonymous", { id: contact.id.slice(-4).toUpperCase() })}
                </p>
              )}
              {i.verified && (
                <p className="inline-flex items-center gap-1 text-ok text-xs">
                  <BadgeCheck aria-hidden className="size-3.5" />
                  {t("contact.verified")}
                </p>
              )}
            </div>
          </div>
        ))}
      </Part>
      {c.page?.url && (
        <Part title={t("contact.page")}>
          {c.page.title && <p className="truncate">{c.page.title}</p>}
          <MessageText text={c.page.url} />
        </Part>
      )}
      {team && (
        <Part title={t("contact.team")}>
          <Line icon={<UsersRound />} label={t("contact.team")} value={team.name} />
        </Part>
      )}
      <Part title={t("contact.labels")} action={<LabelPicker conversation={c} actions={actions} />}>
        {c.labels.length === 0 && <p className="text-muted">{t("contact.noLabels")}</p>}
        <div className="flex flex-wrap gap-1.5">
          {c.labels.map((l) => (
            <LabelChip key={l.id} label={l} />
          ))}
        </div>
      </Part>
      <ContactTags contact={contact} conversation={c.id} />
      <Part
        title={t("contact.attributes")}
        action={
          mayEdit && (
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={t("contact.addAttribute")}
              onClick={() => setEditing(true)}
            >
              <Plus />
            </Button>
          )
        }
      >
        {attributes.length === 0 && <p className="text-muted">{t("contact.noAttributes")}</p>}
        <dl className="grid grid-cols-[minmax(0,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5">
          {attributes.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="truncate text-muted">{name}</dt>
              <dd className="[overflow-wrap:anywhere]">
                {typeof value === "object" ? JSON.stringify(value) : String(value)}
              </dd>
            </div>
          ))}
        </dl>
      </Part>
      {contact.notes && (
        <Part title={t("contact.notes")}>
          <MessageText text={contact.notes} />
        </Part>
      )}
      <Part title={t("contact.history")}>
        <p>{t("contact.conversations", { count: contact.conversations })}</p>
        {contact.conversations > 1 && (
          <Link
            to="/inbox/{-$conversation}"
            params={{ conversation: c.id }}
            search={{ q: contact.phone || contact.email || contact.name }}
            className="font-medium text-accent hover:underline"
          >
            {t("contact.seeAll")}
          </Link>
        )}
      </Part>
      {editing && (
        <Suspense>
          <ContactForm contact={contact} conversation={c.id} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Part({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-t px-4 py-3">
      <div className="mb-1 flex min-h-8 items-center justify-between">
        <h3 className="font-medium text-muted text-xs">{title}</h3>
        {action}
      </div>
      {children}
    </section>
  );
}

function Line({ icon, label, value }: { icon: ReactNode; label: string; value: string | undefined }) {
  if (!value) return null;
  return (
    <div className="flex items-start gap-2.5 py-1">
      <span aria-hidden className="mt-0.5 text-muted [&_svg]:size-4">
        {icon}
      </span>
      <span className="sr-only">{label}</span>
      <MessageText text={value} />
    </div>
  );
}
