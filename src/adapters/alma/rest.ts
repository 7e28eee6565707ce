import { z } from 'zod';
import { PatronflowError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { standardRetry } from '../../core/retry.ts';
import { safeText } from '../../core/safe-text.ts';
import { count, endpoint, numeric, seconds, secret } from '../../core/settings.ts';
import type { AlmaCode, AlmaInstance, AlmaJob, AlmaRejects, AlmaService } from '../../load/ports.ts';
import { almaServiceAdapter } from '../../load/ports.ts';
import { fieldOf, listIn, textOf } from '../clients/alma-answer.ts';
import { type AlmaRequestOptions, AlmaRequests } from '../clients/alma-request.ts';

/** Entries of a page: the most that Alma gives. */
const pageSize = 100;

/** Pages of a list of jobs or instances: an institution has some hundreds of jobs, and a job five starts an hour. */
const mostPages = 20;

/** Rejected users that are read: enough for every reason. Ten times as many would take a thousand of the day's calls. */
const mostRejects = 2000;

export const restAlma = almaServiceAdapter({
  system: 'rest',
  options: z.strictObject({
    url: endpoint.describe(
      "Where Alma's API is, with its version: `https://api-na.hosted.exlibrisgroup.com/almaws/v1`. The region is the institution's.",
    ),
    key: secret.describe(
      'The API key. It needs the area Configuration: read-only to look, read/write to start a job.',
    ),
    requests_per_second: numeric(z.number().positive().max(8))
      .default(4)
      .describe('Maximum calls per second. Alma allows 25 for an institution, across all its programs.'),
    least_calls_left: count(0, 10_000_000)
      .default(1000)
      .describe(
        'Daily calls reserved for other programs. Patronflow makes no call when this many or fewer are left.',
      ),
    timeout_seconds: seconds(60, 600).describe('How long a call may take.'),
  }),
  create: ({ log }, { url, key, requests_per_second, least_calls_left, timeout_seconds }) =>
    createRestAlma(
      {
        url,
        key,
        requestsPerSecond: requests_per_second,
        leastCallsLeft: least_calls_left,
        timeoutMs: timeout_seconds * 1000,
        firstWaitMs: standardRetry.firstDelayMs,
      },
      log,
    ),
});

/** Alma's REST API. Shapes, and what is not known of them, from Ex Libris' OpenAPI files and clients of other libraries. */
export function createRestAlma(options: AlmaRequestOptions, log: Pick<Log, 'warn'>): AlmaService {
  const requests = new AlmaRequests(options, log);

  const get = async (path: string, parameters: Record<string, string | number>, signal: AbortSignal) => {
    const reply = await requests.get(path, parameters, signal);
    if (reply.kind === 'answer') return reply.body;
    throw refused(requests.place, path, reply.message);
  };

  /** All pages of a list. */
  const pages = async (
    path: string,
    name: string,
    parameters: Record<string, string | number>,
    signal: AbortSignal,
    most = mostPages * pageSize,
  ) => {
    const items: unknown[] = [];
    let total: number | null = null;
    while (items.length < most) {
      const body = await get(path, { ...parameters, limit: pageSize, offset: items.length }, signal);
      const page = listIn(body, name);
      items.push(...page);
      total = totalIn(body) ?? total;
      if (page.length === 0 || items.length >= (total ?? Infinity)) break;
      if (total === null && page.length < pageSize) break;
    }
    return { items, total };
  };

  const service: AlmaService = {
    name: requests.place,

    async check(signal) {
      const { environment, institution } = await service.facts(signal);
      return `answers as ${environment || 'an environment without a name'} of ${institution || 'an institution without a name'}`;
    },

    async facts(signal) {
      const body = await get('conf/general', {}, signal);
      return {
        environment: safeText(textOf(body, 'environment_type')).toLowerCase(),
        institution: safeText(textOf(body, 'institution', 'desc') || textOf(body, 'institution')),
      };
    },

    async tryWriting(signal) {
      const reply = await requests.post('conf/test', {}, signal);
      if (reply.kind === 'answer') return;
      const what = reply.kind === 'refused' ? reply.message : reply.what;
      throw refused(requests.place, 'conf/test', what);
    },

    async jobs(profile, signal) {
      const parameters = { type: 'SCHEDULED', ...(profile !== null && { profile_id: profile }) };
      return (await pages('conf/jobs', 'job', parameters, signal)).items.map(jobOf);
    },

    async start(job, signal) {
      const reply = await requests.post(`conf/jobs/${encodeURIComponent(job)}`, { op: 'run' }, signal);
      if (reply.kind === 'unclear') return reply;
      if (reply.kind === 'answer') {
        const instance = instanceIn(textOf(fieldOf(reply.body, 'additional_info'), 'link'));
        return instance === ''
          ? { kind: 'unclear', what: 'Alma did not say which run it started.' }
          : { kind: 'started', instance };
      }
      const why = reply.codes.map((code) => startRefusals[code]).find(Boolean);
      if (why) return { kind: 'refused', why };
      throw refused(requests.place, 'conf/jobs/…?op=run', reply.message);
    },

    async instances(job, since, signal) {
      // Days are the institution's own; one more is looked at, because its zone is not known.
      const from = new Date(since.getTime() - dayMs).toISOString().slice(0, 10);
      const until = new Date(Date.now() + dayMs).toISOString().slice(0, 10);
      const parameters = { submit_date_from: from, submit_date_to: until };
      const { items } = await pages(
        `conf/jobs/${encodeURIComponent(job)}/instances`,
        'job_instance',
        parameters,
        signal,
      );
      return items.map(instanceOf).sort((a, b) => timeOf(b.submittedAt) - timeOf(a.submittedAt));
    },

    async instance(job, id, signal) {
      return instanceOf(await get(pathOf(job, id), {}, signal));
    },

    async rejects(job, id, signal): Promise<AlmaRejects> {
      const { items, total } = await pages(`${pathOf(job, id)}/events`, 'event', {}, signal, mostRejects);
      return { total, entries: items.map(rejectOf) };
    },

    async codes(table, signal) {
      const isCampus = table === 'campuses';
      const path = isCampus ? 'conf/libraries' : `conf/code-tables/${encodeURIComponent(table)}`;
      const reply = await requests.get(path, {}, signal);
      if (reply.kind === 'refused') return null;
      return isCampus ? campusesIn(reply.body) : listIn(reply.body, 'row').map(codeOf);
    },

    async close() {},
  };
  return service;
}

const dayMs = 86_400_000;

/** Why Alma does not start a job, by its code. */
const startRefusals: Readonly<
  Record<string, 'overlap' | 'threshold' | 'not startable' | 'unknown job' | undefined>
> = {
  '60347': 'overlap',
  '402222': 'threshold',
  '402223': 'threshold',
  '402248': 'not startable',
  '402249': 'not startable',
  '402215': 'unknown job',
  '402216': 'unknown job',
};

function refused(place: string, path: string, what: string): PatronflowError {
  return new PatronflowError('ALMA_UNFIT', `Alma at ${place} rejects ${path} (${what}).`, {
    hint: 'Run `patronflow check`: it says whether key, profile and job fit.',
  });
}

const pathOf = (job: string, instance: string): string =>
  `conf/jobs/${encodeURIComponent(job)}/instances/${encodeURIComponent(instance)}`;

/** The last part of a link is the id of what it leads to. */
function instanceIn(link: string): string {
  const last =
    link
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? '';
  return /^[\w.-]{1,64}$/.test(last) && last !== 'instances' ? last : '';
}

function totalIn(body: unknown): number | null {
  const total = textOf(body, 'total_record_count');
  return /^\d+$/.test(total) ? Number(total) : null;
}

function jobOf(job: unknown): AlmaJob {
  const profile =
    textOf(job, 'related_profile') || instanceIn(textOf(fieldOf(job, 'related_profile'), 'link'));
  return { id: textOf(job, 'id'), name: textOf(job, 'name'), profile };
}

function instanceOf(instance: unknown): AlmaInstance {
  return {
    id: textOf(instance, 'id'),
    status: textOf(instance, 'status').toUpperCase(),
    submittedAt: textOf(instance, 'submit_time'),
    startedAt: textOf(instance, 'start_time'),
    endedAt: textOf(instance, 'end_time'),
    counters: listIn(instance, 'counter').flatMap((counter) => {
      const value = textOf(counter, 'value').replace(/[ ,.\u00a0]/g, '');
      if (!/^\d{1,12}$/.test(value)) return [];
      return [
        { code: textOf(counter, 'type'), label: textOf(counter, 'type', 'desc'), value: Number(value) },
      ];
    }),
    alerts: listIn(instance, 'alert').flatMap((alert) => {
      const text =
        textOf(alert, 'desc') || textOf(alert, 'value') || (typeof alert === 'string' ? alert : '');
      return text === '' ? [] : [text];
    }),
  };
}

/** Milliseconds; 0 for what is no time. */
function timeOf(text: string): number {
  return Date.parse(text) || 0;
}

/** Fields under which an id was seen, or may be expected. The shape of an event is documented nowhere. */
const idFields = ['primary_id', 'user_primary_id', 'user_id', 'identifier', 'user_identifier', 'match_id'];
const idInText =
  /\b(?:primary[ _]?id|user[ _]?(?:id|name)|identifier|match[ _]?id)\b["']?\s*[:=]\s*["']?([^\s"',;]+)/i;

function rejectOf(event: unknown): AlmaRejects['entries'][number] {
  const text = textsIn(event).join(' ');
  const named = idFields.map((name) => textOf(event, name)).find((id) => id !== '');
  return { id: named ?? idInText.exec(text)?.[1] ?? '', text };
}

/** All texts in a value, in order, without ids. */
function textsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (Array.isArray(node)) return node.flatMap(textsIn);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, child]) => (idFields.includes(name) ? [] : textsIn(child)));
}

function codeOf(row: unknown): AlmaCode {
  return {
    code: textOf(row, 'code'),
    description: textOf(row, 'description'),
    // What does not say is taken for enabled.
    isEnabled: textOf(row, 'enabled') !== 'false',
  };
}

function campusesIn(body: unknown): AlmaCode[] {
  const campuses = new Map(
    listIn(body, 'library', 'libraries').map((library) => [
      textOf(library, 'campus'),
      textOf(library, 'campus', 'desc'),
    ]),
  );
  campuses.delete('');
  return [...campuses].map(([code, description]) => ({ code, description, isEnabled: true }));
}
