import { performance } from 'node:perf_hooks';

/** Measures the steps of a run. @param durations milliseconds by step, which it fills */
export function stopwatch(durations: Record<string, number>) {
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    try {
      return await work();
    } finally {
      durations[name] = Math.round(performance.now() - start);
    }
  };
}
