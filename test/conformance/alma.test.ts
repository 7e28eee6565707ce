import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AlmaService } from '../../src/load/ports.ts';
import { type AlmaBench, restBench } from '../support/alma-benches.ts';
import { failureOf } from '../support/failure.ts';
import { never } from '../support/never.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [['alma/rest', restBench]] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: AlmaBench;
  let service: AlmaService;

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    service = bench.open();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^ALMA_(UNREACHABLE|BUSY)$/);

  it('reads the same from XML as from JSON', async () => {
    const started = await service.start(bench.job, never);
    const id = started.kind === 'started' ? started.instance : '';
    await service.instance(bench.job, id, never);
    const look = async () => [
      await service.facts(never),
      await service.jobs(bench.profile, never),
      await service.jobs(null, never),
      await service.instances(bench.job, new Date(), never),
      await service.instance(bench.job, id, never),
      await service.codes('UserGroups', never),
      await service.codes('campuses', never),
    ];
    const json = await look();

    bench.alma.fail('GET', 'as xml', { times: 7 });

    expect(await look()).toEqual(json);
    expect(json[1]).toMatchObject([{ id: bench.job, profile: bench.profile }]);
    expect(json[5]).toContainEqual({ code: '99', description: 'Old readers', isEnabled: false });
  });

  it('knows where a started run is, also from XML', async () => {
    bench.alma.fail('POST', 'as xml');

    const started = await service.start(bench.job, never);

    expect(started).toEqual({ kind: 'started', instance: bench.alma.jobs.runs.at(-1)?.id });
  });

  it('reads all pages of jobs and of rejected users', async () => {
    const { jobs } = bench.alma;
    const run = jobs.runs[0];
    for (let index = 0; index < 250; index += 1) run?.rejected.push({ id: `R${index}`, reason: 'why' });
    for (const shape of ['fields', 'sentences'] as const) {
      jobs.manner.events = shape;

      const { total, entries } = await service.rejects(bench.job, run?.id ?? '', never);

      expect(total).toBe(shape === 'fields' ? 250 : null);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(250);
      expect(entries[0]?.id).toBe('R0');
      expect(entries[0]?.text).toContain('why');
    }
  });

  it.each([
    ['html 401', 'ALMA_REFUSED'],
    ['html 200', 'ALMA_REFUSED'],
    ['nothing', 'ALMA_REFUSED'],
    ['no right', 'ALMA_REFUSED'],
    ['daily limit', 'ALMA_LIMIT'],
  ] as const)('gives up at once on %s', async (fault, code) => {
    const asked = bench.alma.requests.length;
    bench.alma.fail('GET /conf/general', fault);

    expect(await failureOf(service.facts(never), bench.secrets)).toMatchObject({ code });
    expect(bench.alma.requests.length).toBe(asked + 1);
  });

  it.each(['gateway 503', 'gateway xml', 'too many a second', 'cut'] as const)(
    'asks again after %s, and says so when it stays',
    async (fault) => {
      bench.alma.fail('GET /conf/general', fault, { times: 2 });
      expect(await service.facts(never)).toMatchObject({ environment: 'sandbox' });

      bench.alma.fail('GET /conf/general', fault, { times: 3 });
      expect(await failureOf(service.facts(never), bench.secrets)).toMatchObject({ code: 'ALMA_BUSY' });
    },
  );

  it.each(['gateway 503', 'gateway xml', 'cut', 'html 200', 'nothing'] as const)(
    'asks once to start a job, and does not know what came of it after %s',
    async (fault) => {
      const asked = bench.alma.requests.length;
      bench.alma.fail('POST', fault);

      expect(await service.start(bench.job, never)).toMatchObject({ kind: 'unclear' });
      expect(bench.alma.requests.length).toBe(asked + 1);
    },
  );

  it('asks again to start a job when Alma says that it did nothing', async () => {
    for (const run of bench.alma.jobs.runs) run.looksLeft = 0;
    bench.alma.fail('POST', 'too many a second');

    expect(await service.start(bench.job, never)).toMatchObject({ kind: 'started' });
  });

  it('says that a table cannot be read, which is not a table without codes', async () => {
    expect(await service.codes('NoSuchTable', never)).toBeNull();
  });

  it('makes no call at the floor of the day', async () => {
    bench.alma.callsLeft = 1;
    expect(await service.facts(never)).toMatchObject({ environment: 'sandbox' });
    const asked = bench.alma.requests.length;

    expect(await failureOf(service.facts(never), bench.secrets)).toMatchObject({ code: 'ALMA_LIMIT' });
    expect(bench.alma.requests.length).toBe(asked);
    bench.alma.callsLeft = 50_000;
  });
});
