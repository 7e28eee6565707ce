import type { GeocoderSettings, Turn, TurnsOf } from '../../poll/ports.ts';

/** A request goes when its process lets it. */
export const alone: Turn = (request) => request();

/** How the requests to a service wait for their turn: among those of all machines where several share its limits. */
export function turnOf({ turnsOf }: GeocoderSettings, ...of: Parameters<TurnsOf>): Turn {
  return turnsOf?.(...of) ?? alone;
}
