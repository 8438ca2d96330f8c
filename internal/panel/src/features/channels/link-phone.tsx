import { CircleAlert, CircleCheck, LoaderCircle } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import type { Channel, ChannelKind } from "@/lib/api/types";
import { explained } from "@/lib/explained";
import { readLines } from "@/lib/json-lines";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field, Input } from "@/ui/field";
import { Skeleton } from "@/ui/states";
import type { LinkStep } from "./link-steps";

const QR = lazy(() => import("./qr"));

type Method = ChannelKind["link"][number];
type Props = { channel: Channel; kind: ChannelKind; onClose: () => void; onDone: () => void };

/** Links a phone: a QR code to scan or a code to type there, renewed until it is done. */
export function LinkPhone({ channel, kind, onClose, onDone }: Props) {
  const { t } = useTranslation(["channels", "common"]);
  const [method, setMethod] = useState<Method>(kind.link[0] ?? "qr");
  const [phone, setPhone] = useState("");
  const linking = useLinking(channel.id, kind, onDone);
  const { step, state, error } = linking;
  const choose = (next: Method) => {
    linking.stop();
    setMethod(next);
    if (next === "qr") linking.start({ method: "qr" });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is opened
  useEffect(() => {
    if (method === "qr") linking.start({ method: "qr" });
  }, []);

  return (
    <Dialog
      open
      onClose={onClose}
      title={t("link.title")}
      description={state === "done" ? undefined : t(`link.lead.${method}`)}
      footer={
        state === "done" ? (
          <Button variant="primary" onClick={onClose}>
            {t("link.finish")}
          </Button>
        ) : (
          kind.link.length > 1 && (
            <Button variant="ghost" onClick={() => choose(method === "qr" ? "code" : "qr")}>
              {t(method === "qr" ? "link.useCode" : "link.useQR")}
            </Button>
          )
        )
      }
    >
      <div className="grid justify-items-center gap-4 text-center">
        {state === "done" && (
          <p role="status" className="grid justify-items-center gap-2 py-4">
            <CircleCheck aria-hidden className="size-10 text-ok" />
            <span className="font-semibold text-base">{t("link.done")}</span>
            <span className="text-muted">{[step?.name, step?.number].filter(Boolean).join(" · ")}</span>
          </p>
        )}
        {state === "failed" && (
          <div role="alert" className="grid justify-items-center gap-3 py-2">
            <CircleAlert aria-hidden className="size-8 text-danger" />
            <p className="[overflow-wrap:anywhere]">{error || t("link.cut")}</p>
            {method === "qr" && <Button onClick={() => linking.start({ method: "qr" })}>{t("link.again")}</Button>}
          </div>
        )}
        {method === "code" && (state === "idle" || state === "failed") && (
          <form
            noValidate
            className="grid w-full gap-3 text-left"
            onSubmit={(e) => {
              e.preventDefault();
              linking.start({ method: "code", phone: phone.replace(/[\s().-]/g, "") });
            }}
          >
            <Field label={t("link.phone")} hint={t("link.phoneHint")}>
              <Input type="tel" autoFocus value={phone} onChange={(e) => setPhone(e.target.value)} />
            </Field>
            <Button type="submit" variant="primary" className="justify-self-start" disabled={!phone.trim()}>
              {t("link.ask")}
            </Button>
          </form>
        )}
        {state === "waiting" && !step && (
          <p role="status" className="flex items-center gap-2 py-16 text-muted">
            <LoaderCircle aria-hidden className="size-4 animate-spin" />
            {t("link.asking")}
          </p>
        )}
        {state === "waiting" && step && <Offer step={step} />}
      </div>
    </Dialog>
  );
}

function Offer({ step }: { step: LinkStep }) {
  const { t } = useTranslation(["channels", "common"]);
  const left = useCountdown(step);
  return (
    <>
      {step.kind === "qr" ? (
        <Suspense fallback={<Skeleton className="size-72" />}>
          <QR text={step.payload ?? ""} label={t("link.qr")} />
        </Suspense>
      ) : (
        <p role="status" className="py-4">
          <span className="sr-only">{t("link.code")} </span>
          <code className="font-semibold text-3xl tracking-[0.15em]">{step.payload}</code>
        </p>
      )}
      {left !== undefined && <p className="text-muted tabular-nums">{t("link.renews", { count: left })}</p>}
    </>
  );
}

/** Seconds until the next step replaces this one. */
function useCountdown(step: LinkStep) {
  const [left, setLeft] = useState(step.seconds);
  useEffect(() => {
    setLeft(step.seconds);
    if (step.seconds === undefined) return;
    const end = Date.now() + step.seconds * 1000;
    const timer = setInterval(() => setLeft(Math.max(0, Math.round((end - Date.now()) / 1000))), 1000);
    return () => clearInterval(timer);
  }, [step]);
  return left;
}

type State = "idle" | "waiting" | "done" | "failed";
type Ask = { method: Method; phone?: string };

/** Holds the stream while the dialog is open; a new attempt ends the one before. */
function useLinking(id: string, kind: ChannelKind, onDone: () => void) {
  const [state, setState] = useState<State>("idle");
  const [step, setStep] = useState<LinkStep>();
  const [error, setError] = useState<string>();
  const running = useRef<AbortController>(undefined);
  const stop = () => {
    running.current?.abort();
    running.current = undefined;
    setState("idle");
    setStep(undefined);
    setError(undefined);
  };
  useEffect(() => () => running.current?.abort(), []);

  const start = (body: Ask) => {
    stop();
    const mine = new AbortController();
    running.current = mine;
    setState("waiting");
    const fail = (reason?: string) => {
      setState("failed");
      setError(reason);
    };
    let over = false;
    const tell = (s: LinkStep) => {
      if (mine.signal.aborted) return;
      over = s.kind === "done" || s.kind === "failed";
      if (s.kind === "failed") return fail(explained(kind.errors, s.payload ?? ""));
      setStep(s);
      if (s.kind !== "done") return;
      setState("done");
      onDone();
    };
    open(id, body, mine.signal, tell).then(
      () => !over && !mine.signal.aborted && fail(),
      (e) => !mine.signal.aborted && fail(e instanceof Problem ? e.message : undefined),
    );
  };
  return { state, step, error, start, stop };
}

async function open(id: string, body: Ask, signal: AbortSignal, tell: (step: LinkStep) => void) {
  const answer = await client.POST("/api/v1/channels/{id}/link", {
    params: { path: { id } },
    body,
    signal,
    parseAs: "stream",
  });
  if (!answer.response.ok) throw new Problem((answer.error as object) ?? {}, answer.response.status);
  if (answer.data) await readLines<LinkStep>(answer.data, tell);
}
