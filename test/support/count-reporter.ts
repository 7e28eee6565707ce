import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed` alone on the last line of a run, for people and programs that read no more than
 * that. It waits for the end of the process, because other reporters print until then.
 */
export default class CountReporter implements Reporter {
  #line = '';

  onInit(): void {
    process.once('exit', () => {
      if (this.#line) process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that cannot be loaded, or a hook that fails, is a failure without a test.
      count.failed += module.errors().length;
    }
    const skipped = count.skipped + count.pending;
    this.#line = `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  }
}
