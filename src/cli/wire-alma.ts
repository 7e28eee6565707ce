import { almaService } from '../adapters/alma/index.ts';
import { checkpoints } from '../adapters/checkpoints/index.ts';
import type { AlmaConfig } from '../config/alma-schema.ts';
import type { LoadConfig } from '../config/load-schema.ts';
import type { Log } from '../core/log.ts';
import type { Checkpoint } from '../core/ports.ts';
import type { AlmaService } from '../load/ports.ts';
import { leaversGroup } from '../load/roster/leavers-settings.ts';
import { type SisSettings, usualPace } from '../load/sis-job/sis-settings.ts';
import { ledgerBeside } from './wire-load.ts';

/** Alma itself, and where it is noted what it was given last. */
export interface WiredAlma {
  readonly alma: AlmaService;
  readonly place: Checkpoint<unknown>;
  readonly settings: SisSettings;
  close(): Promise<void>;
}

/** Null where the configuration has no `alma`. */
export function wireAlma(config: LoadConfig, log: Log): WiredAlma | null {
  if (!config.alma) return null;
  const alma = almaService.create({ log }, config.alma);
  const ledger = config.ledger?.at ?? ledgerBeside(config.deliver.to);
  const place = checkpoints.create(
    { url: ledger.replace(/\.json$/, '-alma.json') },
    { ...config.deliver, ...config.ledger },
  );
  return {
    alma,
    place,
    settings: sisSettings(config, config.alma),
    close: async () => {
      await alma.close();
      await place.close();
    },
  };
}

function sisSettings({ groups, leavers, report, workspace }: LoadConfig, alma: AlmaConfig): SisSettings {
  const all = [...groups.map(({ name }) => name), ...(leavers ? [leaversGroup] : [])];
  return {
    after: alma.after_delivery,
    jobs: alma.jobs.map(({ profile = null, name = null, groups: some = all }) => ({
      profile,
      name,
      groups: some,
    })),
    limitMs: alma.watch_minutes * 60_000,
    counters: alma.counters,
    showsIds: report.row_keys,
    environment: alma.environment ?? (isProduction(workspace) ? 'production' : null),
    pace: usualPace,
  };
}

/** Whether an installation calls itself the real one. */
function isProduction(workspace = ''): boolean {
  return /^(prod|production)$/i.test(workspace.trim());
}
