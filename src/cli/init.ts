import type { Terminal } from './terminal.ts';
export async function initCommand(_job: string, _directory: string, _terminal: Terminal): Promise<number> {
  return 70;
}
