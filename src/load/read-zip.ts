import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { checksummed } from '../core/checksum.ts';
import { safeText } from '../core/safe-text.ts';
import { limits } from './alma/rules.ts';

/** Why a zip, or a file in it, cannot be used. The message holds nothing of its content. */
class UnusableZip extends Error {}

/** A file of a zip, under a name that may be shown. */
export interface ZipContent {
  readonly name: string;
  readonly chunks: AsyncIterable<Buffer>;
}

/** Tells a zip by its first bytes: Alma renames the files that it has read, and an empty name proves nothing. */
export async function isZip(path: string): Promise<boolean> {
  const start = await firstBytes(path);
  return zipStarts.some((mark) => start.startsWith(mark));
}

const zipStarts = ['504b0304', '504b0506', '504b0708'];

/** Other formats that files named .zip turn out to be, by their first bytes. */
const otherFormats: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'an empty file'],
  [/^1f8b/, 'gzip'],
  [/^377abcaf271c/, '7z'],
  [/^526172211a07/, 'RAR'],
  [/^425a68/, 'bzip2'],
  [/^fd377a585a00/, 'xz'],
  [/^(efbbbf)?3c/, 'XML or HTML'],
];

/** What a file is that is not a zip. */
export async function otherFormatOf(path: string): Promise<string> {
  const start = await firstBytes(path);
  return otherFormats.find(([mark]) => mark.test(start))?.[1] ?? 'something else';
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead).toString('hex');
  } finally {
    await file.close();
  }
}

/**
 * Reads the XML files of a zip one after the other. What is wrong with one of them is reported, and the next is read.
 * @param report gets the name of the file in the zip, or '' for the zip as a whole
 */
export async function readZip(
  path: string,
  read: (content: ZipContent) => Promise<void>,
  report: (name: string, message: string) => void,
): Promise<void> {
  let xmlFiles = 0;
  try {
    // Names stay bytes: otherwise the library gives the whole zip up at the first name that leads out of it.
    const zip = await yauzl.openPromise(path, { decodeStrings: false }).catch(failWith);
    try {
      for await (const entry of entriesOf(zip)) {
        const name = nameOf(entry);
        const isXml = name.toLowerCase().endsWith('.xml');
        if (isXml) xmlFiles += 1;
        if (xmlFiles > limits.xmlFilesPerZip)
          throw new UnusableZip(
            `holds more than ${limits.xmlFilesPerZip} XML files, and Alma accepts no more; the rest is not read`,
          );
        const obstacle = trickOf(name, entry) ?? (isXml ? codingOf(entry) : null);
        if (obstacle !== null) report(safeText(name), obstacle);
        else if (isXml) await readEntry(zip, entry, read, report);
      }
    } finally {
      zip.close();
    }
    if (xmlFiles === 0) throw new UnusableZip('holds no XML file');
  } catch (error) {
    if (!(error instanceof UnusableZip)) throw error;
    report('', error.message);
  }
}

async function readEntry(
  zip: ZipFile,
  entry: Entry,
  read: (content: ZipContent) => Promise<void>,
  report: (name: string, message: string) => void,
): Promise<void> {
  const name = safeText(nameOf(entry));
  try {
    const content = contentOf(await zip.openReadStreamPromise(entry).catch(failWith));
    const mismatch = () => new UnusableZip('is damaged: its checksum does not match that in the zip');
    await read({ name, chunks: checksummed(content, entry.crc32, mismatch) });
  } catch (error) {
    if (!(error instanceof UnusableZip)) throw error;
    report(name, error.message);
  }
}

/** Entries, with the library's errors as ours. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    for await (const entry of zip.eachEntry()) yield entry;
  } catch (error) {
    failWith(error);
  }
}

async function* contentOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    failWith(error);
  }
}

function nameOf({ fileNameRaw, generalPurposeBitFlag, extraFields }: Entry): string {
  return yauzl.getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

/** The kind of file in the upper half of the attributes, as Unix has it. */
const fileKind = 0o170000;
const symbolicLink = 0o120000;

function trickOf(name: string, entry: Entry): string | null {
  if (yauzl.validateFileName(name) !== null)
    return 'has a name that leads out of the zip; it is not read, and programs reject the entire zip for it';
  if (((entry.externalFileAttributes >>> 16) & fileKind) === symbolicLink)
    return 'is a link to another file, which is not in the zip';
  return null;
}

/** Compressions that some programs choose by themselves, by their numbers in the zip format (APPNOTE.TXT, 4.4.5). */
const compressions: Readonly<Record<number, string>> = {
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};

function codingOf(entry: Entry): string | null {
  if (entry.isEncrypted()) return encrypted;
  if (entry.canDecodeFileData()) return null;
  const method = compressions[entry.compressionMethod] ?? `method ${entry.compressionMethod}`;
  return `is compressed with ${method}, which few programs read; compress it with Deflate`;
}

const encrypted = 'is encrypted, so Alma cannot read it; make the zip without a password';

/** The library's messages in our words; its own quote names. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    /^End of central directory record signature not found/,
    'is cut off: the end of the zip is missing; copy it again',
  ],
  [/^Invalid comment length/, 'has bytes after the end of the zip; was it copied as text, not as binary?'],
  [/^multi-disk/, 'is one part of a zip in several parts; Alma accepts only complete ones'],
  [/^strong encryption/, encrypted],
];

/** @throws UnusableZip for what is wrong with the file; what is wrong with the disk stays as it is */
function failWith(error: unknown): never {
  if (!(error instanceof Error) || 'syscall' in error) throw error;
  throw new UnusableZip(
    causes.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'is damaged; copy it again',
  );
}
