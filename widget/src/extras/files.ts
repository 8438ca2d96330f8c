import { Problem, problem } from "../api";
import { h, icon } from "../dom";
import type { FullSite } from "../extras";
import type { Item, Upload } from "../item";
import { CROSS } from "../launcher";
import type { Tools } from "../view/content";
import type { Content, Media } from "../wire";
import { fill } from "../words";
import { bytes } from "./rich";

export interface Files {
  /** Opens the browser's picker; what is chosen waits beside the text. */
  pick(): void;
  /** Takes files from a paste or a drop. */
  add(files: Iterable<File>): void;
  /** How many wait. */
  count(): number;
  /** Sends what waits, one message each; the text goes with the first. */
  send(text: string): void;
  /** Lets the visitor choose a message's file again. */
  again(item: Item): void;
}

/** The type without parameters: recorders say "audio/ogg; codecs=opus". */
const mimeOf = (file: File) => file.type.split(";")[0]?.trim() || "application/octet-stream";

/** Files that wait in chips until the visitor sends. changed is called when their number does. */
export function openFiles(
  { config, words, api }: FullSite,
  tools: Tools,
  pictures: Map<string, Node>,
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

  function keep(next: File[]) {
    waiting = next;
    const remove = (file: File) => () => keep(waiting.filter((f) => f !== file));
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
    keep([...waiting, ...[...files].filter(fits)]);
  }

  function choose(multiple: boolean, then: (files: File[]) => void) {
    const input = h("input", { type: "file", accept: `${types}`, multiple });
    input.onchange = () => then([...(input.files ?? [])]);
    input.click();
  }

  /** Shows a small picture of an image as soon as it is painted. */
  async function show(key: string, file: File) {
    const picture = await preview(file).catch(() => undefined);
    if (!picture) return;
    pictures.set(key, picture);
    tools.redraw(key);
  }

  const upload =
    (file: File): Upload =>
    (progress, signal) =>
      // fetch cannot report how much of a body has left; XMLHttpRequest can.
      new Promise<Media>((resolve, reject) => {
        const x = new XMLHttpRequest();
        x.open("POST", api.url("files"));
        x.setRequestHeader("Accept-Language", config.lang);
        x.setRequestHeader("Authorization", `Bearer ${api.token}`);
        x.setRequestHeader("Content-Type", mimeOf(file));
        x.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
        x.upload.onprogress = (e) => progress(e.loaded / e.total);
        x.onload = () =>
          x.status < 300 ? resolve(JSON.parse(x.responseText)) : reject(problem(x.status, x.responseText));
        x.onerror = () => reject(new Problem(0));
        x.onabort = () => reject(new Problem(-1));
        signal.addEventListener("abort", () => x.abort());
        x.send(file);
      });

  return {
    add,
    count: () => waiting.length,
    pick: () => choose(true, add),
    send(text) {
      waiting.forEach((file, i) => {
        void show(tools.say(contentOf(file, i ? "" : text), upload(file)), file);
      });
      keep([]);
    },
    again(item) {
      choose(false, ([file]) => {
        if (!file || !fits(file)) return;
        tools.again(item, contentOf(file, item.content.text), upload(file));
        void show(item.key, file);
      });
    },
  };
}

/** What the conversation shows of a file until the server has it. */
function contentOf(file: File, text?: string): Content {
  const mime = mimeOf(file);
  const type = /^(image|audio|video)(?=\/)/.exec(mime)?.[0] ?? "document";
  return { type, media: { name: file.name, mime, size: file.size }, text: text || undefined };
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
async function preview(file: File): Promise<HTMLElement> {
  const bitmap = await createImageBitmap(file);
  const canvas = h("canvas", { role: "img", "aria-label": file.name });
  const scale = Math.min(1, 520 / bitmap.width, 640 / bitmap.height);
  canvas.width = bitmap.width * scale;
  canvas.height = bitmap.height * scale;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
