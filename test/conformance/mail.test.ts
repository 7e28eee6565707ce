import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Mailer, Message } from '../../src/core/ports.ts';
import { failureOf } from '../support/failure.ts';
import { leavingNothing } from '../support/kept-alive.ts';
import { type MailBench, sesBench, smtpBench } from '../support/mail-benches.ts';
import { promisesOfEveryAdapter } from './every-adapter.ts';

const benches = [
  ['mail/smtp', smtpBench],
  ['mail/ses', sesBench],
] as const;

const message: Message = {
  from: 'reports@library.example',
  to: ['systems@library.example', 'staff.member@library.example'],
  subject: 'Patron load: 12 people – done',
  text: 'Twelve people were loaded: Zoë, 李 and ten more.\nNobody was left out.',
  html: '<p>Twelve <b>people</b> were loaded: Zoë, 李 and ten more.</p>',
};

describe.each(benches)('%s', (_adapter, start) => {
  let bench: MailBench;
  let mailer: Mailer;
  let before: number;

  /** What arrived since the test began. */
  const arrived = async () => (await bench.delivered()).slice(before);
  const failure = (work: Promise<unknown>) => failureOf(work, [...bench.secrets, ...message.to]);

  beforeAll(async () => {
    bench = await start();
  });
  beforeEach(async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    before = (await bench.delivered()).length;
    mailer = bench.open();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    bench.treat('takes');
    await mailer.close();
  });
  afterAll(() => bench.stop());

  promisesOfEveryAdapter(() => bench, /^MAIL_UNREACHABLE$/);

  it('brings everybody the text and the page, once, in the words in which they were written', async () => {
    await mailer.send(message);

    expect(await arrived()).toMatchObject([{ from: message.from, to: message.to, subject: message.subject }]);
    const [mail] = await arrived();
    expect(mail?.text.replace(/\r\n/g, '\n').trim()).toBe(message.text);
    expect(mail?.html.trim()).toBe(message.html);
  });

  it('brings one mail after the other, also a long one', async () => {
    const rows = Array.from(
      { length: 5_000 },
      (_, at) => `<tr><td>${at}</td><td>${'x'.repeat(40)}</td></tr>`,
    );
    const page = `<table>\n${rows.join('\n')}\n</table>`;
    await mailer.send({ ...message, subject: 'first' });
    await mailer.send({ ...message, subject: 'second', html: page });
    await mailer.send({ ...message, subject: 'third', to: ['systems@library.example'] });

    const mails = await arrived();
    expect(mails.map(({ subject }) => subject)).toEqual(['first', 'second', 'third']);
    expect(mails[1]?.html.replace(/\r\n/g, '\n').trim()).toBe(page);
    expect(mails[2]?.to).toEqual(['systems@library.example']);
  });

  it('tells "never" from "not now", names no recipient, and sends the next mail', async () => {
    bench.treat('refuses');
    expect(await failure(mailer.send(message))).toMatchObject({ code: 'MAIL_REFUSED', kind: 'config' });
    bench.treat('puts off');
    expect(await failure(mailer.send(message))).toMatchObject({ code: 'MAIL_UNREACHABLE', kind: 'fatal' });
    expect(await arrived()).toEqual([]);

    bench.treat('takes');
    await mailer.send(message);

    expect(await arrived()).toHaveLength(1);
  });

  it('says that the connection was cut in the middle of a mail, and sends the next one', async () => {
    bench.treat('breaks off');
    expect(await failure(mailer.send(message))).toMatchObject({ code: 'MAIL_UNREACHABLE' });

    bench.treat('takes');
    await mailer.send(message);

    expect(await arrived()).toHaveLength(1);
  });

  it('leaves nothing behind when it is closed, even after a mail that failed', async () => {
    await leavingNothing(async () => {
      const used = bench.open();
      await used.send(message);
      for (const how of ['refuses', 'breaks off'] as const) {
        bench.treat(how);
        await failure(used.send(message));
      }
      await used.close();
      await used.close();
    });
  });
});
