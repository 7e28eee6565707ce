import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** Where a text begins in a configuration. */
export interface TextPlace {
  /** The line of its first line. */
  readonly line: number;
  /** The column of its first character in each line, from 1; null where YAML has folded its lines. */
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
    if (node.type === 'PLAIN')
      return { line, column: node.range[1] > endOfLine(yaml, node.range[0]) ? null : col };
    if (node.type !== 'BLOCK_LITERAL') return { line, column: node.type === 'BLOCK_FOLDED' ? null : col + 1 };
    const first = yaml.split(/\r?\n/)[line] ?? '';
    return { line: line + 1, column: first.length - first.trimStart().length + 1 };
  };
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  return found < 0 ? text.length : found;
}
