import { BlockRegistry } from '../../core/registry.ts';
import { heartbeatNotice } from './heartbeat.ts';
import { webhookNotice } from './webhook.ts';

/** Whom a run tells besides mail. */
export const notices = new BlockRegistry([heartbeatNotice, webhookNotice]);
