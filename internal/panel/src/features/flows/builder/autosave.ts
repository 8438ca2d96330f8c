import { Problem } from "@/lib/api/problem";
import type { Definition, Flow } from "../model/types";

/** Who has saved meanwhile, and when. */
export type Conflict = { by?: string; at?: string; revision?: number };
export type Saving =
  | { state: "saved"; at?: string }
  | { state: "waiting" | "saving" }
  | { state: "offline"; retry: number }
  | { state: "refused"; message: string }
  | { state: "conflict"; conflict: Conflict };

type Save = (body: { revision: number; definition: Definition }) => Promise<Flow>;

const PAUSE = 800; // ms after the last change
const FIRST_RETRY = 2000;
const LAST_RETRY = 30_000;

/**
 * Keeps a draft stored: after each pause, one request at a time, again and again while the server
 * cannot be reached. It stops when somebody else has saved in between; adopt starts it anew.
 */
export class Autosave {
  private saving: Saving = { state: "saved" };
  private latest: Definition | undefined;
  private stored: Definition;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private retry = FIRST_RETRY;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly save: Save,
    public revision: number,
    definition: Definition,
    private readonly saved: (flow: Flow) => void = () => {},
  ) {
    this.stored = definition;
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly now = () => this.saving;

  /** Whether leaving now would lose something. */
  get dirty() {
    return this.latest !== undefined && this.latest !== this.stored;
  }

  changed(definition: Definition) {
    this.latest = definition;
    if (this.saving.state === "conflict") return;
    if (!this.dirty) return this.running ? undefined : this.settle();
    if (!this.running) this.tell({ state: "waiting" });
    this.wait(PAUSE);
  }

  /** Stores what there is at once; resolves when there is nothing left to store, or it cannot be. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.running;
    if (this.dirty && this.saving.state !== "conflict") await this.run();
    return !this.dirty;
  }

  /** Goes on from a state of the server: what somebody else saved, or what was overwritten. */
  adopt(revision: number, definition: Definition) {
    clearTimeout(this.timer);
    this.revision = revision;
    this.stored = definition;
    this.latest = definition;
    this.tell({ state: "saved" });
  }

  /** What was changed has been changed back: nothing waits any more. */
  private settle() {
    clearTimeout(this.timer);
    if (this.saving.state !== "saved") this.tell({ state: "saved" });
  }

  stop() {
    clearTimeout(this.timer);
  }

  private wait(ms: number) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run(), ms);
  }

  private run(): Promise<void> {
    this.running ??= this.once().finally(() => {
      this.running = undefined;
      if (this.dirty && (this.saving.state === "saved" || this.saving.state === "waiting")) this.wait(PAUSE);
    });
    return this.running;
  }

  private async once() {
    const definition = this.latest;
    if (!definition || definition === this.stored) return;
    this.tell({ state: "saving" });
    try {
      const flow = await this.save({ revision: this.revision, definition });
      this.revision = flow.draft_revision;
      this.stored = definition;
      this.retry = FIRST_RETRY;
      this.tell({ state: this.dirty ? "waiting" : "saved", at: flow.draft_at });
      this.saved(flow);
    } catch (error) {
      this.failed(Problem.from(error));
    }
  }

  private failed(problem: Problem) {
    if (problem.status === 409 && problem.code === "flow.changed") {
      const args = (problem.body.args ?? {}) as Conflict;
      return this.tell({ state: "conflict", conflict: args });
    }
    if (problem.status === 0 || problem.status >= 500 || problem.status === 429) {
      this.tell({ state: "offline", retry: this.retry });
      this.wait(this.retry);
      this.retry = Math.min(LAST_RETRY, this.retry * 2);
      return;
    }
    this.tell({ state: "refused", message: problem.message });
  }

  private tell(saving: Saving) {
    this.saving = saving;
    for (const listener of this.listeners) listener();
  }
}
