import { inflateSync } from 'node:zlib';

export interface PdfPage {
  /** In millimetres. */
  readonly width: number;
  readonly height: number;
  /** Every letter that is drawn, in order, without white space. */
  readonly text: string;
}

/**
 * Reads what Chromium prints, as far as a test needs it: plain objects, streams in deflate, and text in fonts of its
 * own whose glyphs are given back their letters by tables.
 */
export function readPdf(pdf: Buffer): PdfPage[] {
  const source = pdf.toString('latin1');
  const objects = new Map<string, string>();
  for (const { 1: id = '', 2: body = '' } of source.matchAll(/^(\d+) 0 obj\n(.*?)\nendobj/gms))
    objects.set(id, body);
  const object = (id: string | undefined): string => objects.get(id ?? '') ?? '';
  const reference = (body: string, key: string): string =>
    object(new RegExp(`/${key} (\\d+) 0 R`).exec(body)?.[1]);

  const lettersOf = (fontId: string): Map<string, string> =>
    readLetters(inflated(reference(object(fontId), 'ToUnicode')));
  const kids = /\/Kids \[([^\]]*)\]/g;
  const order = [...source.matchAll(kids)].flatMap(([, list = '']) => [...list.matchAll(/(\d+) 0 R/g)]);
  return order.flatMap(([, id]) => {
    const body = object(id);
    if (!/\/Type \/Page\b(?!s)/.test(body)) return [];
    const [, width = 0, height = 0] = (/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(body) ?? []).map(Number);
    const fonts = new Map(
      [...body.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', font = '']) => [name, lettersOf(font)]),
    );
    const text = textOf(inflated(reference(body, 'Contents')), fonts);
    return [{ width: (width / 72) * 25.4, height: (height / 72) * 25.4, text }];
  });
}

function inflated(body: string): string {
  const start = body.indexOf('stream\n');
  return start < 0 ? '' : inflateSync(Buffer.from(body.slice(start + 7), 'latin1')).toString('latin1');
}

/** The letters of a font by the numbers of its glyphs, from its table. */
function readLetters(table: string): Map<string, string> {
  const letters = new Map<string, string>();
  const number = (hex: string | undefined) => Number.parseInt(hex ?? '', 16);
  for (const [, glyph = '', letter] of table.matchAll(/^<(\w{4})> <(\w{4})>$/gm))
    letters.set(glyph, String.fromCharCode(number(letter)));
  for (const [, first, last, letter] of table.matchAll(/^<(\w{4})> <(\w{4})> <(\w{4})>$/gm)) {
    for (let glyph = number(first); glyph <= number(last); glyph += 1)
      letters.set(
        glyph.toString(16).toUpperCase().padStart(4, '0'),
        String.fromCharCode(number(letter) + glyph - number(first)),
      );
  }
  return letters;
}

function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let text = '';
  let letters: ReadonlyMap<string, string> = new Map();
  for (const [, font, glyphs = ''] of content.matchAll(/\/(F\d+) [\d.]+ Tf|<(\w+)> Tj/g)) {
    if (font) letters = fonts.get(font) ?? new Map();
    for (const glyph of glyphs.match(/.{4}/g) ?? []) text += letters.get(glyph) ?? '\ufffd';
  }
  // Ligatures as the letters that they are of.
  return text.normalize('NFKC').replace(/\s/g, '');
}
