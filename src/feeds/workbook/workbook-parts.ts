import { PatronflowError } from '../../core/errors.ts';
import { safeText } from '../../core/safe-text.ts';
import { maxCharacters, type NumberStyle, numberStyle, withoutEscapes } from './cell-text.ts';
import { parseWhole } from './parse-part.ts';
import { damaged, unusable, type WorkbookZip } from './workbook-zip.ts';

/** What the cells of a sheet refer to. */
export interface WorkbookParts {
  /** The part with the rows. */
  readonly sheet: string;
  readonly strings: readonly string[];
  /** By the number of a cell's style. */
  readonly styles: readonly NumberStyle[];
  readonly is1904: boolean;
}

/** Characters of the texts that cells share; they are kept in memory. */
const maxStrings = 256 * 1024 ** 2;

/** What a text takes in memory beside its characters. */
const leastOfString = 16;

/** Bytes of a part that tells of sheets or styles. Styles of a workbook that grew for years may have some 10 MB. */
const maxOfSmallPart = 64 * 1024 ** 2;

/** ECMA-376, part 1: 18.2 (workbook), 18.8 (styles), 18.4 (shared strings). */
export async function readParts(
  zip: WorkbookZip,
  name: string,
  sheet: string | number,
): Promise<WorkbookParts> {
  try {
    const { sheets, is1904 } = await readWorkbookPart(zip);
    const found =
      typeof sheet === 'number'
        ? sheets[sheet - 1]
        : sheets.find((each) => each.name.toLowerCase() === sheet.toLowerCase());
    if (!found) throw sheetMissing(name, sheet, sheets);
    const targets = await readTargets(zip);
    const part = targets.get(found.id);
    if (part === undefined || !zip.has(part)) throw damaged(name);
    return { sheet: part, strings: await readStrings(zip, name), styles: await readStyles(zip), is1904 };
  } catch (error) {
    throw error instanceof PatronflowError ? error : damaged(name, error);
  }
}

function sheetMissing(
  name: string,
  sheet: string | number,
  sheets: readonly { readonly name: string }[],
): PatronflowError {
  const which = typeof sheet === 'number' ? `sheet number ${sheet}` : `sheet called ${safeText(sheet)}`;
  const present = sheets.map((each) => safeText(each.name)).join(', ');
  return unusable(
    name,
    `has no ${which}`,
    `It has ${present || 'no sheets'}. Set sheet in the table's format.`,
  );
}

async function readWorkbookPart(zip: WorkbookZip) {
  const sheets: { name: string; id: string }[] = [];
  let is1904 = false;
  await parseWhole(zip.read('xl/workbook.xml', maxOfSmallPart), {
    open(element, attributes) {
      if (element === 'workbookPr') is1904 = ['1', 'true'].includes(attributes.date1904 ?? '');
      if (element === 'sheet') sheets.push({ name: attributes.name ?? '', id: idOf(attributes) });
    },
  });
  return { sheets, is1904 };
}

/** The attribute `id` of the relationships' namespace, under the prefix that the program chose. */
function idOf(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
}

async function readTargets(zip: WorkbookZip): Promise<ReadonlyMap<string, string>> {
  const targets = new Map<string, string>();
  await parseWhole(zip.read('xl/_rels/workbook.xml.rels', maxOfSmallPart), {
    open(element, { Id = '', Target = '' }) {
      if (element === 'Relationship')
        targets.set(Id, Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`);
    },
  });
  return targets;
}

async function readStyles(zip: WorkbookZip): Promise<NumberStyle[]> {
  if (!zip.has('xl/styles.xml')) return [];
  const custom = new Map<number, string>();
  const ids: number[] = [];
  let isInCells = false;
  await parseWhole(zip.read('xl/styles.xml', maxOfSmallPart), {
    open(element, attributes) {
      if (element === 'numFmt') custom.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      if (element === 'cellXfs') isInCells = true;
      if (element === 'xf' && isInCells) ids.push(Number(attributes.numFmtId ?? 0));
    },
    close(element) {
      if (element === 'cellXfs') isInCells = false;
    },
  });
  return ids.map((id) => numberStyle(id, custom));
}

async function readStrings(zip: WorkbookZip, name: string): Promise<string[]> {
  if (!zip.has('xl/sharedStrings.xml')) return [];
  const strings: string[] = [];
  let text = '';
  let size = 0;
  let isInText = false;
  let isPhonetic = false;
  await parseWhole(zip.read('xl/sharedStrings.xml'), {
    open(element) {
      if (element === 'si') text = '';
      if (element === 'rPh') isPhonetic = true;
      isInText = element === 't' && !isPhonetic;
    },
    text(part) {
      if (isInText && text.length < maxCharacters) text += part;
    },
    close(element) {
      if (element === 't') isInText = false;
      if (element === 'rPh') isPhonetic = false;
      if (element !== 'si') return;
      size += text.length + leastOfString;
      if (size > maxStrings)
        throw new PatronflowError('LIMIT_EXCEEDED', `${name} holds more than 256 MiB of texts.`, {
          hint: 'Export the sheet as text, which is read in pieces.',
        });
      strings.push(withoutEscapes(text));
    },
  });
  return strings;
}
