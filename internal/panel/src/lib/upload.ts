import i18n from "@/i18n";
import { Problem } from "./api/problem";
import { sessionExpired } from "./api/session";
import type { Content, StoredFile } from "./api/types";

/** Starts an upload; fetch cannot report progress, so this one call uses XMLHttpRequest. progress: 0 to 1. */
export function upload(file: File, progress: (share: number) => void) {
  const xhr = new XMLHttpRequest();
  const done = new Promise<StoredFile>((resolve, reject) => {
    xhr.open("POST", "/api/v1/files");
    xhr.responseType = "json";
    xhr.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    xhr.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    xhr.setRequestHeader("Accept-Language", i18n.language);
    xhr.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    xhr.onload = () => {
      if (xhr.status === 201) return resolve(xhr.response as StoredFile);
      if (xhr.status === 401) sessionExpired();
      reject(new Problem(xhr.response ?? {}, xhr.status));
    };
    xhr.onerror = () => reject(new Problem({ code: "network" }, 0));
    xhr.send(file);
  });
  return { done, cancel: () => xhr.abort() };
}

/** A stored file as a message. */
export function fileContent(file: StoredFile, text?: string): Content {
  const kind = file.mime?.split("/")[0];
  const type = kind === "image" || kind === "video" || kind === "audio" ? kind : "document";
  return { type, media: file, ...(text && { text }) };
}
