import type { Questions } from './ask.ts';

/** What a new configuration says of the roster. It is off: personal data at rest is asked for by a person. */
export const rosterLines: readonly string[] = [
  '# The roster holds what Alma was last sent of each user, in a private file beside the ledger. With it a run shows what it changes, and who',
  '# is gone, before it delivers. It is personal data: docs/roster.md and docs/privacy.md of patronflow say what it holds.',
  '# roster: beside',
];

/** Asks whether the job keeps a roster; no where there is no terminal. */
export async function askForRoster(questions: Questions): Promise<boolean> {
  const answer = await questions.choose(
    'Keep what Alma was last sent of each user, to see what a run changes and who is gone?',
    [
      { name: 'no', why: 'no personal data is kept' },
      { name: 'yes', why: 'a private file beside the ledger, personal data' },
    ],
  );
  return answer === 'yes';
}

/** A configuration with the roster switched on. */
export function withRoster(yaml: string): string {
  return yaml.replace('# roster: beside', 'roster: beside');
}
