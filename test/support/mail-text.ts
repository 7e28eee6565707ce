/** What a person reads of a raw message. */
export interface ReadMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Reads a message of two alternatives, text and HTML. */
export function readMail(raw: string): ReadMail {
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(raw) ?? [];
  const [head = '', text = '', html = ''] = raw.split(`--${boundary}`);
  const field = (name: string) => {
    const [, value = ''] = new RegExp(`^${name}: ((?:.|\\r\\n[ \\t])*)`, 'm').exec(head) ?? [];
    return decodedWords(value.replace(/\r\n[ \t]/g, ' '));
  };
  return {
    from: field('From'),
    to: field('To').split(', '),
    subject: field('Subject'),
    text: decodedPart(text),
    html: decodedPart(html),
  };
}

/** Header fields outside ASCII: RFC 2047. */
function decodedWords(value: string): string {
  return value
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_word, encoding: string, text: string) =>
      encoding.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64').toString()
        : quotedPrintable(text.replaceAll('_', ' ')),
    );
}

function decodedPart(part: string): string {
  const end = part.indexOf('\r\n\r\n');
  const encoding = /^Content-Transfer-Encoding: (\S+)/im.exec(part.slice(0, end))?.[1];
  const body = part.slice(end + 4).replace(/\r\n$/, '');
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding === 'quoted-printable' ? quotedPrintable(body) : body;
}

function quotedPrintable(text: string): string {
  return text
    .replace(/=\r\n/g, '')
    .replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
}
