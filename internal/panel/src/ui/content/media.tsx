import { Download, FileText, ImageOff } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Media } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { safeHref } from "./text";

const Lightbox = lazy(() => import("./lightbox"));

// Links to files are signed and expire; onStale asks for the message again.
type Props = { media: Media; alt: string; onStale?: () => void };

const MAX_WIDTH = 280;
const MAX_HEIGHT = 320;

/** The box an image will fill, known before it loads so that nothing jumps. */
function box({ width, height }: Media) {
  if (!width || !height) return { width: MAX_WIDTH, height: 200 };
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: Math.max(80, Math.round(width * scale)), height: Math.max(60, Math.round(height * scale)) };
}

export function ImageMedia({ media, alt, onStale }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const src = safeHref(media.url);
  if (!src || broken)
    return (
      <div className="flex items-center gap-2 py-1 text-muted">
        <ImageOff aria-hidden className="size-4" />
        {t("content.gone")}
      </div>
    );
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        aria-label={t("content.enlarge", { name: alt })}
        className="block max-w-full overflow-hidden rounded-md bg-sunken"
        style={box(media)}
      >
        <img
          src={src}
          alt={alt}
          loading="lazy"
          decoding="async"
          className="size-full object-cover"
          onError={() => {
            setBroken(true);
            onStale?.();
          }}
        />
      </button>
      {open && (
        <Suspense>
          <Lightbox src={src} alt={alt} name={media.name} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

export function AudioMedia({ media, alt, onStale }: Props) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: what people record in a chat has no captions
    <audio
      controls
      preload="metadata"
      src={safeHref(media.url)}
      aria-label={alt}
      onError={onStale}
      className="h-10 w-64 max-w-full"
    />
  );
}

export function VideoMedia({ media, alt, onStale }: Props) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: what people record in a chat has no captions
    <video
      controls
      preload="metadata"
      src={safeHref(media.url)}
      aria-label={alt}
      onError={onStale}
      className="max-h-80 w-72 max-w-full rounded-md bg-black"
    />
  );
}

export function DocumentMedia({ media, alt }: Props) {
  const format = useFormat();
  const kind = media.name?.split(".").at(-1)?.toUpperCase().slice(0, 5);
  return (
    <a
      href={safeHref(media.url)}
      download={media.name}
      target="_blank"
      rel="noopener noreferrer"
      className="flex w-64 max-w-full items-center gap-3 rounded-md border border-current/15 p-2 hover:bg-current/5"
    >
      <span aria-hidden className="grid size-9 shrink-0 place-items-center rounded-md bg-current/10">
        <FileText className="size-[18px]" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{media.name ?? alt}</span>
        <span className="block text-xs opacity-80">
          {[kind, media.size ? format.size(media.size) : ""].filter(Boolean).join(" · ")}
        </span>
      </span>
      <Download aria-hidden className="size-4 shrink-0" />
    </a>
  );
}
