import type { SaxesTagPlain } from 'saxes';

/** What is told of the XML of a part; names come without a prefix. */
export interface PartHandler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Elements within each other; sheets have seven. More would fill the memory. */
const maxDepth = 100;

/** Bytes without the end of an element. A cell has 32,767 characters at most; more would fill the memory. */
const maxQuiet = 4 * 1024 ** 2;

/**
 * Parses the XML of a part in pieces.
 * @param afterPiece called after each piece, to take what was found
 */
export async function* parsePart<T>(
  chunks: AsyncIterable<Buffer>,
  handler: PartHandler,
  afterPiece: () => T | null,
): AsyncGenerator<T> {
  const { SaxesParser } = await import('saxes');
  const parser = new SaxesParser();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('a part with a document type');
  });
  let depth = 0;
  let quiet = 0;
  parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
    depth += 1;
    if (depth > maxDepth) throw new Error('a part with too many elements within each other');
    handler.open?.(local(name), attributes);
  });
  parser.on('text', (text) => handler.text?.(text));
  parser.on('cdata', (text) => handler.text?.(text));
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    quiet = 0;
    handler.close?.(local(name));
  });
  for await (const chunk of chunks) {
    quiet += chunk.length;
    if (quiet > maxQuiet) throw new Error('a part with an endless text');
    parser.write(decoder.decode(chunk, { stream: true }));
    const found = afterPiece();
    if (found !== null) yield found;
  }
  parser.write(decoder.decode()).close();
  const found = afterPiece();
  if (found !== null) yield found;
}

/** Parses a part that has little in it. */
export async function parseWhole(chunks: AsyncIterable<Buffer>, handler: PartHandler): Promise<void> {
  for await (const _ of parsePart(chunks, handler, () => null));
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
