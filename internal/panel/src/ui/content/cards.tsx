import { ChevronDown, ExternalLink, MapPin, UserRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Content, Product } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { MessageText, safeHref } from "./text";

const chip = "inline-flex min-h-7 items-center gap-1.5 rounded-md border border-current/25 px-2.5 font-medium text-xs";

/** A point on the map, with a link that opens it. */
export function LocationCard({ location }: { location: NonNullable<Content["location"]> }) {
  const { t } = useTranslation();
  const point = `${location.latitude},${location.longitude}`;
  return (
    <div className="flex items-start gap-2">
      <MapPin aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        {location.name && <p className="font-medium">{location.name}</p>}
        {location.address && <p>{location.address}</p>}
        {!location.name && !location.address && <p className="tabular-nums">{point}</p>}
        <a
          href={`https://www.openstreetmap.org/?mlat=${location.latitude}&mlon=${location.longitude}#map=16/${location.latitude}/${location.longitude}`}
          target="_blank"
          rel="noopener noreferrer"
          className="underline underline-offset-2"
        >
          {t("content.map")}
        </a>
      </div>
    </div>
  );
}

export function ContactCard({ contact }: { contact: NonNullable<Content["contact"]> }) {
  const lines = [...(contact.phones ?? []), ...(contact.emails ?? [])];
  return (
    <div className="flex items-start gap-2">
      <UserRound aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="font-medium">{contact.name}</p>
        {lines.map((line) => (
          <div key={line} className="py-0.5">
            <MessageText text={line} />
          </div>
        ))}
      </div>
    </div>
  );
}

/** The choices a message offered, as the customer saw them; not to be pressed here. */
export function ButtonChips({ buttons }: { buttons: NonNullable<Content["buttons"]> }) {
  return (
    <ul className="mt-2 flex flex-wrap gap-1.5">
      {buttons.map((b) => {
        const href = safeHref(b.url);
        return (
          <li key={b.id}>
            {href ? (
              <a href={href} target="_blank" rel="noopener noreferrer" className={chip}>
                {b.label}
                <ExternalLink aria-hidden className="size-3" />
              </a>
            ) : (
              <span className={chip}>{b.label}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

export function ListMenu({ list }: { list: NonNullable<Content["list"]> }) {
  return (
    <details className="mt-2 rounded-md border border-current/25">
      <summary className="flex min-h-8 list-none items-center gap-2 px-2.5 font-medium text-xs">
        {list.open}
        <ChevronDown aria-hidden className="ml-auto size-3.5" />
      </summary>
      <div className="grid gap-2 border-current/15 border-t p-2.5">
        {list.sections.map((section, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: sections have no id and do not move
          <div key={i}>
            {section.title && <p className="font-semibold text-xs">{section.title}</p>}
            <ul>
              {section.rows.map((row) => (
                <li key={row.id} className="py-0.5">
                  {row.title}
                  {row.description && <span className="block text-xs opacity-80">{row.description}</span>}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </details>
  );
}

export function ProductCards({ products }: { products: Product[] }) {
  const format = useFormat();
  return (
    <ul className="mt-1 flex max-w-full gap-2 overflow-x-auto pb-1">
      {products.map((p) => {
        const href = safeHref(p.url);
        return (
          <li key={p.id} className="w-44 shrink-0 overflow-hidden rounded-md border border-current/15">
            {safeHref(p.image) && (
              <img
                src={safeHref(p.image)}
                alt=""
                loading="lazy"
                className="aspect-[4/3] w-full bg-sunken object-cover"
              />
            )}
            <div className="grid gap-0.5 p-2">
              {href ? (
                <a
                  href={href}
                  target="_blank"
                  rel="noopener noreferrer"
                  className="font-medium underline-offset-2 hover:underline"
                >
                  {p.title}
                </a>
              ) : (
                <p className="font-medium">{p.title}</p>
              )}
              {p.price !== undefined && (
                <p className="tabular-nums">{format.money(p.price, p.currency || undefined)}</p>
              )}
              {p.text && <p className="line-clamp-2 text-xs opacity-80">{p.text}</p>}
              {p.buttons && <ButtonChips buttons={p.buttons} />}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
