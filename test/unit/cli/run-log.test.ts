import { describe, expect, it } from 'vitest';
import { hasLog } from '../../../src/cli/process-notices.ts';
import { createRunLog } from '../../../src/cli/run-log.ts';

function outputOf(isTTY: boolean, columns = 60) {
  let text = '';
  return { isTTY, columns, write: (piece: string) => (text += piece), text: () => text };
}

const redact = (text: string) => text.replaceAll('s3cret', '***');
const say = (isTTY: boolean, isShown: boolean) => {
  const output = outputOf(isTTY);
  const log = createRunLog('info', output, { pipeline: 'load' }, redact, isShown);
  log.warn('a\u001b[2J s3cret', { file: 'x\u202e\ny s3cret', rows: 1 });
  log.debug('unheard');
  return { output, log };
};

describe('the log of a run', () => {
  it('is JSON lines, in which nothing is a secret or changes a terminal', () => {
    const { output } = say(false, true);
    expect(output.text()).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(output.text())).toEqual({
      level: 'warn',
      time: expect.any(String),
      pipeline: 'load',
      file: 'x\\u202e\\u000ay ***',
      rows: 1,
      msg: 'a\\u001b[2J ***',
    });
    expect(hasLog(output)).toBe(true);
  });

  it('is for people on a terminal, and not there where the report says it all; the mail has it in both cases', () => {
    const [shown, hidden] = [say(true, true), say(true, false)];
    expect(shown.output.text()).toContain('a\\u001b[2J ***');
    expect(hidden.output.text()).toBe('');
    for (const { log, output } of [shown, hidden]) {
      expect(log.lines()).toEqual([
        expect.stringMatching(/Z - a\\u001b\[2J \*\*\* file=x\\u202e\\u000ay \*\*\* rows=1$/),
      ]);
      expect(hasLog(output)).toBe(false);
    }
  });

  it('wraps on a terminal between words', () => {
    const output = outputOf(true, 50);
    const log = createRunLog('info', output, {}, redact);
    log.info('Nothing was delivered, because half of the people of one group are not there any more.');
    for (const line of output.text().split('\n'))
      expect(line.replace(/\u001b\[\d*[mK]/g, '').length).toBeLessThan(52);
    expect(output.text()).toContain('people');
  });
});
