import { afterAll, beforeAll, expect, it } from 'vitest';
import { BullmqPlace } from '../../../src/adapters/clients/bullmq.ts';
import { startPostgres, type TestDatabase, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let database: TestDatabase;
let place: BullmqPlace;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.freshDatabase();
  const { user, password } = database;
  const url = `${database.url}?sslmode=disable`;
  place = new BullmqPlace({ url, user, password, connectTimeoutMs: 10_000, callTimeoutMs: 20_000 });
  await place.migrate();
});
afterAll(async () => {
  await place.close();
  await database.close();
  await postgres.stop();
});

// The look for dead workers locks the rows of all jobs under way in an order of its own.
it('holds the row of no job while it waits for the row of another, so that no two statements deadlock', async () => {
  const queue = await place.queue<null, null>('ranges');
  await queue.addBulk(['first', 'second'].map((jobId) => ({ name: 'range', data: null, opts: { jobId } })));
  const worker = await place.worker<null, null>('ranges', null, { lockDuration: 30_000 });
  const ids = ['first', 'second'];
  for (const id of ids) expect((await worker.getNextJob('token'))?.id).toBe(id);
  const lockRow = (id: string) =>
    database.query(`SELECT FROM bullmq.job WHERE queue = 'ranges' AND id = '${id}' FOR UPDATE NOWAIT`);

  await database.query('BEGIN');
  await lockRow('second');
  const renewing = worker.extendJobLocks([...ids, 'gone'], ['token', 'token', 'token'], 60_000);
  const isWaiting = "datname = current_database() AND wait_event_type = 'Lock'";
  await expect.poll(() => database.query(`SELECT FROM pg_stat_activity WHERE ${isWaiting}`)).toHaveLength(1);
  await expect(lockRow('first')).resolves.toHaveLength(1);
  await database.query('COMMIT');
  expect(await renewing).toEqual(['gone']);
});
