import { describe, expect, it } from 'vitest';
import type { LoadJob, LoadPorts } from '../../../src/load/job.ts';
import { makeGroup } from '../../../src/load/make-group.ts';
import { PeopleRegister } from '../../../src/load/people-register.ts';
import { planColumns } from '../../../src/load/plan-columns.ts';
import type { RowSource } from '../../../src/load/ports.ts';
import { around, compile } from '../support/templates.ts';

describe('a stop', () => {
  it('is obeyed between two people of a batch, however long one of them takes', async () => {
    const template = compile(
      around('<status>{{#if (matches VALUE "([A-Za-z0-9]+[ .-]?)*")}}x{{/if}}</status>'),
    );
    const relation = { group: 'staff', table: 'staff' };
    const rows = Array.from({ length: 20_000 }, (_, index) => [`p${index}`, `${'a'.repeat(60_000)}!`]);
    const source: RowSource = {
      name: 'memory',
      check: async () => '',
      close: async () => {},
      columns: async () => ['ID', 'VALUE'],
      rows: async function* () {
        yield { rows };
      },
    };
    const stop = new AbortController();
    const before = process.cpuUsage();
    setTimeout(() => stop.abort(new Error('told to stop')), 300);
    const job: Pick<LoadJob, 'values' | 'afterReject'> = { values: 'keep', afterReject: 'stay_out' };
    const ports: Pick<LoadPorts, 'source'> = { source };
    const guard = {
      min_people: 0,
      max_value_loss: 1,
      max_code_loss: 1,
      max_newly_expired: 1,
      unchanged: 'warn',
    } as const;
    await expect(
      makeGroup({
        job: job as LoadJob,
        ports: ports as LoadPorts,
        group: { name: 'staff', relation, person: 'ID', template, guard, rules: [], inputs: {} },
        plan: planColumns({ relation, person: 'ID', template, rules: [] }, ['ID', 'VALUE']),
        register: new PeopleRegister(false),
        zip: null,
        signal: stop.signal,
      }),
    ).rejects.toThrow('told to stop');
    // All of the people take some twenty seconds.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
