import { CircleAlert, FileText, LoaderCircle, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/api/problem";
import type { StoredFile } from "@/lib/api/types";
import { useFormat } from "@/lib/format";
import { upload } from "@/lib/upload";
import type { Draft } from "./draft";

type Upload = { id: number; name: string; size: number; share: number; error?: string };

/** Files on their way up. A finished one moves to the draft by itself. */
export function useUploads(onDone: (file: StoredFile) => void) {
  const [list, setList] = useState<Upload[]>([]);
  const next = useRef(1);
  const cancels = useRef(new Map<number, () => void>());
  const remove = (id: number) => {
    cancels.current.get(id)?.();
    cancels.current.delete(id);
    setList((all) => all.filter((u) => u.id !== id));
  };
  const patch = (id: number, part: Partial<Upload>) =>
    setList((all) => all.map((u) => (u.id === id ? { ...u, ...part } : u)));
  const add = (files: File[]) => {
    for (const file of files) {
      const id = next.current++;
      setList((all) => [...all, { id, name: file.name, size: file.size, share: 0 }]);
      const { done, cancel } = upload(file, (share) => patch(id, { share }));
      cancels.current.set(id, cancel);
      done.then(
        (stored) => {
          remove(id);
          onDone(stored);
        },
        (error) => patch(id, { error: Problem.from(error).message }),
      );
    }
  };
  return { list, add, remove };
}

export function Attachments({ draft, uploads }: { draft: Draft; uploads: ReturnType<typeof useUploads> }) {
  const { t } = useTranslation(["inbox", "common"]);
  const format = useFormat();
  if (draft.files.length === 0 && uploads.list.length === 0) return null;
  return (
    <ul aria-label={t("attachments")} className="flex flex-wrap gap-2 border-b p-2">
      {draft.files.map((file) => (
        <Item
          key={file.file}
          name={file.name ?? t("common:content.type.document")}
          note={format.size(file.size ?? 0)}
          picture={file.mime?.startsWith("image/") ? file.url : undefined}
          onRemove={() => draft.set({ files: draft.files.filter((f) => f.file !== file.file) })}
        />
      ))}
      {uploads.list.map((u) => (
        <Item
          key={u.id}
          name={u.name}
          note={u.error ?? format.percent(u.share)}
          failed={!!u.error}
          share={u.error ? undefined : u.share}
          onRemove={() => uploads.remove(u.id)}
        />
      ))}
    </ul>
  );
}

type ItemProps = {
  name: string;
  note: string;
  picture?: string;
  failed?: boolean;
  share?: number;
  onRemove: () => void;
};

function Item({ name, note, picture, failed, share, onRemove }: ItemProps) {
  const { t } = useTranslation(["inbox", "common"]);
  return (
    <li className="relative flex w-56 items-center gap-2 overflow-hidden rounded-md border bg-surface p-1.5">
      <span
        aria-hidden
        className="grid size-9 shrink-0 place-items-center overflow-hidden rounded-md bg-sunken text-muted [&_svg]:size-4"
      >
        {picture ? (
          <img src={picture} alt="" className="size-full object-cover" />
        ) : failed ? (
          <CircleAlert className="text-danger" />
        ) : share === undefined ? (
          <FileText />
        ) : (
          <LoaderCircle className="animate-spin" />
        )}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-xs">{name}</span>
        <span
          role={failed ? "alert" : undefined}
          className={`line-clamp-2 text-xs leading-4 ${failed ? "text-danger" : "text-muted"}`}
        >
          {note}
        </span>
      </span>
      <button
        type="button"
        aria-label={t("removeFile", { name })}
        onClick={onRemove}
        className="grid size-7 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text [&_svg]:size-4"
      >
        <X />
      </button>
      {share !== undefined && (
        <span
          className="absolute bottom-0 left-0 h-0.5 bg-accent transition-[width]"
          style={{ width: `${share * 100}%` }}
        />
      )}
    </li>
  );
}
