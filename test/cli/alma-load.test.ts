import { describe, expect, it } from 'vitest';
import { makeAlmaLibrary } from '../support/alma-library.ts';

describe('a load that follows its files into Alma', () => {
  it('starts the job, waits for it, and tells that Alma took all', async () => {
    const { alma, patronflow } = await makeAlmaLibrary();

    const { code, stdout, stderr } = await patronflow(['load']);

    expect(stdout).toContain('Delivered. Alma took it all.');
    expect(stdout).toContain('21 delivered = 21 created + 0 updated + 0 unchanged + 0 rejected');
    expect(code).toBe(0);
    expect(alma.jobs.runs).toHaveLength(1);
    expect(stderr).not.toContain('"level":50');
  });
});
