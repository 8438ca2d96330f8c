/** One line of the stream that links a phone. */
export type LinkStep = {
  kind: "qr" | "code" | "done" | "failed";
  payload?: string;
  seconds?: number;
  number?: string;
  name?: string;
};
