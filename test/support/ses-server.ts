import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import ses from 'aws-ses-v2-local';

/** The package is CommonJS: Node wraps its default export, vitest unwraps it. */
type Start = typeof ses.default;
const start = typeof ses === 'function' ? (ses as Start) : ses.default;

export interface StoredMail {
  readonly from: string;
  readonly destination: { readonly to: readonly string[] };
  readonly subject: string;
  readonly body: { readonly text?: string; readonly html?: string };
}

export interface SesServer {
  readonly endpoint: string;
  mails(): Promise<readonly StoredMail[]>;
  stop(): Promise<void>;
}

/** What the server says of its account; it reads it from the variable AWS_SES_ACCOUNT. */
export const sesAccount = {
  DedicatedIpAutoWarmupEnabled: false,
  Details: {
    AdditionalContactEmailAddresses: [],
    ContactLanguage: 'EN',
    MailType: 'TRANSACTIONAL',
    ReviewDetails: { CaseId: '1', Status: 'GRANTED' },
    UseCaseDescription: 'reports',
    WebsiteURL: 'https://library.example',
  },
  EnforcementStatus: 'HEALTHY',
  ProductionAccessEnabled: true,
  SendingEnabled: true,
  SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 0 },
  SuppressionAttributes: { SuppressedReasons: [] },
};

/** An SES that takes every mail and shows it. */
export async function startSesServer(): Promise<SesServer> {
  const server = await start({ host: '127.0.0.1', port: 0 });
  const endpoint = endpointOf(server);
  return {
    endpoint,
    mails: async () => {
      const answer = await fetch(`${endpoint}/store`);
      return ((await answer.json()) as { emails: StoredMail[] }).emails;
    },
    stop: () => stopServer(server),
  };
}

/** An SES that answers every call with one of its errors. */
export async function startRefusingSes(
  status: number,
  type: string,
): Promise<{ endpoint: string; calls: () => number; stop(): Promise<void> }> {
  let calls = 0;
  const server = createServer((incoming, outgoing) => {
    calls += 1;
    incoming.resume();
    incoming.on('end', () => {
      outgoing.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
      outgoing.end(
        JSON.stringify({ message: 'Email address is not verified: staff.member@library.example' }),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { endpoint: endpointOf(server), calls: () => calls, stop: () => stopServer(server) };
}

function endpointOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
