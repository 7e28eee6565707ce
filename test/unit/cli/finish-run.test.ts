import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finishRun } from '../../../src/cli/finish-run.ts';
import type { Finishing } from '../../../src/cli/finishing.ts';
import { createRunLog } from '../../../src/cli/run-log.ts';
import { PatronflowError } from '../../../src/core/errors.ts';
import { createRedact } from '../../../src/core/redact.ts';
import { newRunReport, type RunReport } from '../../../src/core/run.ts';
import { html } from '../../../src/report/html.ts';
import { temporaryDirectory } from '../../support/command.ts';

const secret = 'sesame-4711';
const redact = createRedact([secret]);

/** Finishes a run that failed with a driver's text, and gives all that left the program. */
async function finish(change: Partial<Finishing<RunReport>> = {}) {
  const said: string[] = [];
  const write = (text: string) => said.push(text);
  const report = newRunReport({ title: 'Load', now: new Date(0) });
  report.error = {
    code: 'SOURCE_LOST',
    kind: 'transient',
    message: `postgres://u:${secret}@host cannot be reached.`,
    hint: `Look at postgres://u:${secret}@host.`,
  };
  const text = (each: RunReport) => JSON.stringify(each);
  const workingDirectory = await temporaryDirectory();
  const code = await finishRun(
    {
      ...{
        job: 'load',
        report,
        text,
        html: (each) => html`${text(each)}`,
        books: [],
        written: 'written',
        isDryRun: false,
        options: {},
      },
      config: {
        mail: {
          via: 'smtp://mail.example',
          from: 'a@b.example',
          to: 'c@d.example',
          subject: 'Load',
        } as never,
        max_rejects: 0,
        report: {},
      },
      log: createRunLog('debug', { write }, {}, redact),
      redact,
      adapters: {
        mails: [
          {
            settings: { from: 'a@b.example', to: ['c@d.example'], subject: 'Load', when: 'always' } as never,
            mailer: {
              name: 'mail',
              check: async () => '',
              close: async () => {},
              send: async ({ text: mailed, html }) => {
                said.push(mailed, html);
                throw new PatronflowError('MAIL_REFUSED', `Login u:${secret} refused.`, {
                  hint: `Mend ${secret}.`,
                });
              },
            },
          },
        ],
        notices: [
          {
            name: 'webhook chat.example',
            when: 'always',
            tellsStart: false,
            started: async () => {},
            ended: async (run) => void said.push(JSON.stringify(run)),
          },
        ],
        errorReporter: {
          check: async () => '',
          close: async () => {},
          report: async (error: object) => void said.push(JSON.stringify(error)),
        } as never,
      },
      now: new Date(0),
      ...change,
    },
    {
      ...{ environment: {}, workingDirectory, stdout: { write }, stderr: { write } },
      ...{ pid: 1, space: 'here', uid: null, isAlive: () => true, signal: new AbortController().signal },
    },
  );
  return { code, said: said.join('\n'), report };
}

describe('what a run tells at its end', () => {
  it('holds no secret, wherever a driver put one', async () => {
    const { code, said } = await finish();

    expect(code).toBe(75);
    expect(said).toContain('postgres://u:***@host cannot be reached.');
    expect(said).toContain('Look at postgres://u:***@host.');
    expect(said).toContain('Login u:*** refused.');
    expect(said).not.toContain(secret);
  });

  it('says that the page cannot be written, as a warning', async () => {
    const options = { report: join('no', 'such', 'folder.html') };
    const { said, report } = await finish({ options });

    expect(report.warnings.join()).toContain('The report could not be written as a page.');
    expect(said).not.toContain(secret);
  });
});
