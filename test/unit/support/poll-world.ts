import { expect } from 'vitest';
import { assertBalanced } from '../../../src/core/books.ts';
import { PatronflowError } from '../../../src/core/errors.ts';
import { instantOf } from '../../../src/core/instant.ts';
import { comparePositions } from '../../../src/poll/cursor.ts';
import type { PollReport } from '../../../src/poll/poll-report.ts';
import type { PatronInfo, PatronMode } from '../../../src/poll/ports.ts';
import { runPoll } from '../../../src/poll/run.ts';
import { parseState } from '../../../src/poll/state.ts';
import { mainStreet, memorySierra, sierraPatron } from './memory-sierra.ts';
import {
  each,
  memoryCheckpoint,
  memorySink,
  memoryWarehouse,
  plainObfuscator,
  pollJob,
  pollPorts,
} from './poll-ports.ts';

const minute = 60_000;
const safetyLagMs = minute;
export const allModes: readonly PatronMode[] = ['new', 'updated', 'deleted'];

/** Something that happens to a patron in Sierra; few patrons and few times, so that many meet. */
export interface Change {
  readonly who: number;
  readonly kind: 'touch' | 'delete' | 'delete, dated back';
  /** Which of the times between two runs. */
  readonly slot: number;
  /** A deletion that drops the address and touches the record, as Sierra may; a creation without a date. */
  readonly isOdd: boolean;
}

/** One run: what happened before it and in its midst, and what breaks. */
export interface Step {
  readonly changes: readonly Change[];
  readonly midway: Change | null;
  readonly midwayPage: number;
  readonly pageSize: number;
  readonly maxPatrons: number;
  readonly modes: readonly PatronMode[];
  readonly isDry: boolean;
  readonly fault: {
    readonly at: 'page' | 'hash' | 'send' | 'sent' | 'save' | 'stop';
    readonly call: number;
  } | null;
}

/** A record that went out, with what is needed to judge it. */
export interface Sent {
  readonly info: PatronInfo;
  /** The end of the window of the run that sent it. */
  readonly before: string;
  /** Whether the run died before it could save that it was sent. */
  isInFlight: boolean;
}

/** Sierra, the warehouse, the checkpoint and a run after another; checks each run by itself. */
export class World {
  readonly sent: Sent[] = [];
  readonly sierra = memorySierra();
  /** Patrons whose deletion was dated back. `deleted` may come to them before `updated` does, which sends them again. */
  readonly datedBack = new Set<string>();
  readonly #versions = new Map<string, string>();
  readonly #warehouse = memoryWarehouse();
  readonly #checkpoint = memoryCheckpoint();
  #now = Date.parse('2026-03-01T12:00:00Z');
  #version = 0;

  /** The time of a version, which `pcode3` of a record tells. */
  timeOf({ pcode3 }: PatronInfo): string {
    return this.#versions.get(String(pcode3)) ?? '';
  }

