import { expect } from 'vitest';
import { createRunLog } from '../../src/cli/run-log.ts';
import { PatronflowError } from '../../src/core/errors.ts';
import { recordFailure } from '../../src/core/run.ts';
import { sourceOf } from '../../src/report/html.ts';
import { loadHtml } from '../../src/report/load-html.ts';
import { loadText } from '../../src/report/load-text.ts';
import { pollHtml } from '../../src/report/poll-html.ts';
import { pollText } from '../../src/report/poll-text.ts';
import { fullLoadReport } from '../unit/support/load-reports.ts';
import { fullReport as fullPollReport } from '../unit/support/poll-reports.ts';

// Text of others that would change a terminal, a mail or a page, and every way by which it could get there.

export const signs = 'Hostile\u001b[2J\u0007\u009b1m\u202e\u2066\u200b\u2028\u2029\u{e0041}';
export const hostile = `${signs}\r\nFORGED ${'Z'.repeat(1000)}`;
/** For names of files, which have 255 bytes, and for places that end at a line break. */
export const hostileName = `${signs}${'Z'.repeat(100)}`;
export const hostileLine = `${signs} FORGED ${'Z'.repeat(1000)}`;

/** For XML, which may not hold the others. */
export const hostileXml = hostileLine.replace(/[\u001b\u0007]/g, '');

/** What a person or a program may read in the end, by the way it goes. */
export type Shown = Record<string, string>;

export interface Entrance {
  readonly enter: () => Promise<Shown>;
  /** What others say is not passed on at all. */
  readonly isHidden?: boolean;
}

/** An error as it leaves the program, from a load and from a poll. */
export function toldBy(thrown: unknown): Shown {
  expect(thrown).toBeInstanceOf(PatronflowError);
  const error = thrown as PatronflowError;
  let log = '';
  const reports = [
    fullLoadReport({ warnings: [error.message] }),
    fullPollReport({ warnings: [error.message] }),
  ];
  const runLog = createRunLog('debug', { write: (line) => (log += line) }, {}, (text) => text);
  for (const report of reports) recordFailure(report, error, runLog);
  const [loaded, polled] = reports as [ReturnType<typeof fullLoadReport>, ReturnType<typeof fullPollReport>];
  return {
    'text of a load': loadText(loaded),
    'page of a load': sourceOf(loadHtml(loaded)),
    'text of a poll': pollText(polled),
    'page of a poll': sourceOf(pollHtml(polled)),
    log,
    'log of a mail': runLog.lines().join('\n'),
  };
}

export const failed = (work: Promise<unknown>): Promise<Shown> =>
  work.then(() => expect.unreachable('it succeeded'), toldBy);

/** What is wrong with a text that a person or a terminal gets, each with what stands around it. */
export function faultsOf(text: string): string[] {
  const faults = [/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u, /^FORGED/m, /Z{201}/];
  return faults.flatMap((fault) => {
    const at = fault.exec(text)?.index;
    return at === undefined ? [] : [`${fault}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 20))}`];
  });
}

/** Expects text of others to be harmless by every way, and to be shown or not. */
export async function expectHarmless({ enter, isHidden = false }: Entrance): Promise<void> {
  const shown = await enter();
  for (const [way, text] of Object.entries(shown)) expect([way, faultsOf(text)]).toEqual([way, []]);
  const isShown = Object.values(shown).some((text) => /Hostile|ZZZ/.test(text));
  expect(isShown).toBe(!isHidden);
}
