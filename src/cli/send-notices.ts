import { toPatronflowError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { EndedRun, Notice, RunLevel } from '../core/ports.ts';
import type { Redact } from '../core/redact.ts';

const levels: readonly RunLevel[] = ['good', 'problems', 'failure'];
const leastLevel = { always: 'good', problems: 'problems', failure: 'failure' } as const;

/** Whether a run of this level is to be told of. */
export function isWanted(when: Notice['when'], level: RunLevel): boolean {
  return levels.indexOf(level) >= levels.indexOf(leastLevel[when]);
}

/** Tells that a run begins. The run does not wait long for it, and goes on without. */
export async function tellStart(notices: readonly Notice[], log: Log): Promise<void> {
  const asked = notices.filter(({ tellsStart }) => tellsStart);
  await Promise.all(asked.map((notice) => tried(() => notice.started(), log)));
}

/** Tells of a run that has ended. @returns a warning for each that could not be told; the outcome stays as it is */
export async function tellEnd(
  notices: readonly Notice[],
  run: EndedRun,
  { log, redact }: { readonly log: Log; readonly redact: Redact },
): Promise<string[]> {
  const asked = notices.filter(({ when }) => isWanted(when, run.level));
  const failures = await Promise.all(
    asked.map(async (notice) => {
      const failure = await tried(() => notice.ended(run), log);
      if (failure === null) log.info('Sent a notification.', { by: notice.name });
      return failure === null ? [] : [redact(`A notice could not be sent. ${failure}`)];
    }),
  );
  return failures.flat();
}

/** @returns why it failed; null where it did not */
async function tried(work: () => Promise<void>, log: Log): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (thrown) {
    const { message, code } = toPatronflowError(thrown);
    log.warn(message, { code });
    return message;
  }
}
