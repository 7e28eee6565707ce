import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceOf } from '../../src/report/html.ts';
import { pollHtml } from '../../src/report/poll-html.ts';
import { run } from '../support/command.ts';
import { makePoller, type PollerBench, startPollerBench } from '../support/poller.ts';
import { putPatrons } from '../support/sierra.ts';
import { fullReport } from '../unit/support/poll-reports.ts';

/** Pages of real polls, by what became of them, and one of a report with as much of everything as there can be. */
export async function makePollPages(folder: string): Promise<Record<string, string>> {
  const bench = await startPollerBench({ isOwn: true });
  try {
    return {
      'a poll, sent': await poll(bench, join(folder, 'sent')),
      'a poll, ended by an outage': await poll(bench, join(folder, 'outage'), { outage: 'stop' }),
      'a poll, sent over an outage': await poll(bench, join(folder, 'without-tracts'), { outage: 'send' }),
      'a poll, stopped by a signal': await poll(bench, join(folder, 'stopped'), { stopAfter: 3 }),
      'a poll, with much of everything': await much(folder),
    };
  } finally {
    await bench.stop();
  }
}

/** The pages of both demonstrations, with the preset `patronload`. */
export async function makeDemoPages(folder: string): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await run(['demo', '--out', join(folder, 'demo')]);
  if (code !== 0) throw new Error(stdout + stderr);
  return {
    'the second night of the demonstration': join(folder, 'demo/load/report-2.html'),
    'the first poll of the demonstration': join(folder, 'demo/poll/report-last-night.html'),
    'the second poll of the demonstration': join(folder, 'demo/poll/report.html'),
  };
}

interface Fate {
  /** The geocoder goes down after two requests, and the job is to do this about it. */
  readonly outage?: 'stop' | 'send';
  /** Batches after which the run is told to stop. */
  readonly stopAfter?: number;
}

async function poll(
  bench: PollerBench,
  directory: string,
  { outage, stopAfter }: Fate = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const poller = await makePoller(bench, directory);
  for (let tract = 1; tract <= 30; tract += 1) {
    const geoid = `3606100${String(tract).padStart(4, '0')}`;
    for (let house = 1; house <= 6; house += 1)
      bench.census.know(`${tract * 10 + house} MAIN ST`, '10001', geoid);
  }
  await putPatrons(
    poller.database,
    Array.from({ length: 400 }, (_, index) => ({
      id: index,
      created: index < 300 ? '2026-01-05 12:00:00+00' : '2010-01-01',
      updated: index < 350 ? '2026-01-06 12:00:00+00' : '2010-01-01',
      deleted: index < 350 ? null : '2026-01-10',
      isDropped: index >= 350,
    })),
  );
  if (outage) bench.census.fail({ status: 502 }, { after: 2 });
  const stop = new AbortController();
  let batches = 0;
  const onStderr = (text: string) => {
    if (text.includes('"msg":"Sent a batch."') && ++batches === stopAfter) stop.abort();
  };
  const config = await writeConfig(directory, outage ?? 'stop');
  await poller.poll(
    ['--config', config, '--now', '2026-02-01T12:00:00Z', '--report', 'report.html'],
    { ACTIVE_PATRON_BATCH_SIZE: '40' },
    { signal: stop.signal, onStderr },
  );
  bench.census.heal();
  await poller.database.close();
  return join(directory, 'report.html');
}

/** The preset, but for a geocoder that is soon asked again. */
async function writeConfig(directory: string, onOutage: string): Promise<string> {
  const preset = new URL('../../presets/patron-info-poller/', import.meta.url);
  const yaml = await readFile(new URL('patronflow.yaml', preset), 'utf8');
  const path = join(directory, 'patronflow.yaml');
  await copyFile(new URL('patron-info.avsc', preset), join(directory, 'patron-info.avsc'));
  await writeFile(
    path,
    yaml
      .replace('via: census', 'via: census\n      first_wait_seconds: 0.01')
      .replace('geocoding:', `geocoding:\n  on_outage: ${onOutage}`),
  );
  return path;
}

/** Four hundred batches, thirty tracts, texts of all lengths. */
async function much(folder: string): Promise<string> {
  const report = fullReport({
    title: 'PatronInfo of the libraries of a city with a name that is longer than any title ought to be',
    outcome: 'failed',
    error: {
      code: 'RECORDS_REFUSED',
      kind: 'config',
      message: `The stream arn:aws:kinesis:us-east-1:111122223333:stream/${'PatronInfo'.repeat(12)} refuses.`,
      hint: 'Compare the permissions. '.repeat(8),
    },
    warnings: Array.from(
      { length: 12 },
      (_, index) => `updated: ${index} ${'something to look at '.repeat(9)}`,
    ),
    destinations: [`file:/${'a-directory/'.repeat(20)}records.avro`],
    crowds: {
      ...fullReport().crowds,
      tracts: Array.from({ length: 30 }, (_, index) => ({
        geoid: String(36061000100 + index * 100),
        records: 3_000_000 - index * 90_000,
      })),
    },
    batches: Array.from({ length: 400 }, (_, index) => ({
      mode: 'new',
      at: index * 60_000,
      batches: 3,
      read: 15_000,
      sent: 14_000 + ((index * 37) % 900),
    })),
    milliseconds: 24_000_000,
  });
  const path = join(folder, 'much.html');
  await writeFile(path, sourceOf(pollHtml(report)));
  return path;
}
