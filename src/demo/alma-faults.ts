import type { ServerResponse } from 'node:http';

/** What Alma, its gateway or the network does in place of an answer. */
export type AlmaFault =
  /** JSON was asked for, and XML comes; the answer is the same. */
  | 'as xml'
  | 'html 401'
  | 'html 200'
  | 'gateway 503'
  | 'gateway xml'
  | 'too many a second'
  | 'daily limit'
  | 'no right'
  | 'nothing'
  | 'cut'
  /** Never answers. */
  | 'silent';

/** A fault that waits for its request. */
export interface ScriptedFault {
  readonly fault: AlmaFault;
  /** `GET /conf/jobs`: the beginning of the request. */
  readonly of: string;
  /** Requests that it befalls. */
  times: number;
  /** Whether the request takes effect all the same, so that only its answer is lost. */
  readonly takesEffect: boolean;
}

const gatewayXml = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><web_service_result xmlns="http://com/exlibris/urm/general/xmlbeans"><errorsExist>true</errorsExist><error><errorCode>${code}</errorCode><errorMessage>${message}</errorMessage></error></web_service_result>`;

const listed = (code: string, message: string): string =>
  JSON.stringify({
    errorsExist: true,
    errorList: { error: [{ errorCode: code, errorMessage: message, trackingId: 'E01-0101010101-TEST1' }] },
    result: null,
  });

const answers: Readonly<
  Record<Exclude<AlmaFault, 'as xml' | 'cut' | 'silent'>, readonly [number, string, string]>
> = {
  'html 401': [
    401,
    'text/html',
    '<!DOCTYPE html><html><head><title>401</title></head><body>Unauthorized</body></html>',
  ],
  'html 200': [200, 'text/html', '<html><body>Please log in</body></html>'],
  'gateway 503': [503, 'application/xml', gatewayXml('GENERAL_ERROR', 'Service unavailable')],
  'gateway xml': [400, 'application/xml', gatewayXml('ROUTING_ERROR', 'Routing error')],
  'too many a second': [
    429,
    'application/json',
    listed('PER_SECOND_THRESHOLD', 'HTTP requests are more than allowed per second.'),
  ],
  'daily limit': [
    429,
    'application/json',
    listed('DAILY_THRESHOLD', 'HTTP requests are more than allowed daily.'),
  ],
  'no right': [400, 'application/json', listed('UNAUTHORIZED', 'API-key not defined or not configured.')],
  nothing: [200, 'application/json', ''],
};

/** Answers by a fault. @returns false for one that only changes the form of the answer */
export function answerByFault(fault: AlmaFault, response: ServerResponse): boolean {
  if (fault === 'as xml') return false;
  if (fault === 'silent') return true;
  if (fault === 'cut') {
    response.socket?.destroy();
    return true;
  }
  const [status, type, body] = answers[fault];
  response.writeHead(status, { 'content-type': `${type};charset=UTF-8` }).end(body);
  return true;
}

/** An error as Alma itself says it. */
export function almaError(code: string, message: string): { status: number; body: unknown } {
  return { status: 400, body: JSON.parse(listed(code, message)) };
}

/** An answer as XML: lists under a wrapper, `{ value, desc }` as an element with an attribute. */
export function asXml(root: string, body: unknown): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${element(root, body)}`;
}

/** Lists that have no wrapper in XML, because the element that holds them is one. */
const unwrapped: readonly string[] = ['job', 'job_instance', 'event', 'library', 'error'];

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => element(name, item)).join('');
    return unwrapped.includes(name) ? items : `<${name}s>${items}</${name}s>`;
  }
  if (value === null || value === undefined) return `<${name}/>`;
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`;
  const { desc, link, total_record_count: total, ...rest } = value as Record<string, unknown>;
  const attributes = Object.entries({ desc, link, total_record_count: total })
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => ` ${key}="${escaped(String(each))}"`)
    .join('');
  const content =
    Object.keys(rest).join() === 'value'
      ? escaped(String(rest.value))
      : Object.entries(rest)
          .map(([key, each]) => element(key, each))
          .join('');
  return `<${name}${attributes}>${content}</${name}>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
