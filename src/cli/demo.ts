import type { Terminal } from './terminal.ts';
export async function demoCommand(
  _options: { out: string; people: number; seed: number },
  _terminal: Terminal,
): Promise<number> {
  return 70;
}
