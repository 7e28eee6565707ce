import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** Where a text begins in a configuration. */
export interface TextPlace {
  /** The line of its first line. */
  readonly line: number;
  /** The column of its first character in each line, from 1; null where YAML writes it in another way. */
  readonly column: number | null;
}

/** Finds where texts of a configuration stand, for messages about what is in them. */
export function textPlaces(yaml: string): (place: string) => TextPlace | null {
  return (place) => {
    const lines = new LineCounter();
    const document = parseDocument(yaml, { lineCounter: lines });
    let node: unknown = document.contents;
    for (const key of place.split('.'))
      node = isMap(node) ? node.get(key, true) : isSeq(node) ? node.get(Number(key), true) : null;
    if (!isScalar(node) || !node.range) return null;
    const { line, col } = lines.linePos(node.range[0]);
    const value = String(node.value);
    if (node.type === 'BLOCK_LITERAL')
      return { line: line + 1, column: columnOfBlock(yaml.split(/\r?\n/).slice(line), value) };
    const isBlock = node.type === 'BLOCK_FOLDED';
    const isQuoted = node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE';
    const quote = isQuoted ? 1 : 0;
    const isAsWritten = yaml.slice(node.range[0] + quote, node.range[1] - quote) === value;
    return { line: isBlock ? line + 1 : line, column: isAsWritten ? col + quote : null };
  };
}

/** A block is indented alike in all lines; blank ones may lack it. */
function columnOfBlock(lines: readonly string[], value: string): number | null {
  const texts = value.split('\n');
  const first = texts.findIndex((text) => text.trim() !== '');
  const [line = '', text = ''] = [lines[first], texts[first]];
  return first < 0 ? null : line.length - text.length + 1;
}