  /** @param from no change is older: what a run has looked at does not change behind it */
  #apply({ who, kind, slot, isOdd }: Change, from: number, until: number): void {
    const patron = this.sierra.patrons.get(String(who));
    const time = Math.round(from + ((until - from) * slot) / 4);
    const at = instantOf(new Date(time));
    if (patron && (patron.deletedOn !== null || at < patron.updatedAt)) return;
    this.#version += 1;
    this.#versions.set(String(this.#version), at);
    if (!patron) {
      const createdAt = isOdd ? null : at;
      const street = { ...mainStreet, street: `${who % 3} MAIN ST` };
      const fresh = { createdAt, updatedAt: at, pcode3: this.#version, addresses: [street, mainStreet] };
      this.sierra.patrons.set(String(who), sierraPatron(who, fresh));
    } else if (kind === 'touch') Object.assign(patron, { updatedAt: at, pcode3: this.#version });
    else {
      const isDatedBack = kind === 'delete, dated back';
      const day = isDatedBack ? instantOf(new Date(time - 2 * 24 * 60 * minute)) : at;
      Object.assign(patron, { deletedOn: day.slice(0, 10) });
      // Of a deletion that is dated back, only the touch tells.
      if (isDatedBack) {
        Object.assign(patron, { updatedAt: at });
        this.datedBack.add(patron.id);
      }
      if (isOdd) Object.assign(patron, { updatedAt: at, addresses: [], pcode3: null });
    }
  }

  async step(step: Step): Promise<PollReport> {
    const { sierra } = this;
    const last = this.#now - safetyLagMs;
    this.#now += 5 * 3_600_000;
    for (const change of step.changes) this.#apply(change, last, this.#now);
    const [warehouse, checkpoint, now] = [this.#warehouse, this.#checkpoint, new Date(this.#now)];
    const before = instantOf(new Date(this.#now - safetyLagMs));
    const stop = new AbortController();
    const { fault } = step;
    const breakAt = (place: string, call: number): void => {
      if (fault?.call !== call) return;
      if (fault.at === 'stop' && place === 'page') stop.abort(new Error('stop'));
      else if (fault.at === place) throw new PatronflowError('SOURCE_QUERY', `Broken: ${place}.`);
    };
    sierra.now = now;
    const pages = sierra.pages.length;
    sierra.onPage = (page) => {
      if (step.midway && page - pages === step.midwayPage)
        this.#apply(step.midway, this.#now, this.#now + minute);
      breakAt('page', page - pages);
    };
    let pending: Sent[] = [];
    let accepted = 0;
    const sink = memorySink();
    sink.before = (call) => breakAt('send', call);
    sink.after = (call) => {
      const batch = sink.batches.at(-1) ?? [];
      pending = batch.map((info) => ({ info, before, isInFlight: false }));
      this.sent.push(...pending);
      warehouse.records.push(...batch);
      breakAt('sent', call);
      accepted += batch.length;
    };
    let saves = 0;
    const saving = {
      ...checkpoint,
      load: async () => checkpoint.document,
      save: async (document: unknown) => {
        saves += 1;
        breakAt('save', saves);
        await checkpoint.save(document);
        pending = [];
      },
    };
    const obfuscator = plainObfuscator();
    let lists = 0;
    const ports = pollPorts({
      source: sierra,
      warehouse,
      sinks: [sink],
      checkpoint: saving,
      obfuscator: {
        covers: obfuscator.covers,
        obfuscate: async (texts, signal) => {
          lists += 1;
          breakAt('hash', lists);
          return obfuscator.obfuscate(texts, signal);
        },
      },
    });
    const job = pollJob({
      now,
      safetyLagMs,
      modes: step.modes,
      dryRun: step.isDry,
      pageSize: each(step.pageSize),
      maxPatrons: each(step.maxPatrons),
    });
    const report = await runPoll(job, ports, stop.signal);
    for (const record of pending) record.isInFlight = true;

    for (const { mode, books } of report.modes) assertBalanced(mode, books);
    const written = report.modes.reduce((sum, { books }) => sum + books.written, 0);
    if (step.isDry) expect([saves, sink.batches.length]).toEqual([0, 0]);
    else expect(written).toBe(accepted);
    if (fault === null) expect(report.error).toBeNull();
    else expect([undefined, 'SOURCE_QUERY', 'STOPPED']).toContain(report.error?.code);
    this.#expectNeverBack();
    return report;
  }

  #expectNeverBack(): void {
    const all = this.#checkpoint.saved.map((document) => parseState(document, 'x', 'UTC'));
    for (const [index, next] of all.slice(1).entries()) {
      for (const mode of allModes) {
        const before = all[index] ?? next;
        expect(comparePositions(next[mode], before[mode])).toBeGreaterThanOrEqual(0);
      }
    }
  }

  /** Runs until nothing is left, long after the last change. */
  async finish(step: Step): Promise<void> {
    this.#now += 48 * 3_600_000;
    for (;;) {
      const quiet = { ...step, changes: [], midway: null, fault: null, isDry: false, modes: allModes };
      if ((await this.step(quiet)).modes.every(({ isComplete }) => isComplete)) return;
    }
  }
}
