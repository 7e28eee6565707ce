import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { itemsUntilAborted, untilAborted } from '../../../src/core/abort.ts';

const forever = () => new Promise<never>(() => {});
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('waiting until a stop', () => {
  it('gives what the work gives, and leaves no listener behind', async () => {
    const { signal } = new AbortController();

    expect(await untilAborted(signal, Promise.resolve(7))).toBe(7);
    await expect(untilAborted(signal, Promise.reject(new Error('failed')))).rejects.toThrow('failed');

    expect(listenersOf(signal)).toBe(0);
  });

  it('ends with the stop while the work goes on', async () => {
    const stopping = new AbortController();
    const waiting = untilAborted(stopping.signal, forever());
    expect(listenersOf(stopping.signal)).toBe(1);

    stopping.abort();

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(listenersOf(stopping.signal)).toBe(0);
  });

  it('does not begin after the stop, and lets the work fail unheard', async () => {
    const work = Promise.reject(new Error('unheard'));

    await expect(untilAborted(AbortSignal.abort(), work)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('reading items until a stop', () => {
  async function* numbers(closed: () => void) {
    try {
      for (let n = 1; ; n += 1) yield n;
    } finally {
      closed();
    }
  }

  it('closes what it reads when its reader leaves', async () => {
    let isClosed = false;
    const { signal } = new AbortController();
    for await (const n of itemsUntilAborted(
      signal,
      numbers(() => (isClosed = true)),
    ))
      if (n === 3) break;

    expect(isClosed).toBe(true);
    expect(listenersOf(signal)).toBe(0);
  });

  it('ends with the stop, also while no item comes', async () => {
    const stopping = new AbortController();
    async function* silent() {
      yield 1;
      await forever();
    }
    const read: number[] = [];
    const reading = (async () => {
      for await (const n of itemsUntilAborted(stopping.signal, silent())) {
        read.push(n);
        setImmediate(() => stopping.abort());
      }
    })();

    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(read).toEqual([1]);
    expect(listenersOf(stopping.signal)).toBe(0);
  });
});
