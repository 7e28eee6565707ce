/** Physical lines of a text, counted sign by sign and knowing nothing of the readers: LF, CRLF and CR each end one. */
export function countLines(text: string): number {
  let lines = 0;
  let isOpen = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '\r' && text[at + 1] === '\n') continue;
    isOpen = sign !== '\n' && sign !== '\r';
    if (!isOpen) lines += 1;
  }
  return isOpen ? lines + 1 : lines;
}
