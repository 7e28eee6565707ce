/**
 * Waits for a promise, but not beyond a stop: a system that has gone silent must not keep a run that was told
 * to stop. What it was waiting for is left to itself; closing the adapter ends it.
 */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  // If the work fails after the stop, no caller waits for it any more. The stop itself is reported.
  work.catch(() => {});
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** The items of an iterable until a stop. */
export async function* itemsUntilAborted<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      const next = await untilAborted(signal, iterator.next());
      isDone = next.done ?? false;
      if (isDone) return;
      yield next.value as T;
    }
  } finally {
    // Not awaited after a stop: a generator that waits for a silent system answers no more than the system.
    const returned = isDone ? undefined : iterator.return?.();
    if (signal.aborted) returned?.catch(() => {});
    else await returned;
  }
}

/** Waits, but not beyond a stop. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await untilAborted(signal, passed).finally(() => clearTimeout(timer));
}
