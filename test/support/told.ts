import type { GeocoderSettings } from '../../src/poll/ports.ts';

/** A log of which no line is kept. */
export const silent: GeocoderSettings['log'] = { info: () => {}, warn: () => {} };

/** A log whose lines can be read. */
export function listening(): { log: GeocoderSettings['log']; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { log: { info: at('info'), warn: at('warn') }, lines };
}
