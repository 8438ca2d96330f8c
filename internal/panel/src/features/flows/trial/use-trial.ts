import { useRef, useState } from "react";
import { Problem } from "@/lib/api/problem";
import type { Content } from "@/lib/api/types";
import { type Customer, type Session, type Tried, type TryInput, tryFlow } from "../api";
import type { Definition } from "../model/types";

export type Turn = {
  id: number;
  /** What the customer said; nothing for what happened by itself. */
  said?: Content;
  /** What happened instead: a wait's end, an event, the beginning. */
  happened?: { what: "start" | "timer" | "event"; event?: string };
  tried?: Tried;
  error?: string;
};

/** channel: a kind. */
export type Setting = { channel: string | undefined; customer: Customer };

/** A conversation with the draft. Its clock stands still but for the jumps to the end of waits. */
export function useTrial(flow: string, definition: Definition, setting: Setting) {
  const [turns, setTurns] = useState<Turn[]>([]);
  const [now, setNow] = useState<string>();
  const session = useRef<Session>(undefined);
  const next = useRef(1);
  const run = useRef(0); // an answer of an earlier conversation is not for this one

  const step = async (input: TryInput, turn: Pick<Turn, "said" | "happened">, at = now) => {
    const id = next.current++;
    const mine = run.current;
    setTurns((all) => [...all, { id, ...turn }]);
    const patch = (part: Partial<Turn>) => {
      if (mine === run.current) setTurns((all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));
    };
    try {
      const tried = await tryFlow(flow, {
        definition,
        session: session.current,
        input,
        channel: setting.channel,
        contact: setting.customer,
        now: at,
        language: setting.customer.language,
      });
      if (mine !== run.current) return;
      session.current = tried.ended ? undefined : tried.session;
      patch({ tried });
    } catch (error) {
      patch({ error: Problem.from(error).message });
    }
  };

  const last = turns.at(-1)?.tried;
  const wait = last && !last.ended ? last.session?.wait : undefined;
  return {
    turns,
    now,
    last,
    wait,
    busy: turns.some((turn) => !turn.tried && !turn.error),
    start: () => step({ kind: "start" }, { happened: { what: "start" } }),
    say: (content: Content) => step({ kind: "message", content }, { said: content }),
    happen: (event: string, data: object) =>
      step({ kind: "event", event, data }, { happened: { what: "event", event } }),
    /** Goes to the moment the wait ends. */
    jump: () => {
      if (!wait?.until) return;
      setNow(wait.until);
      void step({ kind: "timer" }, { happened: { what: "timer" } }, wait.until);
    },
    restart: () => {
      run.current++;
      session.current = undefined;
      setNow(undefined);
      setTurns([]);
    },
  };
}
