import { expect } from 'vitest';
import type { Sample, Watched } from './watched-process.ts';

/** Resident memory may differ by this much from one quarter to another: a heap is swept when it is swept. */
const memoryTolerance = 1.2;

/** Prints what a run took and held. */
export function show(title: string, count: number, run: Watched): void {
  const { seconds, peakMegabytes, samples, machineLoad } = run;
  const rate = Math.round(count / seconds).toLocaleString('en-US');
  const lines = [
    `${title}: ${count.toLocaleString('en-US')} in ${seconds.toFixed(1)} s, ${rate}/s, at most ${peakMegabytes.toFixed(0)} MB; load of the machine ${machineLoad.toFixed(1)}`,
    'seconds        MB   sockets     files     pipes',
  ];
  const step = Math.max(1, Math.ceil(samples.length / 16));
  for (const sample of samples.filter((_, index) => index % step === 0 || index === samples.length - 1)) {
    const { seconds: at, megabytes, sockets, files, pipes } = sample;
    const figures = [megabytes.toFixed(0), sockets, files, pipes].map((figure) =>
      String(figure).padStart(10),
    );
    lines.push(`${at.toFixed(0).padStart(7)}${figures.join('').slice(4)}`);
  }
  console.log(`\n${lines.join('\n')}\n`);
}

const handles = ['sockets', 'files', 'pipes'] as const;

/**
 * Nothing piles up: the last quarter of a run has no more handles than the first half had, nor more memory than the
 * second quarter.
 * @param keptMegabytes what a run may keep of its second half, because it has to remember it
 */
export function expectFlat(samples: readonly Sample[], keptMegabytes = 0): void {
  expectNoMore(samples, handles);
  expect(most(quarter(samples, 4), 'megabytes'), 'memory at the end').toBeLessThanOrEqual(
    most(quarter(samples, 2), 'megabytes') * memoryTolerance + keptMegabytes,
  );
}

/** In the last quarter there is no more of any kind than there was in the first half. */
export function expectNoMore<Kind extends string>(
  samples: readonly Readonly<Record<Kind, number>>[],
  kinds: readonly Kind[],
): void {
  expect(samples.length, 'samples; too small a run has no quarters').toBeGreaterThanOrEqual(8);
  for (const kind of kinds) {
    const before = most([...quarter(samples, 1), ...quarter(samples, 2)], kind);
    expect(most(quarter(samples, 4), kind), `${kind} at the end`).toBeLessThanOrEqual(before);
  }
}

function quarter<S>(samples: readonly S[], number: number): readonly S[] {
  const border = (count: number) => Math.floor((samples.length * count) / 4);
  return samples.slice(border(number - 1), border(number));
}

function most<Kind extends string>(samples: readonly Readonly<Record<Kind, number>>[], kind: Kind): number {
  return Math.max(...samples.map((sample) => sample[kind]));
}
