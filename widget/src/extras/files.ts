import type { FullSite } from "../extras";
import { Problem, problem } from "../api";
import { h, icon } from "../dom";
import type { Item, Upload } from "../item";
import { CROSS } from "../launcher";
import type { Content, Media } from "../wire";
import { fill } from "../words";
import { bytes } from "./rich";

export interface Files {
  /** Opens the browser's picker; then gets the one file chosen, otherwise they wait beside the text. */
  pick(then?: (file: File) => void): void;
  /** Takes files from a paste or a drop. */
  add(files: Iterable<File>): void;
  /** How many wait. */
  count(): number;
  /** Hands over what waits. */
  take(): File[];
  content(file: File, text?: string): Content;
  upload(file: File): Upload;
}

/** The type without parameters: recorders say "audio/ogg; codecs=opus". */
export const mimeOf = (file: File) => file.type.split(";")[0]?.trim() || "application/octet-stream";

/** Files that wait in chips until the visitor sends. changed is called when their number does. */
export function openFiles(
  { config, words, api }: FullSite,
  chips: HTMLElement,
  complain: (text: string) => void,
  changed: () => void,
): Files {
  const { file_bytes: most, file_types: types } = {
    file_bytes: 10_485_760,
    file_types: [] as string[],
    ...config.limits,
  };
  let waiting: File[] = [];

  function fits(file: File): boolean {
    const fault =
      (!file.size && words.emptyFile) ||
      (file.size > most && words.tooLarge) ||
      (!types.includes(mimeOf(file)) && words.wrongType);
    if (fault) complain(fill(fault, file.name, bytes(most, config.lang)));
    return !fault;
  }

  function show(next: File[]) {
    waiting = next;
    const remove = (file: File) => () => show(waiting.filter((f) => f !== file));
    chips.replaceChildren(
      ...waiting.map((file) =>
        h(
          "li",
          {},
          h("span", { dir: "auto" }, file.name),
          h("span", { class: "muted" }, bytes(file.size, config.lang)),
          h(
            "button",
            { class: "icon", "aria-label": fill(words.remove, file.name), onclick: remove(file) },
            icon(CROSS),
          ),
        ),
      ),
    );
    changed();
  }

  function add(files: Iterable<File>) {
    complain("");
    show([...waiting, ...[...files].filter(fits)]);
  }

  return {
    add,
    count: () => waiting.length,
    take() {
      const taken = waiting;
      show([]);
      return taken;
    },
    pick(then) {
      const input = h("input", { type: "file", accept: `${types}`, multiple: !then });
      input.onchange = () => {
        const [first] = input.files ?? [];
        if (!then) add(input.files ?? []);
        else if (first && fits(first)) then(first);
      };
      input.click();
    },
    content(file, text) {
      const mime = mimeOf(file);
      const type = /^(image|audio|video)(?=\/)/.exec(mime)?.[0] ?? "document";
      return { type, media: { name: file.name, mime, size: file.size }, text: text || undefined };
    },
    // fetch cannot report how much of a body has left; XMLHttpRequest can.
    upload: (file) => (token, progress, signal) =>
      new Promise<Media>((resolve, reject) => {
        const x = new XMLHttpRequest();
        x.open("POST", api.url("files"));
        x.setRequestHeader("Accept-Language", config.lang);
        x.setRequestHeader("Authorization", `Bearer ${token}`);
        x.setRequestHeader("Content-Type", mimeOf(file));
        x.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
        x.upload.onprogress = (e) => progress(e.loaded / e.total);
        x.onload = () =>
          x.status < 300
            ? resolve(JSON.parse(x.responseText))
            : reject(problem(x.status, x.responseText, x.getResponseHeader("Retry-After")));
        x.onerror = () => reject(new Problem(0));
        x.onabort = () => reject(new Problem(-1));
        signal.addEventListener("abort", () => x.abort());
        x.send(file);
      }),
  };
}

/** A bar and a way to stop, while a file is leaving. The same bar moves on: its button may be under a finger. */
export function progress({ words }: FullSite, item: Item, place: HTMLElement, cancel: () => void): boolean {
  const { progress: share, content } = item;
  if (share === undefined) return false;
  let bar = place.querySelector("progress");
  if (!bar) {
    bar = h("progress", { max: "1", "aria-label": fill(words.uploading, content.media?.name ?? "") });
    place.replaceChildren(bar, h("button", { class: "link", onclick: cancel }, words.cancel));
  }
  bar.value = share;
  return true;
}

/**
 * A small picture of a file that is still here. Painted, because a blob: address would
 * have to be allowed in the page's img-src. Rejects what is not a picture.
 */
export async function preview(file: File): Promise<HTMLElement> {
  const bitmap = await createImageBitmap(file);
  const canvas = h("canvas", { role: "img", "aria-label": file.name });
  const scale = Math.min(1, 520 / bitmap.width, 640 / bitmap.height);
  canvas.width = bitmap.width * scale;
  canvas.height = bitmap.height * scale;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
