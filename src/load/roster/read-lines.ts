const lineEnd = 0x0a;

/** The lines of a file, those of one piece at a time: a wait for each of a million lines would take longer than all else. */
export async function* readLines(file: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer | null = null;
  for await (const piece of file) {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(lineEnd); end >= 0; end = piece.indexOf(lineEnd, start)) {
      const line = piece.subarray(start, end);
      lines.push(rest ? Buffer.concat([rest, line]) : line);
      rest = null;
      start = end + 1;
    }
    if (start < piece.length) {
      const begun = piece.subarray(start);
      rest = rest ? Buffer.concat([rest, begun]) : begun;
    }
    if (lines.length > 0) yield lines;
  }
  if (rest) yield [rest];
}
