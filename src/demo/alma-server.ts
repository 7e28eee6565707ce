import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type AlmaFault, almaError, answerByFault, asXml, type ScriptedFault } from './alma-faults.ts';
import { AlmaJobs, type AlmaProfile, jobIdOf } from './alma-jobs.ts';
import { type AlmaTableRow, inventedTables } from './alma-tables.ts';

export interface AlmaServerOptions {
  readonly key: string;
  readonly profiles: readonly AlmaProfile[];
}

/** An Alma of one's own, on this machine alone: its REST API as far as a load asks it, and the jobs that read the folders. */
export interface AlmaServer {
  /** Up to `/almaws/v1`. */
  readonly url: string;
  readonly jobs: AlmaJobs;
  readonly tables: Record<string, readonly AlmaTableRow[]>;
  environment: string;
  /** Whether the key may start jobs. */
  mayWrite: boolean;
  /** Calls that are left today. */
  callsLeft: number;
  /** What a start is refused with: a code of Alma's. */
  refusesStartBy: string | null;
  /** Requests so far: `GET /conf/jobs`. */
  readonly requests: string[];
  /** Lets a fault befall the next requests that begin so. */
  fail(of: string, fault: AlmaFault, more?: { times?: number; takesEffect?: boolean }): void;
  /** Starts a job as its schedule would. */
  runSchedule(profile: string): Promise<string>;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Its element, where XML is asked for. */
  readonly root?: string;
}

/** Starts it on a port that is free. */
export async function startAlmaServer({ key, profiles }: AlmaServerOptions): Promise<AlmaServer> {
  const jobs = new AlmaJobs(profiles);
  const faults: ScriptedFault[] = [];
  const sockets = new Set<Socket>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const path = url.pathname.replace(/^\/almaws\/v1/, '');
    const called = `${request.method} ${path}`;
    alma.requests.push(called);
    const fault = faults.find(({ of, times }) => times > 0 && called.startsWith(of));
    if (fault) fault.times -= 1;
    if (fault && !fault.takesEffect && answerByFault(fault.fault, response)) return;
    alma.callsLeft -= 1;
    const isKnown = request.headers.authorization === `apikey ${key}`;
    const found = isKnown
      ? await answerOf(alma, request.method ?? '', path, url.searchParams)
      : almaError('UNAUTHORIZED', 'API-key not defined or not configured to allow this API.');
    if (fault?.takesEffect && answerByFault(fault.fault, response)) return;
    const isXml = fault?.fault === 'as xml';
    response.writeHead(found.status, {
      'content-type': isXml ? 'application/xml;charset=UTF-8' : 'application/json;charset=UTF-8',
      'x-exl-api-remaining': String(alma.callsLeft),
    });
    response.end(
      isXml ? asXml((found as Answer).root ?? 'web_service_result', found.body) : JSON.stringify(found.body),
    );
  };
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const alma: AlmaServer = {
    url: `http://127.0.0.1:${port}/almaws/v1`,
    jobs,
    tables: { ...inventedTables },
    environment: 'sandbox',
    mayWrite: true,
    callsLeft: 50_000,
    refusesStartBy: null,
    requests: [],
    fail: (of, fault, { times = 1, takesEffect = false } = {}) =>
      void faults.push({ fault, of, times, takesEffect }),
    runSchedule: (profile) => jobs.start(jobIdOf(profile)),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return alma;
}

async function answerOf(
  alma: AlmaServer,
  method: string,
  path: string,
  parameters: URLSearchParams,
): Promise<Answer> {
  if (path === '/conf/general') return general(alma);
  if (path === '/conf/test') {
    if (method === 'POST' && !alma.mayWrite) return almaError('FORBIDDEN', 'The key may only read.');
    return { status: 200, body: { test: 'OK' }, root: 'test' };
  }
  if (path === '/conf/libraries') return libraries(alma);
  const [, table] = /^\/conf\/code-tables\/([^/]+)$/.exec(path) ?? [];
  if (table) return codeTable(alma, decodeURIComponent(table));
  if (path.startsWith('/conf/jobs')) return jobAnswer(alma, method, path, parameters);
  return almaError('INVALID_REQUEST', 'There is no such API.');
}

function general({ environment }: AlmaServer): Answer {
  const institution = { value: '01EXA_INST', desc: 'Example University' };
  return { status: 200, body: { institution, environment_type: environment }, root: 'general' };
}

function libraries({ tables }: AlmaServer): Answer {
  const library = (tables.campuses ?? []).map(({ code, description }) => ({
    code: `L_${code}`,
    campus: { value: code, desc: description },
  }));
  return { status: 200, body: { library, total_record_count: library.length }, root: 'libraries' };
}

function codeTable({ tables }: AlmaServer, name: string): Answer {
  const rows = name === 'campuses' ? undefined : tables[name];
  if (!rows) return almaError('40166404', 'The code table cannot be read.');
  const row = rows.map(({ code, description, enabled = true }) => ({
    code,
    description,
    default: false,
    enabled,
  }));
  return { status: 200, body: { name, row }, root: 'code_table' };
}

async function jobAnswer(
  alma: AlmaServer,
  method: string,
  path: string,
  parameters: URLSearchParams,
): Promise<Answer> {
  const { jobs } = alma;
  const offset = Number(parameters.get('offset') ?? 0);
  const limit = Math.min(100, Number(parameters.get('limit') ?? 10));
  const [, , , job, part, instance, events] = path.split('/').map(decodeURIComponent);
  if (job === undefined) {
    const all = jobs.list(parameters.get('profile_id'));
    return {
      status: 200,
      body: { job: all.slice(offset, offset + limit), total_record_count: all.length },
      root: 'jobs',
    };
  }
  if (!jobs.has(job)) return almaError('402216', 'Job ID does not exist.');
  if (method === 'POST') return startAnswer(alma, job);
  const runs = jobs.runs.filter((run) => run.job === job);
  if (part === 'instances' && instance === undefined)
    return {
      status: 200,
      body: {
        job_instance: runs.slice(offset, offset + limit).map((run) => jobs.look(run)),
        total_record_count: runs.length,
      },
      root: 'job_instances',
    };
  const run = runs.find(({ id }) => id === instance);
  if (!run) return almaError('60332', 'There is no such instance.');
  if (events === 'events') return { status: 200, body: jobs.events(run, offset, limit), root: 'events' };
  return { status: 200, body: jobs.look(run), root: 'job_instance' };
}

async function startAnswer(alma: AlmaServer, job: string): Promise<Answer> {
  const { jobs, mayWrite, refusesStartBy } = alma;
  if (!mayWrite) return almaError('FORBIDDEN', 'The key may only read.');
  if (refusesStartBy !== null) return almaError(refusesStartBy, 'The job was not started.');
  if (jobs.isRunning(job)) return almaError('60347', 'The job overlaps a running job.');
  const instance = await jobs.start(job);
  const link = `${alma.url}/conf/jobs/${job}/instances/${instance}`;
  const info = { value: 'Job no. has been initiated.', link };
  return { status: 200, body: { id: job, additional_info: info }, root: 'job' };
}
