import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { WorkbookFormat } from '../../../../src/feeds/feed-format.ts';
import { type WholeTable, wholeTable } from '../tables.ts';

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"';
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** What is in a workbook, as XML. */
export interface Written {
  /** The rows of the only sheet; or of several, by name. */
  readonly rows: string | Readonly<Record<string, string>>;
  readonly strings?: string | null;
  /** Formats by their number from 164 on; the style of a cell is its place in the list, from 1. */
  readonly formats?: readonly (string | number)[];
  readonly is1904?: boolean;
  /** Parts to add, or to put in place of others. */
  readonly parts?: Readonly<Record<string, string | null>>;
}

/** The parts of a workbook as Excel writes them. */
export function partsOf({ rows, strings = null, formats = [], is1904 = false, parts = {} }: Written) {
  const sheets = Object.entries(typeof rows === 'string' ? { People: rows } : rows);
  const found: Record<string, string | null> = {
    'xl/workbook.xml': `<workbook ${main} ${relations}><workbookPr${is1904 ? ' date1904="1"' : ''}/><sheets>${sheets
      .map(([name], at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${sheets
      .map((_, at) => `<Relationship Id="rId${at + 1}" Target="worksheets/sheet${at + 1}.xml"/>`)
      .join('')}</Relationships>`,
    'xl/styles.xml': `<styleSheet ${main}><numFmts>${formats
      .map((code, at) =>
        typeof code === 'number' ? '' : `<numFmt numFmtId="${164 + at}" formatCode="${code}"/>`,
      )
      .join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${formats
      .map((code, at) => `<xf numFmtId="${typeof code === 'number' ? code : 164 + at}"/>`)
      .join('')}</cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': strings && `<sst ${main}>${strings}</sst>`,
  };
  for (const [at, [, text]] of sheets.entries())
    found[`xl/worksheets/sheet${at + 1}.xml`] =
      `<worksheet ${main}><sheetData>${text}</sheetData><pageMargins/></worksheet>`;
  return { ...found, ...parts };
}

export async function workbook(written: Written): Promise<Buffer> {
  return zipOf(partsOf(written));
}

export async function zipOf(parts: Readonly<Record<string, string | Buffer | null>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts))
    if (content !== null)
      zip.addBuffer(Buffer.isBuffer(content) ? content : Buffer.from(head + content), name);
  zip.end();
  return buffer(zip.outputStream);
}

/** A row of cells that hold their texts themselves. */
export function row(at: number, ...values: readonly string[]): string {
  const cells = values.map(
    (value, column) =>
      `<c r="${String.fromCharCode(65 + column)}${at}" t="inlineStr"><is><t xml:space="preserve">${value}</t></is></c>`,
  );
  return `<row r="${at}">${cells.join('')}</row>`;
}

export const sheetFormat: WorkbookFormat = {
  kind: 'workbook',
  sheet: 1,
  skipLines: 0,
  errorCells: 'reject',
  header: null,
  headerRows: 1,
};

export async function readWorkbook(
  written: Written | Buffer,
  format: Partial<WorkbookFormat> = {},
): Promise<WholeTable> {
  const bytes = Buffer.isBuffer(written) ? written : await workbook(written);
  return wholeTable(bytes, 20_000, { ...sheetFormat, ...format });
}

/** The text of one cell. @param cell its XML, without the reference */
export async function cellText(cell: string, written: Partial<Written> = {}): Promise<string | undefined> {
  const { rows } = await readWorkbook({ rows: `${row(1, 'A')}<row r="2">${cell}</row>`, ...written });
  return rows[0]?.[0];
}
