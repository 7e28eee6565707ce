import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Secrets } from '../../src/adapters/secrets/kms.ts';
import { badPlaces, silentPlace } from '../support/bad-places.ts';
import { failureOf } from '../support/failure.ts';
import { hurry } from '../support/hurry.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { kmsBench, type SecretsBench } from '../support/secrets-benches.ts';

const benches = [['secrets/kms', kmsBench]] as const;

describe.each(benches)('%s', (_adapter, start) => {
  let bench: SecretsBench;
  let secrets: Secrets;

  /** The error of what cannot be decrypted, after a look that it tells nothing but the variable. */
  const failure = async (work: Promise<unknown>, sealed: string) => {
    const error = await failureOf(work, ['test-secret-key', ...(sealed === '' ? [] : [sealed.slice(0, 30)])]);
    expect(error.message).toContain('DB_PASSWORD');
    return error;
  };

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(() => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    secrets = bench.open();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    bench.heal();
    secrets.close();
  });
  afterAll(() => bench.stop());

  it.each(['x', 'pass@word/%:"\\', 'Ünïcödé 李 🙂', ' blanks around ', 'y'.repeat(4096)])(
    'decrypts a text as it was: %.20s',
    async (plain) => {
      expect(await secrets.decrypt('DB_PASSWORD', bench.encrypted(plain))).toBe(plain);
    },
  );

  it('decrypts several at a time, each by itself', async () => {
    const plain = Array.from({ length: 10 }, (_, index) => `password ${index}`);

    const decrypted = await Promise.all(
      plain.map((text) => secrets.decrypt('DB_PASSWORD', bench.encrypted(text))),
    );

    expect(decrypted).toEqual(plain);
  });

  it.each([
    ['changed', (sealed: string) => `${sealed.slice(0, -6)}AAAA==`],
    ['cut off', (sealed: string) => sealed.slice(0, 60)],
    ['not encrypted', () => 'not encrypted at all!'],
    ['empty', () => ''],
  ])('names the variable alone of a value that is %s, and decrypts the next', async (_what, spoil) => {
    const sealed = spoil(bench.encrypted('the password'));

    const error = await failure(secrets.decrypt('DB_PASSWORD', sealed), sealed);

    expect(error).toMatchObject({ code: 'SECRET_REFUSED', kind: 'config' });
    expect(await secrets.decrypt('DB_PASSWORD', bench.encrypted('the password'))).toBe('the password');
  });

  it.each([
    ['refused', 'SECRET_REFUSED'],
    ['busy', 'SECRET_UNREACHABLE'],
    ['cut', 'SECRET_UNREACHABLE'],
  ] as const)('tells a call that was %s from others, and decrypts the next', async (how, code) => {
    const sealed = bench.encrypted('the password');
    bench.fail(how);

    expect(await failure(secrets.decrypt('DB_PASSWORD', sealed), sealed)).toMatchObject({ code });

    bench.heal();
    expect(await secrets.decrypt('DB_PASSWORD', sealed)).toBe('the password');
  });

  it.each(badPlaces)('tells that its system is not there: %s', async (_what, startPlace) => {
    const sealed = bench.encrypted('the password');
    const place = await startPlace();

    await leavingNothing(async () => {
      const lost = bench.at(place.port);
      const error = await failure(lost.decrypt('DB_PASSWORD', sealed), sealed);
      expect(error).toMatchObject({ code: 'SECRET_UNREACHABLE', kind: 'fatal' });
      lost.close();
    });

    await place.stop();
  });

  it('does not wait forever for a system that never answers', async () => {
    const sealed = bench.encrypted('the password');
    const place = await silentPlace();
    hurry();

    await leavingNothing(async () => {
      const lost = bench.at(place.port);
      const error = await failure(lost.decrypt('DB_PASSWORD', sealed), sealed);
      expect(error).toMatchObject({ code: 'SECRET_UNREACHABLE' });
      lost.close();
    });

    await place.stop();
  });

  it('closes twice, before anything was asked and after, and leaves nothing behind', async () => {
    await leavingNothing(async () => {
      const unused = bench.open();
      unused.close();
      unused.close();
      const used = bench.open();
      await used.decrypt('DB_PASSWORD', bench.encrypted('the password'));
      used.close();
      used.close();
    });
  });
});
