import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { hasLog, routeNotices, writeNotice } from '../../../src/cli/process-notices.ts';

/** A process whose standard error is a terminal or a file, after its notices were routed. */
function routed({ isTTY = false, isShownOnTerminal = false } = {}) {
  let text = '';
  const stderr = { isTTY, write: (piece: string) => (text += piece) };
  const node = Object.assign(new EventEmitter(), { stderr });
  node.on('warning', () => (text += '(node:1) Warning: as Node.js has it\n'));
  const library = { ...console };
  routeNotices(node as unknown as NodeJS.Process, library as Console, { isShownOnTerminal });
  return { node, library, stderr, lines: () => text.split('\n').filter(Boolean) };
}

const warning = Object.assign(new Error('no longer supported:\n  Node.js 20\u001b[2J'), {
  name: 'NodeDeprecationWarning',
});

describe('what Node.js and libraries say', () => {
  it('are lines of the log', () => {
    const { node, library, stderr, lines } = routed();
    node.emit('warning', warning);
    library.warn('socket usage at capacity=%d', 50);
    library.log('a\nb');
    writeNotice(stderr, 'info', 'Stopping.');
    const parsed = lines().map((line) => JSON.parse(line));
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(parsed).toEqual([
      { level: 'warn', time, msg: 'NodeDeprecationWarning: no longer supported:\n  Node.js 20\u001b[2J' },
      { level: 'warn', time, msg: 'socket usage at capacity=50' },
      { level: 'info', time, msg: 'a\nb' },
      { level: 'info', time, msg: 'Stopping.' },
    ]);
    expect(lines().join('')).toMatch(/^[ -~]+$/);
    expect(hasLog(stderr)).toBe(true);
  });

  it('shows on a terminal only where it is asked for', () => {
    const [quiet, verbose] = [routed({ isTTY: true }), routed({ isTTY: true, isShownOnTerminal: true })];
    for (const { node } of [quiet, verbose]) node.emit('warning', warning);
    expect(quiet.lines()).toEqual([]);
    expect(verbose.lines()).toEqual([
      'NodeDeprecationWarning: no longer supported:',
      '  Node.js 20\\u001b[2J',
    ]);
  });
});
